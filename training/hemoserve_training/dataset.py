"""Labelled crops on disk: one folder per class, as PBC is distributed."""

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

JPEG_START = b"\xff\xd8\xff"


@dataclass(frozen=True, order=True)
class Crop:
    """One labelled crop: path relative to the data set's root, class name, SHA-256 of its bytes (hex)."""

    path: str
    label: str
    sha256: str


@dataclass(frozen=True)
class Rejected:
    """A file that is not used, with the reason."""

    path: str
    reason: str


def list_crops(root: Path, classes: list[str]) -> tuple[list[Crop], list[Rejected]]:
    """Every crop under root/<class>/ in sorted order, and what is left out: files that are no JPEG, and
    byte-identical crops that carry different labels (nobody knows which one is right)."""
    by_hash: dict[str, list[Crop]] = defaultdict(list)
    rejected = []
    for label in classes:
        folder = root / label
        if not folder.is_dir():
            raise FileNotFoundError(f"no folder for class {label}: {folder}")
        for file in sorted(folder.iterdir()):
            content = file.read_bytes()
            path = f"{label}/{file.name}"
            if not content.startswith(JPEG_START):
                rejected.append(Rejected(path, "not a JPEG"))
                continue
            digest = hashlib.sha256(content).hexdigest()
            by_hash[digest].append(Crop(path, label, digest))
    crops = []
    for group in by_hash.values():
        labels = {crop.label for crop in group}
        if len(labels) == 1:
            crops += group
        else:
            reason = f"identical crops labelled {' and '.join(sorted(labels))}"
            rejected += [Rejected(crop.path, reason) for crop in group]
    return sorted(crops, key=lambda crop: crop.path), sorted(rejected, key=lambda r: r.path)
