"""A laboratory's labelled crops: a folder with one folder a class, or a CSV list of files and classes."""

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyvips

from ..data.dataset import Crop, Rejected, choose, class_files, read_crop
from ..data.faults import UNREADABLE, place_fault, printable, reading_fault
from ..data.preprocessing import Preprocessing, preprocess

# Fewer crops of a class say little of it; of more than this, the first by name are taken.
FEW_CROPS = 5
MOST_CROPS = 100
COLUMNS = ("file", "class")


@dataclass(frozen=True)
class Labelled:
    """Crops that decode, in the order of their paths: uint8 pixels (n, height, width, 3), index of each one's
    class (n,), and what was left out."""

    crops: list[Crop]
    pixels: np.ndarray
    truth: np.ndarray
    rejected: list[Rejected]

    def counts(self, classes: list[str]) -> dict[str, int]:
        """Crops of each class that has any."""
        found = Counter(self.truth.tolist())
        return {name: found[index] for index, name in enumerate(classes) if found[index]}


def read_labelled(
    data: Path, classes: list[str], spec: Preprocessing, most: int | None = MOST_CROPS
) -> Labelled:
    """Reads what `data` labels: a folder whose folders are named as classes (some may be missing), or a CSV
    file with the columns file (relative to the list) and class. most: crops of a class that are taken.

    Raises SystemExit for labels that the model lacks, or fewer than two classes.
    """
    files = _listed(data) if data.is_file() else _in_folders(data, classes)
    unknown = {label for label, _ in files} - set(classes)
    if unknown:
        raise SystemExit(f"{data}: no classes of the model: {', '.join(sorted(unknown))}")
    decoded = {}

    def examined() -> Iterator[tuple[Crop, str | None]]:
        for label, file in files:
            crop, fault = Crop(f"{label}/{printable(file.name)}", label, ""), place_fault(file)
            if not fault:
                try:
                    read, content = read_crop(label, file)
                    # The path as it was given: two folders of a list may have files of the same name.
                    crop = Crop(str(file), label, read.sha256)
                    decoded[crop] = preprocess(content, spec)
                except UNREADABLE as error:
                    fault = reading_fault(error)
                except pyvips.Error:
                    fault = "does not decode"
            yield crop, fault

    crops, rejected = choose(examined())
    crops, surplus = _at_most(_once(crops), most)
    truth = np.array([classes.index(crop.label) for crop in crops], int)
    if len(set(truth.tolist())) < 2:
        raise SystemExit(f"{data}: labelled crops of two classes at least are needed")
    pixels = np.stack([decoded[crop] for crop in crops])
    return Labelled(crops, pixels, truth, rejected + surplus)


def _in_folders(data: Path, classes: list[str]) -> list[tuple[str, Path]]:
    if not data.is_dir():
        raise SystemExit(f"{data}: no such folder or list")
    folders = [folder.name for folder in sorted(data.iterdir()) if folder.is_dir()]
    return class_files(data, [name for name in folders if name in classes or not name.startswith(".")])


def _listed(file: Path) -> list[tuple[str, Path]]:
    with file.open(newline="", encoding="utf-8-sig") as rows:
        reader = csv.DictReader(rows)
        if not set(COLUMNS) <= set(reader.fieldnames or ()):
            raise SystemExit(f"{file}: expected the columns {' and '.join(COLUMNS)} in its first line")
        return [(row["class"].strip(), file.parent / row["file"]) for row in reader]


def _once(crops: list[Crop]) -> list[Crop]:
    """Of byte-identical crops the first, so that none is both learnt from and tested on."""
    return list({crop.sha256: crop for crop in reversed(crops)}.values())[::-1]


def _at_most(crops: list[Crop], most: int | None) -> tuple[list[Crop], list[Rejected]]:
    kept, surplus, counts = [], [], Counter()
    for crop in crops:
        counts[crop.label] += 1
        if most is None or counts[crop.label] <= most:
            kept.append(crop)
        else:
            surplus.append(Rejected(crop.path, f"more than {most} crops of its class"))
    return kept, surplus
