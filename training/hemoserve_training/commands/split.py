"""Splits a data set of labelled crops into train, validation and test, and writes the list.

    npm run train:split -- --data ../shared/pbc --out training/splits/new.csv

Stratified by class. Leaves out what the audit leaves out: files that are no JPEG or do not decode, and
identical crops with different labels. Byte-identical crops stay together, and so do near duplicates by the
audit's criterion. The same data and seed give the same file.

training/splits/pbc.csv was made before near duplicates were kept together, and stays as it is: models are
trained on it.
"""

from collections import Counter
from pathlib import Path

from ..cli import add_data, new_parser
from ..data.classes import CLASSES
from ..data.examine import examine_all
from ..data.faults import printable
from ..data.source import open_source
from ..data.split import choose_units, split
from ..data.split_list import PARTS, write_split


def main() -> None:
    parser = new_parser(__doc__)
    add_data(parser, "folder or zip with one folder per class, at any depth")
    parser.add_argument("--out", type=Path, required=True, help="the list to write (CSV)")
    parser.add_argument("--seed", type=int, default=20261124)
    args = parser.parse_args()
    with open_source(args.data, CLASSES) as root:
        crops, rejected, units = choose_units(examine_all(root))
        print(f"the list's paths start at {printable(str(root))}")
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
        if missing := [label for label in CLASSES if not counts[label]]:
            print(f"  warning: no crop of {', '.join(missing)}: too few different ones for three parts")
    print(f"seed {args.seed}, {len(crops)} crops, {len(part_of)} different ones -> {args.out}")
