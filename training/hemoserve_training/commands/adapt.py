"""Makes a version for a laboratory from a published one, by 5 to 100 labelled crops a class.

    npm run adapt -- --model inceptionv3@2.0.0 --data LABELLED --name LAB

LABELLED is a folder with one folder a class (classes may be missing), or a CSV file with the columns file
and class. The version is inceptionv3-LAB. Its report is printed, and is its MODEL_CARD.md. Nothing is written
when a gate fails. docs/adapt.md says how to label, and what the report says.
"""

import re
import tomllib
from pathlib import Path

from ..adapt.home import home_crops, with_home
from ..adapt.labelled import read_labelled
from ..adapt.publish import next_version, publish
from ..adapt.report import render
from ..adapt.run import adapt, open_base
from ..cli import add_data, add_model, add_split, new_parser
from ..release.promote import Limits


def depth(text: str) -> int | None:
    return {"head": 0, "auto": None}[text] if text in ("head", "auto") else int(text)


def main() -> None:
    parser = new_parser(__doc__)
    add_model(parser, "the published version to begin with, as NAME@VERSION")
    add_data(parser, "folder with one folder per class, or CSV list")
    parser.add_argument("--name", required=True, help="the laboratory: a-z, 0-9 and hyphens")
    parser.add_argument("--version", help="of the new version; the next free one without it")
    parser.add_argument(
        "--depth",
        type=depth,
        default=4,
        help="blocks that learn beside the head; head: none, the fast first step;\nauto: by cross-validation",
    )
    parser.add_argument("--replay", type=Path, help="replay set, where the version ships none")
    parser.add_argument(
        "--home", type=Path, help="the home crops' data set, for the loss on its validation part"
    )
    add_split(parser)
    parser.add_argument("--gates", type=Path, default=Path("training/gates.toml"), help="the limits")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    if not re.fullmatch(r"[a-z0-9-]+", args.name):
        raise SystemExit(f"--name {args.name}: only a-z, 0-9 and hyphens")
    limits = Limits(**tomllib.loads(args.gates.read_text()))
    base = open_base(args.model.folder(args.models), args.replay)
    labelled = read_labelled(args.data, base.classes, base.spec)
    home = home_crops(base, args.home, args.split) if args.home else None
    before = home.predict(base.network) if home else None
    adapted = adapt(base, labelled, args.depth, limits.max_home_loss, args.seed)
    if home:
        after = home.predict(adapted.network(base.network, base.spec.width))
        with_home(adapted.found, before, after, home.truth, limits.max_home_loss)
    name = f"{args.model.name}-{args.name}"
    adapted.found.update(
        {
            "name": name,
            "version": args.version or next_version(args.models, name),
            "from": str(args.model),
            "laboratory": args.name,
        }
    )
    print(render(adapted.found))
    if not all(gate["passed"] for gate in adapted.found["gates"]):
        raise SystemExit("nothing is written: a gate failed. Try --depth 2 or --depth head")
    print(publish(base, adapted, labelled, args.models))
