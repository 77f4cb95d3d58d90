"""Test-time rotation: what the mean of the logits over a crop's four rotations and their flips is worth.

    npm run train:tta -- --model inceptionv3@2.0.0 --data ../shared/pbc

The service does the same with HEMOSERVE_VIEWS=8.
"""

import json
import tempfile
from pathlib import Path

import numpy as np

from ..cli import add_data, add_model, add_part, add_split, new_parser
from ..data.crops import load_crops
from ..data.split_list import read_split
from ..measure.predict import onnx_classifier, predict
from ..measure.tta import compare_views
from ..release.manifest import network_file, preprocessing_of, read_manifest

BATCH = 16


def main() -> None:
    parser = new_parser(__doc__)
    add_model(parser)
    add_data(parser)
    add_split(parser)
    add_part(parser)
    args = parser.parse_args()
    folder = args.model.folder(args.models)
    manifest = read_manifest(folder)
    network = network_file(folder, manifest, "onnx")
    classify = onnx_classifier(network)
    with tempfile.TemporaryDirectory() as cache:
        parts, spec = read_split(args.split), preprocessing_of(manifest)
        crops, truth = load_crops(args.data, parts[args.part], spec, Path(cache))
        compared = compare_views(
            lambda seen: predict(classify, seen, BATCH, network.name), np.asarray(crops), truth
        )
    print(json.dumps({"part": args.part, "n": len(truth)} | compared, indent=2))
