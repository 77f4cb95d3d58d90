"""Exports a trained run into the model registry: SavedModel, ONNX, golden outputs and manifest."""

import json
import os
import shutil
from pathlib import Path

# SavedModels are TensorFlow's; the weights may be of any backend.
os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy as np
from scipy.special import softmax

from ..data.classes import CLASSES
from ..data.crops import load_crops
from ..data.preprocessing import Preprocessing, preprocess
from ..data.split_list import read_split
from ..gpu.config import GpuConfig
from ..measure.metrics import figures, fit_temperature
from ..measure.predict import keras_classifier, predict
from ..networks.architectures import ARCHITECTURES
from ..runs.config import Config
from ..runs.student import FINAL_WEIGHTS
from .card import write_card
from .exported import check_exports
from .manifest import write_golden, write_manifest
from .new_manifest import build_manifest, describe_outputs
from .serialize import export_onnx, export_savedmodel, freeze

CHECKED_CROPS = 64
BATCH = 32


def copy_golden(
    folder: Path, images: list[Path], spec: Preprocessing, network: keras.Model, temperature: float
) -> None:
    """Copies generated images into the version and writes what the network says of them."""
    (folder / "golden").mkdir()
    crops = np.stack([preprocess(image, spec) for image in images])
    logits = predict(keras_classifier(network), crops, BATCH, "predict")
    probabilities = softmax(logits / temperature, axis=1)
    golden = []
    for image, row in zip(images, probabilities, strict=True):
        shutil.copy(image, folder / "golden" / image.name)
        golden.append({"image": f"golden/{image.name}", "probabilities": [round(float(p), 7) for p in row]})
    write_golden(folder / "golden.json", golden)


def export(
    run: Path,
    config: Config | GpuConfig,
    data: Path,
    split_file: Path,
    golden: Path,
    models: Path,
    version: str,
) -> str:
    """Writes models/NAME/VERSION, and returns what was found; the figures of its manifest are those of the
    validation part.

    run: folder of the finished run; golden: folder of the images whose probabilities the version tells.
    """
    origin = json.loads((run / "run.json").read_text())
    parts = read_split(split_file)
    size_px = config.final_size_px
    spec = Preprocessing(size_px, size_px)

    keras.mixed_precision.set_global_policy("float32")
    network = ARCHITECTURES[config.arch](len(CLASSES), config.dropout, size_px)
    network.load_weights(run / FINAL_WEIGHTS)
    freeze(network)

    crops, truth = load_crops(data, parts["validation"], spec, run.parent / "cache")
    logits = predict(keras_classifier(network), crops, BATCH, "predict")
    temperature = fit_temperature(logits, truth)
    metrics = {"part": "validation"} | figures(logits, truth, CLASSES, temperature)

    folder = models / config.arch / version
    folder.mkdir(parents=True)
    export_savedmodel(network, size_px, folder / "saved_model")
    export_onnx(network, size_px, folder / "model.onnx", folder / "saved_model")
    differences = check_exports(network, folder, np.asarray(crops[:CHECKED_CROPS]))
    copy_golden(folder, sorted(golden.glob("*.jpg")), spec, network, temperature)
    manifest = build_manifest(
        config,
        version=version,
        folder=folder,
        spec=spec,
        outputs=describe_outputs(network, size_px),
        temperature=temperature,
        metrics=metrics,
        training_crops=parts["train"],
        split_file=split_file,
        origin=origin,
    )
    write_manifest(folder, manifest)
    write_card(folder, manifest, {})
    return (
        f"{json.dumps(metrics, indent=2)}\n"
        f"temperature {temperature:.4f}; largest differences from the network: {differences} -> {folder}"
    )
