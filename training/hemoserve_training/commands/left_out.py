"""Measures how well novelty finds a class that was left out of training: of small networks that are trained
without each class in turn, and of a version's features with the class left out of the reference alone.

    npm run train:left-out -- --model inceptionv3@2.0.0 --data ../shared/pbc --work /tmp/hemoserve/trust \\
        --out training/results/left-out/inceptionv3-2.0.0.json
"""

import json
from pathlib import Path

import numpy as np

from ..cli import add_data, add_model, add_split, new_parser
from ..data.classes import CLASSES
from ..data.crops import load_crops
from ..data.preprocessing import Preprocessing
from ..data.split_list import read_split
from ..release.manifest import network_file, preprocessing_of, read_manifest
from ..trust.left_out import left_out, left_out_of_reference
from ..trust.seen import choose_reference, see_crops


def main() -> None:
    parser = new_parser(__doc__)
    add_model(parser)
    add_data(parser)
    add_split(parser)
    parser.add_argument("--crops", type=int, default=3000, help="training crops")
    parser.add_argument("--size", type=int, default=64, help="pixels of the small networks' side")
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--seed", type=int, default=1, help="of the choice of the crops")
    parser.add_argument("--work", type=Path, required=True, help="folder for crops and features")
    parser.add_argument("--out", type=Path, required=True, help="JSON file of the figures")
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    folder = args.model.folder(args.models)
    manifest, parts = read_manifest(folder), read_split(args.split)
    chosen = choose_reference(parts["train"], args.crops, args.seed)
    network, spec = network_file(folder, manifest, "onnx"), preprocessing_of(manifest)
    reference, usual = (
        see_crops(network, args.data, crops, spec, args.work) for crops in (chosen, parts["validation"])
    )
    small = Preprocessing(args.size, args.size)
    (train, truth), (validation, validation_truth) = (
        load_crops(args.data, crops, small, args.work) for crops in (chosen, parts["validation"])
    )
    result = {"model": str(args.model), "size": args.size, "epochs": args.epochs, "classes": {}}
    for index, name in enumerate(CLASSES):
        result["classes"][name] = left_out(
            np.asarray(train), truth, np.asarray(validation), validation_truth, index, args.epochs
        ) | {"aurocOfTheVersionsFeatures": left_out_of_reference(reference, usual, index)}
        print(name, json.dumps(result["classes"][name]), flush=True)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(json.dumps(result, indent=1) + "\n")
    print(args.out)
