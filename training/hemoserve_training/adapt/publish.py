"""Writes an adapted version into the registry: the files, manifest and report of any other version."""

import json
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from ..data.dataset import Crop, fingerprint
from ..networks.activation_maps import with_activation_maps
from ..release.export import copy_golden
from ..release.exported import check_exports
from ..release.manifest import CARD_FILE, list_files, write_manifest
from ..release.new_manifest import BFLOAT16_GOLDEN_TOLERANCE, INTENDED_USE, describe_outputs
from ..release.serialize import export_onnx, export_savedmodel, freeze
from .judged import add_trust
from .labelled import Labelled
from .report import render
from .run import Adapted, Base

REPORT_FILE = "adaptation.json"
CHECKED_CROPS = 32
FIGURES = ("n", "accuracy", "macroF1", "expectedCalibrationError", "recall")
# What a version says of itself alone.
OWN = ("trust", "replay", "precisions", "files", "training", "metrics", "adaptation")


def next_version(models: Path, name: str) -> str:
    """1.0.0, or the minor version after the last one."""
    found = [
        tuple(map(int, folder.name.split("."))) for folder in (models / name).glob("[0-9]*.[0-9]*.[0-9]*")
    ]
    return f"{max(found)[0]}.{max(found)[1] + 1}.0" if found else "1.0.0"


def publish(base: Base, adapted: Adapted, labelled: Labelled, models: Path) -> Path:
    """Writes models/NAME/VERSION as the report names it, and returns the folder.

    Raises FileExistsError for a version that is there; nothing is left of one that could not be written.
    """
    found = adapted.found
    folder = models / found["name"] / found["version"]
    if folder.exists():
        raise FileExistsError(f"{folder} is there already: give another --version")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".new-") as scratch:
        new = Path(scratch, "version")
        new.mkdir()
        command = "npm run adapt -- " + shlex.join(sys.argv[1:])
        _write_files(base, adapted, labelled.pixels, new)
        write_manifest(new, _manifest(base, adapted, labelled.crops, command, new))
        add_trust(new, base, adapted, labelled, command)
        new.rename(folder)
    return folder


def _write_files(base: Base, adapted: Adapted, pixels: np.ndarray, folder: Path) -> None:
    side = base.spec.width
    freeze(base.network)
    network = adapted.network(with_activation_maps(base.network), side)
    export_savedmodel(network, side, folder / "saved_model")
    export_onnx(network, side, folder / "model.onnx", folder / "saved_model")
    check_exports(network, folder, pixels[:CHECKED_CROPS])
    images = sorted((base.folder / "golden").iterdir())
    copy_golden(folder, images, base.spec, network, adapted.temperature)
    (folder / REPORT_FILE).write_text(json.dumps(adapted.found, indent=1) + "\n")
    (folder / CARD_FILE).write_text(render(adapted.found) + f"\n## Intended use\n\n{INTENDED_USE}\n")


def _manifest(base: Base, adapted: Adapted, crops: list[Crop], command: str, folder: Path) -> dict:
    found = adapted.found
    return {name: value for name, value in base.manifest.items() if name not in OWN} | {
        "name": found["name"],
        "version": found["version"],
        "outputs": describe_outputs(base.network, base.spec.width),
        "calibration": {"method": "temperature", "temperature": adapted.temperature},
        "onnx": "model.onnx",
        "savedModel": "saved_model",
        "precisions": {"bfloat16": {"goldenTolerance": BFLOAT16_GOLDEN_TOLERANCE}},
        "files": list_files(folder),
        "training": {
            "dataset": f"{len(crops)} labelled crops of {found['laboratory']}; "
            f"{len(base.home_truth)} replayed of {base.manifest['training']['dataset']}",
            "fingerprint": fingerprint(crops),
            "cropCount": len(crops),
            "split": f"{found['folds']} folds of the laboratory's crops",
            "commit": _commit() or base.manifest["training"]["commit"],
            "command": command,
            "seconds": found["seconds"],
        },
        "metrics": {"part": "cross-validation"}
        | {name: found["after"][name] for name in FIGURES}
        | {"confusion": _counts(found["after"]["confusion"], base.classes)},
        "adaptation": {
            "from": found["from"],
            "laboratory": found["laboratory"],
            "crops": found["crops"],
            "blocks": found["blocks"],
            "before": found["before"]["accuracy"],
            "home": {key: found["home"][key] for key in ("n", "before", "after")},
            "report": REPORT_FILE,
        },
    }


def _commit() -> str | None:
    """That of the working folder; a laboratory may have none."""
    git = shutil.which("git")
    if git is None:
        return None
    said = subprocess.run([git, "rev-parse", "HEAD"], capture_output=True, text=True)
    return said.stdout.strip() if said.returncode == 0 else None


def _counts(confusion: dict[str, dict[str, int]], classes: list[str]) -> list[list[int]]:
    return [[confusion.get(true, {}).get(said, 0) for said in classes] for true in classes]
