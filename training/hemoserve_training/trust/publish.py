"""Puts trust data into a version of the registry."""

import json
from pathlib import Path

import numpy as np
from jsonschema import Draft202012Validator

from ..release.manifest import SCHEMA_FILE, explain, list_files, read_manifest, write_manifest
from .fit import BINARY_FILE, binary
from .novelty import Novelty

TRUST_FILE = "trust.json"
# Made from the service's own schema (src/registry/trust-data.ts) by npm run generate.
TRUST_SCHEMA_FILE = SCHEMA_FILE.with_name("trust.schema.json")


def publish(folder: Path, data: dict, novelty: Novelty) -> None:
    """Writes trust.json and trust.bin of the version in models/NAME/VERSION, and its manifest.

    Raises ValueError, and writes nothing, for data that the service would not read.
    """
    schema = Draft202012Validator(json.loads(TRUST_SCHEMA_FILE.read_text()))
    faults = [f"{folder / TRUST_FILE}: {f.json_path}: {explain(f)}" for f in schema.iter_errors(data)]
    if faults:
        raise ValueError("\n".join(faults))
    manifest = read_manifest(folder)
    (folder / BINARY_FILE).write_bytes(binary(novelty))
    (folder / TRUST_FILE).write_text(json.dumps(data) + "\n")
    manifest["trust"] = {"file": TRUST_FILE}
    manifest["files"] = list_files(folder)
    write_manifest(folder, manifest)


def read_trust(folder: Path, manifest: dict) -> tuple[dict, Novelty]:
    """The trust data of the version in models/NAME/VERSION, and its novelty.

    Raises ValueError for a version without them.
    """
    if "trust" not in manifest:
        raise ValueError(f"{folder}: the version has no trust data: npm run train:trust fits them")
    data = json.loads((folder / manifest["trust"]["file"]).read_text())
    values = np.fromfile(folder / data["novelty"]["file"], "<f4")
    arrays, start = {}, 0
    for array in data["novelty"]["arrays"]:
        end = start + int(np.prod(array["shape"]))
        arrays[array["name"]] = values[start:end].reshape(array["shape"])
        start = end
    return data, Novelty(arrays, data["novelty"]["weights"])
