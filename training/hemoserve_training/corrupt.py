"""Writes corrupted copies of a split's part, a data set per corruption, for the service's own evaluation.

    npm run corrupt -- --data ../shared/pbc --part validation --severity 3 --out /tmp/hemoserve/corrupted
    npm run evaluate -- --data /tmp/hemoserve/corrupted/defocus --out /tmp/hemoserve/evaluation/defocus

`none` among them holds the crops as they are, only resized to the corruptions' 224 x 224 pixels. The copies
that stand for other laboratories have no severity: `centre_300` and `centre_120` are cut from the middle at
the original's scale, that many pixels wide and high; `size_120` is the whole crop at that size.
"""

import argparse
import os
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import pyvips
from tqdm import tqdm

from .corruptions import CORRUPTIONS, SEVERITIES, SIZE_PX, corrupt
from .dataset import Crop
from .preprocessing import Preprocessing, preprocess
from .split import PARTS, read_split

NONE = "none"


def centre(file: Path, side_px: int) -> np.ndarray:
    """The middle of a crop at its own scale; at most what there is."""
    upright = pyvips.Image.new_from_file(str(file)).autorot()
    width, height = upright.width, upright.height
    pixels = preprocess(file, Preprocessing(width, height))
    left, top = max(0, width - side_px) // 2, max(0, height - side_px) // 2
    return pixels[top : top + side_px, left : left + side_px]


def resized(file: Path, side_px: int) -> np.ndarray:
    return preprocess(file, Preprocessing(side_px, side_px))


# Crops as other laboratories cut them, from the original file.
SHIFTED = {"centre_300": (centre, 300), "centre_120": (centre, 120), "size_120": (resized, 120)}


def write_corrupted(crop: Crop, data: Path, out: Path, names: list[str], severity: int) -> None:
    """Writes out/NAME/CLASS/FILE.png for each corruption; PNG, so that nothing else changes."""
    pixels = resized(data / crop.path, SIZE_PX)
    for name in names:
        file = (out / name / crop.path).with_suffix(".png")
        file.parent.mkdir(parents=True, exist_ok=True)
        if name in SHIFTED:
            function, side_px = SHIFTED[name]
            changed = function(data / crop.path, side_px)
        else:
            changed = pixels if name == NONE else corrupt(pixels, name, severity)
        pyvips.Image.new_from_array(changed, interpretation="srgb").write_to_file(str(file))


def main() -> None:
    names = [NONE, *CORRUPTIONS, *SHIFTED]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with one folder per class")
    parser.add_argument(
        "--split", type=Path, default=Path("training/splits/pbc.csv"), help="the split's list"
    )
    parser.add_argument("--part", choices=PARTS, default="validation")
    parser.add_argument("--severity", type=int, choices=SEVERITIES, default=3)
    parser.add_argument("--corruption", choices=names, action="append", help="only these; all without it")
    parser.add_argument("--out", type=Path, required=True, help="folder for the data sets")
    args = parser.parse_args()
    crops = read_split(args.split)[args.part]
    write = partial(
        write_corrupted,
        data=args.data,
        out=args.out,
        names=args.corruption or names,
        severity=args.severity,
    )
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        list(tqdm(pool.map(write, crops, chunksize=16), total=len(crops), desc="corrupt", unit="crop"))
    print(args.out)


if __name__ == "__main__":
    main()
