"""Draws a data set from its audit: crops of every class, class counts, dimensions.

    npm run train:figures -- --data ../shared/pbc --audit /tmp/hemoserve/audit/audit.csv \\
        --out /tmp/hemoserve/figures

writes samples.png, class-counts.png and dimensions.png, all of them of the crops that are used.
"""

from pathlib import Path

from ..cli import add_data, new_parser
from ..data.figures import draw_all


def main() -> None:
    parser = new_parser(__doc__)
    add_data(parser, "folder or zip that was audited")
    parser.add_argument("--audit", type=Path, required=True, help="its audit.csv")
    parser.add_argument("--out", type=Path, required=True, help="folder for the pictures")
    parser.add_argument("--per-class", type=int, default=4, help="crops of each class to show")
    parser.add_argument("--seed", type=int, default=20261124)
    args = parser.parse_args()
    for file in draw_all(args.data, args.audit, args.out, args.per_class, args.seed):
        print(file)
