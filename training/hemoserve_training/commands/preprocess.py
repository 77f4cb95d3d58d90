"""Writes each image's tensor as a PNG, made by the one preprocessing, for comparison with the service's.

training/.venv/bin/hemoserve-preprocess --size-px 96 --out /tmp/preprocessed cell.jpg ...
"""

from pathlib import Path

import pyvips

from ..cli import new_parser
from ..data.preprocessing import Preprocessing, preprocess


def main() -> None:
    parser = new_parser(__doc__)
    parser.add_argument("images", type=Path, nargs="+", help="encoded images")
    parser.add_argument("--size-px", type=int, required=True, help="side of the square tensor")
    parser.add_argument("--out", type=Path, required=True, help="folder to write NAME.png to, for each NAME")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    spec = Preprocessing(args.size_px, args.size_px)
    for file in args.images:
        tensor = preprocess(file, spec)
        pyvips.Image.new_from_array(tensor, interpretation="srgb").write_to_file(
            args.out / f"{file.name}.png"
        )
