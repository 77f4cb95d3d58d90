"""Records what each engine loses in a version's other precisions, in its manifest, and what it says of the
golden images in int8, beside them. Both come from the service's own evaluations: in float32 and in the other
precision, with the same engine. Float32's confusions go into the manifest, too: the differential's adjusted
estimate needs them.
"""

import json
from pathlib import Path

FLOAT32, INT8 = "float32", "int8"


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


def record_confusion(manifest: dict, evaluations: list[dict]) -> None:
    """Writes the confusion matrix and the limits of the calibration error into the manifest's metrics, by an
    evaluation in float32; does nothing where there is none."""
    for evaluation in evaluations:
        if evaluation["engine"]["precision"] == FLOAT32:
            manifest["metrics"]["confusion"] = evaluation["confusionMatrix"]["counts"]
            manifest["metrics"]["calibrationErrorLimits"] = {
                limit: round(value, 6) for limit, value in evaluation["calibrationErrorLimits"].items()
            }


def record_golden(golden: list[dict], evaluations: list[dict]) -> None:
    """Writes what the evaluated engines said of the golden images in int8 beside what float32 says of them.

    golden: of the version, as its golden.json has them.
    Raises ValueError for evaluations of other images.
    """
    for evaluation in evaluations:
        engine = evaluation["engine"]
        if engine["precision"] != INT8:
            continue
        said = {one["image"]: one["probabilities"] for one in evaluation["golden"]}
        if said.keys() != {entry["image"] for entry in golden}:
            raise ValueError(f"the evaluation with {engine['name']} is of other golden images: {list(said)}")
        for entry in golden:
            rounded = [round(probability, 7) for probability in said[entry["image"]]]
            entry.setdefault(INT8, {})[engine["name"]] = rounded
