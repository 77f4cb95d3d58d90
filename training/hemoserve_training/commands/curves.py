"""Draws a run's training curves from its log: loss and accuracy of both parts, and where the resolution grew.

npm run train:curves -- --run /tmp/hemoserve/inceptionv3 --out /tmp/hemoserve/inceptionv3/curves.png
"""

from pathlib import Path

from ..cli import new_parser
from ..runs.curves import DPI, draw_curves, read_log


def main() -> None:
    parser = new_parser(__doc__)
    parser.add_argument("--run", type=Path, required=True, help="folder of the run, in train's --work")
    parser.add_argument("--out", type=Path, required=True, help="the PNG to write")
    args = parser.parse_args()
    draw_curves(read_log(args.run), args.run.name).savefig(args.out, dpi=DPI)
    print(args.out)
