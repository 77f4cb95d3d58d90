"""Makes a version of a model the default of the registry, if it passes every gate; says which one failed.

    npm run train:promote -- --model inceptionv3@2.0.0

With --check it only says so, for a version that is to be served beside the default.
"""

import tomllib
from pathlib import Path

from ..cli import add_model, new_parser
from ..release.promote import Limits, promote


def main() -> None:
    parser = new_parser(__doc__)
    add_model(parser, "the version to promote, as NAME@VERSION")
    parser.add_argument("--gates", type=Path, default=Path("training/gates.toml"), help="the limits")
    parser.add_argument("--check", action="store_true", help="change nothing")
    args = parser.parse_args()
    limits = Limits(**tomllib.loads(args.gates.read_text()))
    gates = promote(args.models, *args.model, limits, args.check)
    for gate in gates:
        print(f"{'pass' if gate.passed else 'FAIL'}  {gate.name}: {gate.detail}")
    failed = [gate.name for gate in gates if not gate.passed]
    if failed:
        raise SystemExit(f"{args.model} fails: {', '.join(failed)}")
    print(f"{args.model} {'passes' if args.check else 'is the default now'}")
