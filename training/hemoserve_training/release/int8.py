"""Adds an int8 network to an exported version."""

import json
import math
import shutil
import tempfile
from pathlib import Path

import numpy as np
from scipy.special import softmax

from ..data.classes import CLASSES
from ..data.crops import load_crops
from ..data.dataset import Crop
from ..data.preprocessing import preprocess
from ..data.split_list import read_split
from ..measure.predict import onnx_classifier, predict
from .layer_ranking import rank_layers
from .manifest import INT8_FILE, list_files, network_file, preprocessing_of, read_manifest, write_manifest
from .quantize import BATCH, prepare, quantize

# Crops that the layers are ranked with; all their activations are in memory.
RANKED_CROPS = 8
# Margin of another engine's or processor's rounding over the difference that was measured here.
GOLDEN_MARGIN = 3


def choose_crops(crops: list[Crop], per_class: int, seed: int) -> list[Crop]:
    """As many random crops of every class."""
    rng = np.random.default_rng(seed)
    chosen = []
    for label in CLASSES:
        of_class = [crop for crop in crops if crop.label == label]
        chosen += [of_class[index] for index in rng.permutation(len(of_class))[:per_class]]
    return chosen


def golden_tolerance(folder: Path, manifest: dict, target: Path) -> float:
    """What the int8 probabilities of the golden images may differ by: whole hundredths, at most 1, as the
    manifest allows no more."""
    golden = json.loads((folder / manifest["golden"]["file"]).read_text())
    spec = preprocessing_of(manifest)
    crops = np.stack([preprocess(folder / entry["image"], spec) for entry in golden])
    logits = predict(onnx_classifier(target), crops, BATCH, target.name)
    said = softmax(logits / manifest["calibration"]["temperature"], axis=1)
    difference = np.abs(said - np.array([entry["probabilities"] for entry in golden])).max()
    return min(1.0, math.ceil(100 * GOLDEN_MARGIN * difference) / 100)


def add_int8(
    folder: Path, data: Path, split_file: Path, per_class: int, keep_float: int, seed: int
) -> dict[str, object]:
    """Writes the int8 file of the version in `folder` and its entry in the manifest, and returns what was
    found.

    per_class: calibration crops of each class, chosen by the seed; keep_float: layers that stay float32.
    """
    manifest = read_manifest(folder)
    spec = preprocessing_of(manifest)
    parts = read_split(split_file)
    with tempfile.TemporaryDirectory() as scratch:
        prepared, target = Path(scratch, "float32.onnx"), Path(scratch, INT8_FILE)
        prepare(network_file(folder, manifest, "onnx"), prepared)
        chosen = choose_crops(parts["train"], per_class, seed)
        calibration, _ = load_crops(data, chosen, spec, Path(scratch))
        quantize(prepared, target, calibration, [])
        kept = []
        if keep_float:
            kept = rank_layers(prepared, target, calibration[:RANKED_CROPS])[:keep_float]
            quantize(prepared, target, calibration, kept)
        entry = {"onnx": INT8_FILE, "goldenTolerance": golden_tolerance(folder, manifest, target)}
        shutil.copy(target, folder / INT8_FILE)
    manifest.setdefault("precisions", {})["int8"] = entry
    manifest["files"] = list_files(folder)
    write_manifest(folder, manifest)
    return {
        "sizeMb": round((folder / INT8_FILE).stat().st_size / 1e6, 1),
        "keptFloat32": kept,
    } | entry
