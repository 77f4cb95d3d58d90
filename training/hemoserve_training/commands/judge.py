"""Judges one of the report's networks on a part, for docs/results.md: figures, confusion matrix, ROC and
training curves.

    npm run train:judge -- --config training/configs/report/lenet5.toml --run /tmp/hemoserve/report/lenet5 \\
        --data ../shared/pbc --out training/results/report/lenet5.json --figure docs/figures/report-lenet5.png
    npm run generate

--logits FILE.npz judges logits that were kept of a run elsewhere, in the split's order, and needs no
--config, --run and --data; --log is then the run's log.
"""

import argparse
import json
from pathlib import Path

import numpy as np

from ..cli import add_part, add_split, new_parser
from ..data.classes import CLASSES
from ..data.split_list import read_split
from ..measure.judgement import judge, read_curves
from ..measure.judgement_figure import DPI, draw_judgement


def main() -> None:
    parser = new_parser(__doc__)
    parser.add_argument("--config", type=Path, help="TOML file of the run")
    parser.add_argument("--run", type=Path, help="folder of the finished run, in train's --work")
    parser.add_argument("--data", type=Path, help="folder with one folder per class")
    parser.add_argument("--logits", type=Path, help="an .npz with the logits under val.1")
    parser.add_argument("--log", type=Path, help="log.jsonl of the run; of --run without it")
    add_split(parser)
    add_part(parser)
    parser.add_argument("--out", type=Path, required=True, help="the JSON file to write")
    parser.add_argument("--figure", type=Path, help="the PNG to draw")
    args = parser.parse_args()
    if not (args.logits and args.log) and not (args.config and args.run and args.data):
        parser.error("give --config, --run and --data, or --logits and --log")
    crops = read_split(args.split)[args.part]
    truth = np.array([CLASSES.index(crop.label) for crop in crops])
    logits = np.load(args.logits)["val.1"] if args.logits else predicted(args, crops)
    if len(logits) != len(truth):
        parser.error(f"{len(logits)} logits of the {len(truth)} crops in {args.part}")
    judgement = {"part": args.part} | judge(logits, truth, CLASSES)
    judgement["epochs"] = read_curves(args.log or args.run / "log.jsonl")
    args.out.parent.mkdir(parents=True, exist_ok=True)
    # A line a key: a change shows as one.
    lines = (f'"{key}": {json.dumps(value)}' for key, value in judgement.items())
    args.out.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    if args.figure:
        draw_judgement(judgement, args.out.stem).savefig(args.figure, dpi=DPI)
    print(f"accuracy {judgement['accuracy']['value']:.4f}, macro F1 {judgement['macroF1']:.4f} -> {args.out}")


def predicted(args: argparse.Namespace, crops: list) -> np.ndarray:
    """The logits of the run's final weights."""
    from ..data.crops import load_crops
    from ..data.preprocessing import Preprocessing
    from ..gpu.config import load_recipe
    from ..measure.predict import keras_classifier, predict
    from ..networks.architectures import ARCHITECTURES
    from ..runs.student import FINAL_WEIGHTS

    config = load_recipe(args.config)
    side_px = config.final_size_px
    network = ARCHITECTURES[config.arch](len(CLASSES), config.dropout, side_px)
    network.load_weights(args.run / FINAL_WEIGHTS)
    pixels, _ = load_crops(args.data, crops, Preprocessing(side_px, side_px), args.run.parent / "cache")
    return predict(keras_classifier(network), pixels, 32, "predict")
