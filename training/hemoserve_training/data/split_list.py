"""The list of the crops in each part of a split: a CSV file with path, part and SHA-256."""

import csv
from pathlib import Path

from .dataset import Crop

PARTS = ("train", "validation", "test")


def write_split(file: Path, crops: list[Crop], part_of: dict[str, str]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["path", "part", "sha256"])
        writer.writerows([crop.path, part_of[crop.sha256], crop.sha256] for crop in crops)


def read_split(file: Path) -> dict[str, list[Crop]]:
    """The crops of each part, in the file's order."""
    parts = {part: [] for part in PARTS}
    with file.open(newline="", encoding="utf-8") as rows:
        for row in csv.DictReader(rows):
            parts[row["part"]].append(Crop(row["path"], row["path"].split("/")[0], row["sha256"]))
    return parts
