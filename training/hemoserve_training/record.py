"""Records in a version's manifest what each engine loses in its other precisions, from the service's own
evaluations: in float32 and in the other precision, with the same engine.

    for engine in onnxruntime openvino; do
        for precision in float32 int8; do
            npm run evaluate -- --model inceptionv3@1.4.0 --data ../shared/pbc \\
                --split training/splits/pbc.csv --part validation \\
                --engine $engine --precision $precision --out /tmp/hemoserve/loss/$engine-$precision
        done
    done
    npm run record -- --model inceptionv3@1.4.0 --evaluations /tmp/hemoserve/loss/*/

An engine that is not recorded does not serve the precision. `npm run card` then puts the losses on the
model card.
"""

import argparse
import json
from pathlib import Path

from .manifest import read_manifest, write_manifest

FLOAT32 = "float32"


def read_evaluation(folder: Path, manifest: dict) -> dict:
    """An evaluation of the manifest's version on the part of its metrics.

    Raises ValueError for one of anything else, since its accuracy would say nothing of the loss.
    """
    evaluation = json.loads((folder / "evaluation.json").read_text())
    expected = {
        "model": {"name": manifest["name"], "version": manifest["version"]},
        "part": manifest["metrics"]["part"],
        "n": manifest["metrics"]["n"],
        "views": 1,
    }
    found = {
        "model": evaluation["model"],
        "part": evaluation["data"].get("part"),
        "n": evaluation["n"],
        "views": evaluation["views"],
    }
    if found != expected:
        raise ValueError(f"{folder}: evaluation of {found}, expected {expected}")
    return evaluation


def record_losses(manifest: dict, evaluations: list[dict]) -> dict[tuple[str, str], float]:
    """Writes each engine's `accuracyLoss` of every precision but float32 into the manifest, beside those of
    engines that were recorded before; returns them by engine and precision.

    Raises ValueError for an engine without an evaluation in float32 or with two in one precision, or for a
    precision that the manifest does not list.
    """
    accuracy: dict[tuple[str, str], float] = {}
    for evaluation in evaluations:
        key = evaluation["engine"]["name"], evaluation["engine"]["precision"]
        if key in accuracy:
            raise ValueError(f"two evaluations with {key[0]} in {key[1]}")
        accuracy[key] = evaluation["accuracy"]["value"]
    losses = {}
    for (engine, precision), value in accuracy.items():
        if precision == FLOAT32:
            continue
        if (engine, FLOAT32) not in accuracy:
            raise ValueError(f"no evaluation with {engine} in float32 to compare with")
        if precision not in manifest.get("precisions", {}):
            raise ValueError(f"the manifest lists no {precision}")
        loss = round(accuracy[engine, FLOAT32] - value, 6)
        losses[engine, precision] = loss
        manifest["precisions"][precision].setdefault("accuracyLoss", {})[engine] = loss
    return losses


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--model", required=True, help="the version, as NAME@VERSION")
    parser.add_argument("--models", type=Path, default=Path("models"), help="the registry's folder")
    parser.add_argument(
        "--evaluations", type=Path, nargs="+", required=True, help="folders of npm run evaluate"
    )
    args = parser.parse_args()
    name, _, version = args.model.partition("@")
    manifest = read_manifest(args.models, name, version)
    losses = record_losses(manifest, [read_evaluation(folder, manifest) for folder in args.evaluations])
    write_manifest(args.models / name / version, manifest)
    for (engine, precision), loss in losses.items():
        print(f"{engine} loses {100 * loss:.2f} points of accuracy in {precision}")


if __name__ == "__main__":
    main()
