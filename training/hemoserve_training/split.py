"""Splits a folder of labelled crops into train, validation and test, and writes the list.

Stratified by class; byte-identical crops stay together; the same data and seed give the same file.

    python -m hemoserve_training.split --data ../shared/pbc --out training/splits/pbc.csv
"""

import argparse
import csv
import hashlib
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np

from .config import CLASSES
from .dataset import Crop, list_crops

PARTS = ("train", "validation", "test")
FRACTIONS = (0.8, 0.1, 0.1)


def split(crops: list[Crop], seed: int) -> dict[str, str]:
    """Maps the SHA-256 of every crop to its part."""
    hashes_by_label = defaultdict(set)
    for crop in crops:
        hashes_by_label[crop.label].add(crop.sha256)
    rng = np.random.default_rng(seed)
    part_of = {}
    for label in sorted(hashes_by_label):
        hashes = rng.permutation(sorted(hashes_by_label[label]))
        bounds = np.round(np.cumsum(FRACTIONS) * len(hashes)).astype(int)
        for part, group in zip(PARTS, np.split(hashes, bounds[:-1]), strict=True):
            part_of.update(dict.fromkeys(group.tolist(), part))
    return part_of


def write_split(file: Path, crops: list[Crop], part_of: dict[str, str]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["path", "part", "sha256"])
        writer.writerows([crop.path, part_of[crop.sha256], crop.sha256] for crop in crops)


def read_split(file: Path) -> dict[str, list[Crop]]:
    """The crops of each part, in the file's order."""
    parts = {part: [] for part in PARTS}
    with file.open(newline="") as rows:
        for row in csv.DictReader(rows):
            parts[row["part"]].append(Crop(row["path"], row["path"].split("/")[0], row["sha256"]))
    return parts


def fingerprint(crops: list[Crop]) -> str:
    """SHA-256 over the sorted SHA-256s of the crops: names the very set that a model was trained on."""
    return hashlib.sha256("\n".join(sorted(crop.sha256 for crop in crops)).encode()).hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with one folder per class")
    parser.add_argument("--out", type=Path, required=True, help="the list to write (CSV)")
    parser.add_argument("--seed", type=int, default=20261124)
    args = parser.parse_args()
    crops, rejected = list_crops(args.data, CLASSES)
    part_of = split(crops, args.seed)
    write_split(args.out, crops, part_of)
    for file in rejected:
        print(f"left out {file.path}: {file.reason}")
    for part in PARTS:
        counts = Counter(crop.label for crop in crops if part_of[crop.sha256] == part)
        print(f"{part}: {counts.total()} crops", dict(sorted(counts.items())))
    print(f"seed {args.seed}, {len(crops)} crops, {len(part_of)} different ones -> {args.out}")


if __name__ == "__main__":
    main()
