"""Splits a data set of labelled crops into train, validation and test, and writes the list.

    npm run split -- --data ../shared/pbc --out training/splits/new.csv

Stratified by class. Leaves out what the audit leaves out: files that are no JPEG or do not decode, and
identical crops with different labels. Byte-identical crops stay together, and so do near duplicates by the
audit's criterion. The same data and seed give the same file.

training/splits/pbc.csv was made before near duplicates were kept together, and stays as it is: models are
trained on it.
"""

import argparse
import csv
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from .audit import Examined, examine_all
from .config import CLASSES
from .dataset import Crop, Rejected, choose
from .duplicates import MAX_DISTANCE_BITS, near_pairs
from .source import open_source

PARTS = ("train", "validation", "test")
FRACTIONS = (0.8, 0.1, 0.1)


def choose_units(examined: list[Examined]) -> tuple[list[Crop], list[Rejected], list[list[Crop]]]:
    """The crops to use, those left out, and the used ones (one of each SHA-256) in units to keep together."""
    crops, rejected = choose((file.crop, file.fault) for file in examined)
    used = {crop.path for crop in crops}
    different = list({file.crop.sha256: file for file in examined if file.crop.path in used}.values())
    pairs = near_pairs([file.perceptual_hash for file in different], MAX_DISTANCE_BITS)
    first, second = np.array([pair[:2] for pair in pairs], int).reshape(-1, 2).T
    near = coo_array((np.ones(len(pairs)), (first, second)), shape=(len(different),) * 2)
    units = defaultdict(list)
    for unit, file in zip(connected_components(near, directed=False)[1].tolist(), different, strict=True):
        units[unit].append(file.crop)
    return crops, rejected, list(units.values())


def split(units: list[list[Crop]], seed: int) -> dict[str, str]:
    """Maps the SHA-256 of every crop to its part; a unit counts for the class of its first crop."""
    units_by_label = defaultdict(list)
    for unit in units:
        unit = sorted(unit, key=lambda crop: crop.sha256)
        units_by_label[unit[0].label].append(unit)
    rng = np.random.default_rng(seed)
    part_of = {}
    for label in sorted(units_by_label):
        ordered = sorted(units_by_label[label], key=lambda unit: unit[0].sha256)
        sizes = np.array([len(unit) for unit in ordered])
        order = rng.permutation(len(ordered))
        bounds = np.round(np.cumsum(FRACTIONS) * sizes.sum())[:-1]
        starts = np.cumsum(sizes[order]) - sizes[order]
        for index, part in zip(order, np.searchsorted(bounds, starts, side="right"), strict=True):
            part_of.update({crop.sha256: PARTS[part] for crop in ordered[index]})
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        "--data", type=Path, required=True, help="folder or zip with one folder per class, at any depth"
    )
    parser.add_argument("--out", type=Path, required=True, help="the list to write (CSV)")
    parser.add_argument("--seed", type=int, default=20261124)
    args = parser.parse_args()
    with open_source(args.data, CLASSES) as root:
        crops, rejected, units = choose_units(examine_all(root))
        print(f"the list's paths start at {root}")
    part_of = split(units, args.seed)
    write_split(args.out, crops, part_of)
    for file in rejected:
        print(f"left out {file.path}: {file.reason}")
    for unit in units:
        if len(unit) > 1:
            print(f"near duplicates in {part_of[unit[0].sha256]}: {', '.join(crop.path for crop in unit)}")
    for part in PARTS:
        counts = Counter(crop.label for crop in crops if part_of[crop.sha256] == part)
        print(f"{part}: {counts.total()} crops", dict(sorted(counts.items())))
    print(f"seed {args.seed}, {len(crops)} crops, {len(part_of)} different ones -> {args.out}")


if __name__ == "__main__":
    main()
