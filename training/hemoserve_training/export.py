"""Exports a trained run into the model registry: SavedModel, ONNX, golden outputs and manifest.

    npm run export -- --run /tmp/hemoserve/inceptionv3 --config training/configs/inceptionv3.toml \\
        --data ../shared/pbc --version 1.0.0
"""

import argparse
import json
import os
import shutil
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
# SavedModels are TensorFlow's; the weights may be of any backend.
os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy as np
import onnxruntime
import tensorflow as tf
from scipy.special import softmax
from tqdm import tqdm

from .architectures import ARCHITECTURES
from .card import write_card
from .config import CLASSES, load_config
from .crops import load_crops
from .manifest import build_manifest, write_manifest
from .metrics import figures, fit_temperature
from .preprocessing import Preprocessing, preprocess
from .serialize import FEATURES, INPUT, LOGITS, export_onnx, export_savedmodel, freeze
from .split import read_split
from .student import FINAL_WEIGHTS

# Largest accepted difference of one logit or feature between the exported files and the network.
EXPORT_TOLERANCE = 1e-3
CHECKED_CROPS = 64


def predict(network: keras.Model, crops: np.ndarray, batch_size: int = 32) -> np.ndarray:
    """float32 logits (n, classes) of uint8 crops (n, side, side, 3)."""
    starts = tqdm(range(0, len(crops), batch_size), desc="predict")
    batches = [crops[start : start + batch_size].astype(np.float32) for start in starts]
    return np.concatenate([np.asarray(network.predict_on_batch(batch)["logits"]) for batch in batches])


def onnx_outputs(file: Path, crops: np.ndarray) -> dict[str, np.ndarray]:
    """Logits and features of uint8 crops (n, side, side, 3), by onnxruntime."""
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    names = [LOGITS, FEATURES]
    return dict(zip(names, session.run(names, {INPUT: crops}), strict=True))


def savedmodel_outputs(folder: Path, crops: np.ndarray) -> dict[str, np.ndarray]:
    """Logits and features of uint8 crops (n, side, side, 3), by TensorFlow."""
    outputs = tf.saved_model.load(str(folder)).signatures["serving_default"](**{INPUT: tf.constant(crops)})
    return {name: outputs[name].numpy() for name in (LOGITS, FEATURES)}


def check_exports(network: keras.Model, folder: Path, crops: np.ndarray) -> dict[str, float]:
    """Largest difference of each exported file's outputs from the network's.

    Raises SystemExit when one is over the tolerance.
    """
    expected = network.predict_on_batch(crops.astype(np.float32))
    differences = {}
    for kind, outputs in (
        ("ONNX", onnx_outputs(folder / "model.onnx", crops)),
        ("SavedModel", savedmodel_outputs(folder / "saved_model", crops)),
    ):
        differences[kind] = max(
            float(np.abs(outputs[name] - expected[name]).max()) for name in (LOGITS, FEATURES)
        )
        if not differences[kind] <= EXPORT_TOLERANCE:
            raise SystemExit(f"outputs of the {kind} file differ from the network's by {differences[kind]}")
    return differences


def write_golden(
    folder: Path, images: list[Path], spec: Preprocessing, network: keras.Model, temperature: float
) -> None:
    """Copies generated images into the version and writes what the network says of them."""
    (folder / "golden").mkdir()
    crops = np.stack([preprocess(image, spec) for image in images])
    probabilities = softmax(predict(network, crops) / temperature, axis=1)
    golden = []
    for image, row in zip(images, probabilities, strict=True):
        shutil.copy(image, folder / "golden" / image.name)
        golden.append({"image": f"golden/{image.name}", "probabilities": [round(float(p), 7) for p in row]})
    (folder / "golden.json").write_text(json.dumps(golden, indent=1) + "\n")


def export(args: argparse.Namespace) -> None:
    """Writes models/NAME/VERSION; the figures of its manifest are those of the validation part."""
    origin = json.loads((args.run / "run.json").read_text())
    config = load_config(args.config)
    parts = read_split(args.split)
    size_px = config.final_size_px
    spec = Preprocessing(size_px, size_px)

    keras.mixed_precision.set_global_policy("float32")
    network = ARCHITECTURES[config.arch](len(CLASSES), config.dropout, size_px)
    network.load_weights(args.run / FINAL_WEIGHTS)
    freeze(network)

    crops, labels = load_crops(args.data, parts["validation"], spec, args.run.parent / "cache")
    logits = predict(network, crops)
    temperature = fit_temperature(logits, labels)
    metrics = {"part": "validation"} | figures(logits, labels, CLASSES, temperature)

    folder = args.models / config.arch / args.version
    folder.mkdir(parents=True)
    export_savedmodel(network, size_px, folder / "saved_model")
    export_onnx(network, size_px, folder / "model.onnx")
    differences = check_exports(network, folder, np.asarray(crops[:CHECKED_CROPS]))
    write_golden(folder, sorted(args.golden.glob("*.jpg")), spec, network, temperature)
    manifest = build_manifest(
        config,
        version=args.version,
        folder=folder,
        spec=spec,
        feature_count=network.output["features"].shape[-1],
        temperature=temperature,
        metrics=metrics,
        training_crops=parts["train"],
        split_file=args.split,
        origin=origin,
    )
    write_manifest(folder, manifest)
    write_card(folder, manifest, {})
    print(json.dumps(metrics, indent=2))
    print(f"temperature {temperature:.4f}; largest differences from the network: {differences} -> {folder}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        "--run", type=Path, required=True, help="folder of the finished run, in train's --work"
    )
    parser.add_argument("--config", type=Path, required=True, help="TOML file of the run")
    parser.add_argument("--data", type=Path, required=True, help="folder with one folder per class")
    parser.add_argument(
        "--split", type=Path, default=Path("training/splits/pbc.csv"), help="the split's list"
    )
    parser.add_argument("--golden", type=Path, default=Path("test/fixtures/cells"), help="generated images")
    parser.add_argument("--models", type=Path, default=Path("models"), help="the registry's folder")
    parser.add_argument("--version", required=True, help="semantic version of the model")
    export(parser.parse_args())


if __name__ == "__main__":
    main()
