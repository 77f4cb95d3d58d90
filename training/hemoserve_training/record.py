"""Records in a version's manifest what its other precisions lose, from the service's own evaluations.

    npm run evaluate -- --data ../shared/pbc --split training/splits/pbc.csv --part validation \\
        --precision float32 --out /tmp/evaluation/float32
    npm run evaluate -- … --precision int8 --out /tmp/evaluation/int8
    npm run record -- --model inceptionv3@1.1.0 --evaluations /tmp/evaluation/float32 /tmp/evaluation/int8

`npm run card` then puts them on the model card.
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
    }
    found = {"model": evaluation["model"], "part": evaluation["data"].get("part"), "n": evaluation["n"]}
    if found != expected:
        raise ValueError(f"{folder}: evaluation of {found}, expected {expected}")
    return evaluation


def record_losses(manifest: dict, evaluations: list[dict]) -> dict[str, float]:
    """Writes `accuracyLoss` of every precision but float32 into the manifest; returns them.

    Of several engines in one precision the least accurate one counts.
    Raises ValueError without an evaluation in float32, or for a precision that the manifest does not list.
    """
    accuracy: dict[str, float] = {}
    for evaluation in evaluations:
        precision, value = evaluation["engine"]["precision"], evaluation["accuracy"]["value"]
        accuracy[precision] = min(value, accuracy.get(precision, 1.0))
    if FLOAT32 not in accuracy:
        raise ValueError("no evaluation in float32 to compare with")
    losses = {}
    for precision, value in accuracy.items():
        if precision == FLOAT32:
            continue
        if precision not in manifest.get("precisions", {}):
            raise ValueError(f"the manifest lists no {precision}")
        losses[precision] = round(accuracy[FLOAT32] - value, 6)
        manifest["precisions"][precision]["accuracyLoss"] = losses[precision]
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
    for precision, loss in losses.items():
        print(f"{precision} loses {100 * loss:.2f} points of accuracy")


if __name__ == "__main__":
    main()
