"""The manifest of a model version, manifest.json in its folder: all that the service knows of it."""

import hashlib
import json
from pathlib import Path

from jsonschema import Draft202012Validator, ValidationError

from ..data.preprocessing import Preprocessing

# Made from the service's own schema (src/registry/manifest.ts) by npm run generate.
SCHEMA_FILE = Path(__file__).parents[3] / "models" / "manifest.schema.json"

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


def read_manifest(folder: Path) -> dict:
    """The manifest of the version in models/NAME/VERSION.

    Raises ValueError for one of an earlier form.
    """
    file = folder / MANIFEST_FILE
    manifest = json.loads(file.read_text())
    for precision, entry in manifest.get("precisions", {}).items():
        if not isinstance(entry.get("accuracyLoss", {}), dict):
            raise ValueError(
                f"{file}: precisions.{precision}.accuracyLoss is one number, expected one for each engine: "
                "delete it and run npm run train:record"
            )
    return manifest


def write_manifest(folder: Path, manifest: dict) -> None:
    """Writes the manifest of the version in models/NAME/VERSION; all that write one do it here.

    Raises ValueError, and writes nothing, for a manifest that the service would not read.
    """
    file = folder / MANIFEST_FILE
    schema = Draft202012Validator(json.loads(SCHEMA_FILE.read_text()))
    faults = [f"{file}: {fault.json_path}: {explain(fault)}" for fault in schema.iter_errors(manifest)]
    if faults:
        raise ValueError("\n".join(faults))
    file.write_text(json.dumps(manifest, indent=2) + "\n")


def write_golden(file: Path, golden: list[dict]) -> None:
    """Writes a version's golden outputs; each has its `image` and its `probabilities`."""
    file.write_text(json.dumps(golden, indent=1) + "\n")


def explain(fault: ValidationError) -> str:
    """What is wrong; of alternatives, of which none holds, what each one lacks, not the whole manifest."""
    return " or ".join(alternative.message for alternative in fault.context) or fault.message


def network_file(folder: Path, manifest: dict, kind: str) -> Path:
    """Where the version in models/NAME/VERSION has its network as "onnx" or "savedModel".

    Raises ValueError for a version without it: a manifest need not have both.
    """
    if kind not in manifest:
        raise ValueError(f"{folder / MANIFEST_FILE}: the version has no {kind}, which is needed here")
    return folder / manifest[kind]
