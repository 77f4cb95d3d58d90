"""Labelled crops: one folder per class, as PBC is distributed."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from .source import Folder


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


def class_files(root: Folder, classes: list[str]) -> list[tuple[str, Folder]]:
    """Label and place of every file under root/<class>/."""
    files = []
    for label in classes:
        folder = root / label
        if not folder.is_dir():
            raise FileNotFoundError(f"no folder for class {label}: {folder}")
        files += [(label, file) for file in sorted(folder.iterdir(), key=lambda file: file.name)]
    return files


def read_crop(label: str, file: Folder) -> tuple[Crop, bytes]:
    """A file as a crop, whatever it is, and its bytes."""
    content = file.read_bytes()
    return Crop(f"{label}/{file.name}", label, hashlib.sha256(content).hexdigest()), content


def choose(examined: Iterable[tuple[Crop, str | None]]) -> tuple[list[Crop], list[Rejected]]:
    """The crops to use and those left out, both sorted by path; `examined` has each crop with its own fault,
    if any."""
    by_hash: dict[str, list[Crop]] = defaultdict(list)
    rejected = []
    for crop, fault in examined:
        if fault:
            rejected.append(Rejected(crop.path, fault))
        else:
            by_hash[crop.sha256].append(crop)
    crops = []
    for group in by_hash.values():
        labels = {crop.label for crop in group}
        if len(labels) == 1:
            crops += group
        else:
            reason = f"identical crops labelled {' and '.join(sorted(labels))}"
            rejected += [Rejected(crop.path, reason) for crop in group]
    return sorted(crops, key=lambda crop: crop.path), sorted(rejected, key=lambda r: r.path)


def fingerprint(crops: list[Crop]) -> str:
    """SHA-256 over the sorted SHA-256s of the crops: names the very set that a model was trained on."""
    return hashlib.sha256("\n".join(sorted(crop.sha256 for crop in crops)).encode()).hexdigest()
