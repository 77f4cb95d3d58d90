"""Exports a trained run into the model registry: SavedModel, ONNX, golden outputs and manifest.

    npm run export -- --run /tmp/hemoserve/inceptionv3 --data ../shared/pbc --version 1.0.0 --make-default
"""

import argparse
import hashlib
import json
import os
import shutil
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
import onnxruntime
from scipy.special import softmax
from tqdm import tqdm

from .architectures import ARCHITECTURES
from .config import CLASSES, load_config
from .crops import load_crops
from .metrics import figures, fit_temperature
from .preprocessing import Preprocessing, preprocess
from .serialize import FEATURES, INPUT, LOGITS, export_onnx, export_savedmodel, freeze
from .split import fingerprint, read_split

DATASET = "PBC (Acevedo et al. 2020), Mendeley Data V1, doi:10.17632/snkd93bnjr.1"
INTENDED_USE = (
    "Pre-classification of single peripheral blood cells cropped by a cell-imaging analyzer, for review by a "
    "qualified person. Not for diagnosis; not validated on other stains or analyzers than its training data's."
)
GOLDEN_TOLERANCE = 1e-3


def predict(network: keras.Model, crops: np.ndarray, batch_size: int = 32) -> np.ndarray:
    """float32 logits (n, classes) of uint8 crops (n, side, side, 3)."""
    starts = tqdm(range(0, len(crops), batch_size), desc="predict")
    batches = [crops[start : start + batch_size].astype(np.float32) for start in starts]
    return np.concatenate([np.asarray(network.predict_on_batch(batch)["logits"]) for batch in batches])


def onnx_logits(file: Path, crops: np.ndarray) -> np.ndarray:
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    return session.run([LOGITS], {INPUT: crops})[0]


def write_golden(folder: Path, images: list[Path], spec: Preprocessing, network: keras.Model, temperature: float):
    """Copies generated images into the version and writes what the network says of them."""
    (folder / "golden").mkdir()
    crops = np.stack([preprocess(image, spec) for image in images])
    probabilities = softmax(predict(network, crops) / temperature, axis=1)
    golden = []
    for image, row in zip(images, probabilities, strict=True):
        shutil.copy(image, folder / "golden" / image.name)
        golden.append({"image": f"golden/{image.name}", "probabilities": [round(float(p), 7) for p in row]})
    (folder / "golden.json").write_text(json.dumps(golden, indent=1) + "\n")


def hashed_files(folder: Path) -> dict[str, dict]:
    """SHA-256 and size of every file in the version's folder, by its path there."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        path.relative_to(folder).as_posix(): {
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "sizeBytes": path.stat().st_size,
        }
        for path in files
    }


def export(args: argparse.Namespace) -> None:
    run = json.loads((args.run / "run.json").read_text())
    config = load_config(args.config)
    parts = read_split(args.split)
    spec = Preprocessing(config.final_size_px, config.final_size_px)

    keras.mixed_precision.set_global_policy("float32")
    network = ARCHITECTURES[config.arch](len(CLASSES), config.dropout)
    network.load_weights(args.run / "final.weights.h5")
    freeze(network)

    crops, labels = load_crops(args.data, parts["validation"], spec, args.run.parent / "cache")
    logits = predict(network, crops)
    temperature = fit_temperature(logits, labels)
    metrics = {"part": "validation"} | figures(logits, labels, CLASSES, temperature)

    folder = args.models / config.name / args.version
    folder.mkdir(parents=True)
    export_savedmodel(network, config.final_size_px, folder / "saved_model")
    export_onnx(network, config.final_size_px, folder / "model.onnx")
    difference = np.abs(onnx_logits(folder / "model.onnx", crops[:64]) - logits[:64]).max()
    if difference > 1e-3:
        raise SystemExit(f"ONNX and Keras logits differ by {difference}")
    write_golden(folder, sorted(args.golden.glob("*.jpg")), spec, network, temperature)

    preprocessing = spec.manifest()
    manifest = {
        "formatVersion": 1,
        "name": config.name,
        "version": args.version,
        "architecture": config.arch,
        "classes": CLASSES,
        "input": {
            "name": INPUT,
            "dataType": "uint8",
            "layout": "NHWC",
            "width": preprocessing.pop("width"),
            "height": preprocessing.pop("height"),
            "channels": 3,
        },
        "preprocessing": preprocessing,
        "normalization": "in-graph",
        "outputs": {
            "logits": LOGITS,
            "features": FEATURES,
            "featureCount": network.output["features"].shape[-1],
        },
        "calibration": {"method": "temperature", "temperature": temperature},
        "onnx": "model.onnx",
        "savedModel": "saved_model",
        "golden": {"file": "golden.json", "tolerance": GOLDEN_TOLERANCE},
        "files": hashed_files(folder),
        "training": {
            "dataset": DATASET,
            "fingerprint": fingerprint(parts["train"]),
            "cropCount": len(parts["train"]),
            "split": args.split.as_posix(),
            "commit": run["commit"],
            "command": run["command"],
        },
        "metrics": metrics,
        "licences": {"data": "CC BY 4.0", "weights": "Apache-2.0"},
        "intendedUse": INTENDED_USE,
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
    if args.make_default:
        default = {"name": config.name, "version": args.version}
        (args.models / "default.json").write_text(json.dumps(default, indent=2) + "\n")
    print(json.dumps(metrics, indent=2))
    print(f"temperature {temperature:.4f}; largest difference of ONNX and Keras logits {difference:.2e} -> {folder}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--run", type=Path, required=True, help="folder of the finished run, in train's --work")
    parser.add_argument("--config", type=Path, required=True, help="TOML file of the run")
    parser.add_argument("--data", type=Path, required=True, help="folder with one folder per class")
    parser.add_argument("--split", type=Path, default=Path("training/splits/pbc.csv"), help="the split's list")
    parser.add_argument("--golden", type=Path, default=Path("test/fixtures/cells"), help="generated images")
    parser.add_argument("--models", type=Path, default=Path("models"), help="the registry's folder")
    parser.add_argument("--version", required=True, help="semantic version of the model")
    parser.add_argument("--make-default", action="store_true", help="serve this version from now on")
    export(parser.parse_args())


if __name__ == "__main__":
    main()
