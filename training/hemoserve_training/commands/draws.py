"""Measures what adapting is worth: random draws of labelled crops to learn from, the rest to judge by.

    npm run adapt:measure -- --model inceptionv3@2.0.0 --data ../shared/other-laboratory/bccd \\
        --title BCCD --home ../shared/pbc --out training/results/adapt/inceptionv3-2.0.0-bccd.json

With --home it measures what the validation part of home lost, too.
"""

import json
from pathlib import Path

from ..adapt.draws import measure
from ..adapt.fit import Strength
from ..adapt.home import home_crops
from ..adapt.labelled import read_labelled
from ..adapt.run import open_base
from ..cli import add_data, add_model, add_split, new_parser


def main() -> None:
    parser = new_parser(__doc__)
    add_model(parser, "the published version to begin with, as NAME@VERSION")
    add_data(parser, "folder with one folder per class, or CSV list")
    parser.add_argument("--title", help="what the figures call the crops; the folder's name without it")
    parser.add_argument("--per-class", type=int, default=20, help="crops of each class to learn from")
    parser.add_argument("--draws", type=int, default=5)
    parser.add_argument("--blocks", type=int, default=4, help="blocks that learn beside the head")
    parser.add_argument("--views", type=int, choices=(1, 2, 4, 8), default=1, help="as HEMOSERVE_VIEWS")
    parser.add_argument("--replay", type=Path, help="replay set, where the version ships none")
    parser.add_argument("--home", type=Path, help="data set of the home crops")
    parser.add_argument("--home-crops", type=int, help="so many random ones of its validation part")
    add_split(parser)
    parser.add_argument("--out", type=Path, required=True, help="JSON file for the figures")
    args = parser.parse_args()
    base = open_base(args.model.folder(args.models), args.replay)
    labelled = read_labelled(args.data, base.classes, base.spec, most=None)
    home = home_crops(base, args.home, args.split, args.home_crops) if args.home else None
    found = measure(
        base,
        labelled,
        Strength(blocks=args.blocks),
        per_class=args.per_class,
        draws=args.draws,
        view_count=args.views,
        home=(home.crops, home.truth) if home else None,
    )
    args.out.parent.mkdir(parents=True, exist_ok=True)
    said = {"model": str(args.model), "data": args.title or args.data.name}
    args.out.write_text(json.dumps(said | found, indent=1) + "\n")
    print(json.dumps({"mean": found["mean"], "allDraws": found["allDraws"]}))
