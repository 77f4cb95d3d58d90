"""Trains a classifier as its configuration says; resumes from where a stopped run was.

    npm run train -- --config training/configs/inceptionv3.toml --data ../shared/pbc --work /tmp/hemoserve
    tensorboard --logdir /tmp/hemoserve/inceptionv3/tensorboard

With --estimate it only times some steps of each stage and prints what the run would take here.

    npm run train -- --config training/configs/gpu/inceptionv3.toml --device gpu \\
        --data ../shared/pbc --work /tmp/hemoserve
"""

import argparse
import importlib.util
from dataclasses import replace
from pathlib import Path

from ..cli import add_config, add_data, add_split, new_parser
from ..data.split_list import read_split
from ..gpu.config import is_for_gpu, load_gpu_config
from ..runs.config import load_config
from ..runs.cost import estimate_cost
from ..runs.train import record_origin, run_folder, train

DEVICES = {
    "cpu": "Keras, the recipes in training/configs and report/",
    "gpu": "PyTorch, the recipes in training/configs/gpu",
    "torch-cpu": "the same on the processor, to try them",
}


def main() -> None:
    parser = new_parser(__doc__)
    add_config(parser)
    add_data(parser)
    add_split(parser)
    parser.add_argument("--work", type=Path, required=True, help="folder for checkpoints, caches and logs")
    parser.add_argument("--estimate", action="store_true", help="print the cost and do not train")
    parser.add_argument(
        "--device",
        choices=DEVICES,
        default="cpu",
        help="\n".join(f"{name}: {what}" for name, what in DEVICES.items()),
    )
    parser.add_argument(
        "--minutes", type=float, help="on a GPU: how long the run takes, in place of the recipe's"
    )
    args = parser.parse_args()
    if is_for_gpu(args.config) != (args.device != "cpu"):
        parser.error(f"{args.config} is {'' if args.device == 'cpu' else 'not '}for --device gpu")
    if args.device != "cpu":
        train_on_gpu(parser, args)
        return
    if args.minutes is not None:
        parser.error("--minutes is for --device gpu; here the recipe counts epochs")
    config = load_config(args.config)
    if args.estimate:
        print(estimate_cost(config, args.data, read_split(args.split)["train"]))
        return
    record_origin(run_folder(config, args.work))
    print(train(config, args.data, args.split, args.work))


def train_on_gpu(parser: argparse.ArgumentParser, args: argparse.Namespace) -> None:
    if args.estimate:
        parser.error("--estimate is for --device cpu; on a GPU a run takes the minutes that it is given")
    if args.minutes is not None and args.minutes <= 0:
        parser.error("--minutes must be more than 0")
    if importlib.util.find_spec("torch") is None:
        parser.error("PyTorch is not set up: npm run train:setup -- --gpu")
    from ..gpu.device import find_device
    from ..gpu.train import train as train_for_minutes

    config = load_gpu_config(args.config)
    device = find_device(args.device)
    if args.minutes is not None:
        config = replace(config, minutes=args.minutes)
    record_origin(run_folder(config, args.work))
    print(train_for_minutes(config, args.data, args.split, args.work, device))
