"""Makes a version of a model the default of the registry, if it passes every gate; says which one failed."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..data.preprocessing import preprocess
from .exported import onnx_outputs, savedmodel_outputs
from .manifest import list_files, network_file, preprocessing_of, read_manifest


@dataclass(frozen=True)
class Gate:
    """One condition, whether it holds, and the numbers that say so."""

    name: str
    passed: bool
    detail: str


@dataclass(frozen=True)
class Limits:
    """The absolute limits, as in training/gates.toml."""

    max_expected_calibration_error: float
    max_output_difference: float
    max_size_mb: float
    max_int8_accuracy_loss: float
    max_home_loss: float = 0.0


def at_least(name: str, value: float, lower95: float) -> Gate:
    return Gate(name, value >= lower95, f"{value:.4f}, the default's lower 95 % limit is {lower95:.4f}")


def at_most(name: str, value: float, limit: float, unit: str = "") -> Gate:
    return Gate(name, value <= limit, f"{value:.4g}{unit}, at most {limit:g}{unit}")


def compare(metrics: dict, default: dict) -> list[Gate]:
    """Holds a version's figures against the default's: accuracy, and recall of every class."""
    gates = [Gate("part", metrics["part"] == default["part"], f"{metrics['part']} and {default['part']}")]
    gates.append(at_least("accuracy", metrics["accuracy"]["value"], default["accuracy"]["lower95"]))
    for label, recall in default["recall"].items():
        value = metrics["recall"].get(label, {"value": 0.0})["value"]
        gates.append(at_least(f"recall of {label}", value, recall["lower95"]))
    return gates


def inspect(folder: Path, manifest: dict, limits: Limits) -> list[Gate]:
    """Checks a version by itself: its files, calibration, the parity of its two networks, and its size."""
    files = list_files(folder)
    size_mb = sum(file["sizeBytes"] for file in files.values()) / 1e6
    error = manifest["metrics"]["expectedCalibrationError"]
    difference = output_difference(folder, manifest)
    gates = [
        Gate("files", files == manifest["files"], "those of the manifest, by SHA-256"),
        at_most("expected calibration error", error, limits.max_expected_calibration_error),
        at_most("SavedModel and ONNX outputs", difference, limits.max_output_difference),
        at_most("size", size_mb, limits.max_size_mb, " MB"),
    ]
    if (entry := manifest.get("precisions", {}).get("int8")) is not None:
        gates.append(int8_loss(entry, limits))
    return gates


def int8_loss(entry: dict, limits: Limits) -> Gate:
    """Holds each engine's loss in the service's evaluations."""
    losses = entry.get("accuracyLoss")
    if not losses:
        return Gate("int8 loss", False, "not recorded yet (npm run train:record)")
    limit = limits.max_int8_accuracy_loss
    found = ", ".join(f"{engine} {loss:.4g}" for engine, loss in losses.items())
    return Gate("int8 loss", all(loss <= limit for loss in losses.values()), f"{found}; at most {limit:g}")


def output_difference(folder: Path, manifest: dict) -> float:
    """Largest difference of an output between the SavedModel and the ONNX file, on the golden images."""
    spec = preprocessing_of(manifest)
    golden = json.loads((folder / manifest["golden"]["file"]).read_text())
    crops = np.stack([preprocess(folder / entry["image"], spec) for entry in golden])
    onnx = onnx_outputs(network_file(folder, manifest, "onnx"), crops)
    saved = savedmodel_outputs(network_file(folder, manifest, "savedModel"), crops)
    return max(float(np.abs(onnx[name] - saved[name]).max()) for name in onnx)


def promote(models: Path, name: str, version: str, limits: Limits, check: bool = False) -> list[Gate]:
    """Runs every gate, and writes default.json when all of them pass; with `check` it only runs them."""
    folder = models / name / version
    manifest = read_manifest(folder)
    gates = inspect(folder, manifest, limits)
    default_file = models / "default.json"
    if default_file.exists():
        default = json.loads(default_file.read_text())
        default_folder = models / default["name"] / default["version"]
        gates += compare(manifest["metrics"], read_manifest(default_folder)["metrics"])
    if not check and all(gate.passed for gate in gates):
        default_file.write_text(json.dumps({"name": name, "version": version}, indent=2) + "\n")
    return gates
