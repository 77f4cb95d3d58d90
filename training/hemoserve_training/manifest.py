"""The manifest of a model version: all that the service knows of it (src/registry/manifest.ts)."""

import hashlib
import json
from pathlib import Path

from .config import CLASSES, Config
from .dataset import Crop, fingerprint
from .preprocessing import Preprocessing
from .serialize import FEATURES, INPUT, LOGITS

DATASET = "PBC (Acevedo et al. 2020), Mendeley Data V1, doi:10.17632/snkd93bnjr.1"
INTENDED_USE = (
    "Pre-classification of single peripheral blood cells cropped by a cell-imaging analyzer, for review by a "
    "qualified person. Not for diagnosis; not validated on stains or analyzers other than those of its data."
)
GOLDEN_TOLERANCE = 1e-3
# Engines that calculate in bfloat16 round weights and activations to 8 bits of mantissa.
BFLOAT16_GOLDEN_TOLERANCE = 0.02
INT8_FILE = "model.int8.onnx"
MANIFEST_FILE = "manifest.json"
CARD_FILE = "MODEL_CARD.md"


def list_files(folder: Path) -> dict[str, dict]:
    """SHA-256 and size of every file that the service reads of a version, by its path in the folder: all but
    the manifest, and the card, which is made from it."""
    described = (folder / MANIFEST_FILE, folder / CARD_FILE)
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path not in described)
    return {
        path.relative_to(folder).as_posix(): {
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "sizeBytes": path.stat().st_size,
        }
        for path in files
    }


def preprocessing_of(manifest: dict) -> Preprocessing:
    """The preprocessing that a manifest describes."""
    background = tuple(manifest["preprocessing"]["background"])
    sides = {side: manifest["input"][side] for side in ("width", "height")}
    return Preprocessing(**sides, **manifest["preprocessing"] | {"background": background})


def read_manifest(models: Path, name: str, version: str) -> dict:
    file = models / name / version / MANIFEST_FILE
    manifest = json.loads(file.read_text())
    for precision, entry in manifest.get("precisions", {}).items():
        if not isinstance(entry.get("accuracyLoss", {}), dict):
            raise ValueError(
                f"{file}: precisions.{precision}.accuracyLoss is one number, expected one for each engine: "
                "delete it and run npm run record"
            )
    return manifest


def write_manifest(folder: Path, manifest: dict) -> None:
    (folder / MANIFEST_FILE).write_text(json.dumps(manifest, indent=2) + "\n")


def build_manifest(
    config: Config,
    *,
    version: str,
    folder: Path,
    spec: Preprocessing,
    feature_count: int,
    temperature: float,
    metrics: dict,
    training_crops: list[Crop],
    split_file: Path,
    origin: dict[str, str],
) -> dict:
    """The manifest of the version in `folder`, whose other files are all written already.

    origin: `commit` and `command` of the run, as train recorded them; metrics: as of `metrics.figures`.
    """
    preprocessing = spec.manifest()
    return {
        "formatVersion": 1,
        "name": config.arch,
        "version": version,
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
        "outputs": {"logits": LOGITS, "features": FEATURES, "featureCount": feature_count},
        "calibration": {"method": "temperature", "temperature": temperature},
        "onnx": "model.onnx",
        "savedModel": "saved_model",
        # It may be evaluated in bfloat16; an engine serves it so once its loss is recorded.
        "precisions": {"bfloat16": {"goldenTolerance": BFLOAT16_GOLDEN_TOLERANCE}},
        "golden": {"file": "golden.json", "tolerance": GOLDEN_TOLERANCE},
        "files": list_files(folder),
        "training": {
            "dataset": DATASET,
            "fingerprint": fingerprint(training_crops),
            "cropCount": len(training_crops),
            "split": split_file.as_posix(),
            "commit": origin["commit"],
            "command": origin["command"],
        },
        "metrics": metrics,
        "licences": {"data": "CC BY 4.0", "weights": "Apache-2.0"},
        "intendedUse": INTENDED_USE,
    }
