"""Adds a replay set to a version: some of its training crops, which adapting it rehearses (npm run adapt).

npm run train:replay -- --model inceptionv3@2.0.0 --data ../shared/pbc
"""

from ..adapt.replay import PER_CLASS, REPLAY_FILE, add_replay
from ..cli import add_data, add_model, add_split, new_parser


def main() -> None:
    parser = new_parser(__doc__)
    add_model(parser)
    add_data(parser)
    add_split(parser)
    parser.add_argument("--per-class", type=int, default=PER_CLASS, help="crops of each class")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    folder = args.model.folder(args.models)
    add_replay(folder, args.data, args.split, args.per_class, args.seed)
    print(f"{folder / REPLAY_FILE}: {(folder / REPLAY_FILE).stat().st_size / 1e6:.2f} MB")
