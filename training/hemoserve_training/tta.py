"""Test-time rotation: what the mean of the logits over a crop's four rotations and their flips is worth.

    npm run tta -- --model inceptionv3@1.4.0 --data ../shared/pbc

The service does the same with HEMOSERVE_VIEWS=8.
"""

import argparse
import json
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from .crops import load_crops
from .manifest import preprocessing_of, read_manifest
from .metrics import estimate
from .quantize import logits_of
from .split import PARTS, read_split


def views(crops: np.ndarray) -> Iterator[np.ndarray]:
    """The eight rotations and flips of square crops (n, side, side, 3); first the crops as they are."""
    for flipped in (crops, crops[:, :, ::-1]):
        for quarter_turns in range(4):
            yield np.rot90(flipped, quarter_turns, axes=(1, 2))


def compare_views(
    predict: Callable[[np.ndarray], np.ndarray], crops: np.ndarray, labels: np.ndarray
) -> dict[str, dict]:
    """Accuracy with exact 95 % limits of the crops alone and of the mean over their views.

    predict: logits (n, classes) of uint8 crops.
    """
    logits = [predict(seen) for seen in views(crops)]

    def accuracy(scores: np.ndarray) -> dict[str, float]:
        return estimate(int((scores.argmax(axis=1) == labels).sum()), len(labels))

    return {"alone": accuracy(logits[0]), "views": accuracy(np.mean(logits, axis=0))}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--model", required=True, help="the version, as NAME@VERSION")
    parser.add_argument("--models", type=Path, default=Path("models"), help="the registry's folder")
    parser.add_argument("--data", type=Path, required=True, help="folder with one folder per class")
    parser.add_argument(
        "--split", type=Path, default=Path("training/splits/pbc.csv"), help="the split's list"
    )
    parser.add_argument("--part", choices=PARTS, default="validation")
    args = parser.parse_args()
    name, _, version = args.model.partition("@")
    manifest = read_manifest(args.models, name, version)
    network = args.models / name / version / manifest["onnx"]
    with tempfile.TemporaryDirectory() as cache:
        parts, spec = read_split(args.split), preprocessing_of(manifest)
        crops, labels = load_crops(args.data, parts[args.part], spec, Path(cache))
        compared = compare_views(lambda seen: logits_of(network, seen), np.asarray(crops), labels)
    print(json.dumps({"part": args.part, "n": len(labels)} | compared, indent=2))


if __name__ == "__main__":
    main()
