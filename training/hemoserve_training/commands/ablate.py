"""Trains variants of one configuration, few epochs on a part of the crops, and writes what each is worth.

    npm run train:ablate -- --ablation docs/experiments/configs/ablation.toml --data ../shared/pbc \\
        --work /tmp/hemoserve/ablation

writes ablation.md and ablation.json to the work folder. A killed one goes on from its last epoch.
"""

from pathlib import Path

from ..cli import add_data, add_split, new_parser
from ..runs.ablate import ablate


def main() -> None:
    parser = new_parser(__doc__)
    parser.add_argument("--ablation", type=Path, required=True, help="TOML file with the base and variants")
    add_data(parser)
    add_split(parser)
    parser.add_argument("--work", type=Path, required=True, help="folder for the runs and the table")
    args = parser.parse_args()
    print(ablate(args.ablation, args.data, args.split, args.work))
