"""Trains a classifier as its configuration says; resumes from the last finished epoch.

    npm run train -- --config training/configs/inceptionv3.toml --data ../shared/pbc --work /tmp/hemoserve
    tensorboard --logdir /tmp/hemoserve/inceptionv3/tensorboard

With --estimate it only times some steps of each stage and prints what the run would take here.
"""

from pathlib import Path

from ..cli import add_config, add_data, add_split, new_parser
from ..data.split_list import read_split
from ..runs.config import load_config
from ..runs.cost import estimate_cost
from ..runs.train import record_origin, run_folder, train


def main() -> None:
    parser = new_parser(__doc__)
    add_config(parser)
    add_data(parser)
    add_split(parser)
    parser.add_argument("--work", type=Path, required=True, help="folder for checkpoints, caches and logs")
    parser.add_argument("--estimate", action="store_true", help="print the cost and do not train")
    args = parser.parse_args()
    config = load_config(args.config)
    if args.estimate:
        print(estimate_cost(config, args.data, read_split(args.split)["train"]))
        return
    record_origin(run_folder(config, args.work))
    print(train(config, args.data, args.split, args.work))
