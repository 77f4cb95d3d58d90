"""Writes corrupted copies of a split's part, a data set per corruption, for the service's own evaluation.

    npm run train:corrupt -- --data ../shared/pbc --part validation --severity 3 \\
        --out /tmp/hemoserve/corrupted
    npm run evaluate -- --data /tmp/hemoserve/corrupted/defocus --out /tmp/hemoserve/evaluation/defocus

`none` among them holds the crops as they are, only resized to the corruptions' 224 x 224 pixels. The copies
that stand for other laboratories have no severity: `centre_300` and `centre_120` are cut from the middle at
the original's scale, that many pixels wide and high; `size_120` is the whole crop at that size.
"""

import os
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from tqdm import tqdm

from ..cli import add_data, add_part, add_split, new_parser
from ..data.split_list import read_split
from ..measure.corrupt import NAMES, write_corrupted
from ..measure.corruptions import SEVERITIES


def main() -> None:
    parser = new_parser(__doc__)
    add_data(parser)
    add_split(parser)
    add_part(parser)
    parser.add_argument("--severity", type=int, choices=SEVERITIES, default=3)
    parser.add_argument("--corruption", choices=NAMES, action="append", help="only these; all without it")
    parser.add_argument("--out", type=Path, required=True, help="folder for the data sets")
    args = parser.parse_args()
    crops = read_split(args.split)[args.part]
    write = partial(
        write_corrupted,
        data=args.data,
        out=args.out,
        names=args.corruption or NAMES,
        severity=args.severity,
    )
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        list(tqdm(pool.map(write, crops, chunksize=16), total=len(crops), desc="corrupt", unit="crop"))
    print(args.out)
