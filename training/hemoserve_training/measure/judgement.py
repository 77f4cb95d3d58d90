"""All that docs/results.md shows of one network on one part: figures, confusion matrix, ROC curves and
training curves."""

import json
from pathlib import Path

import numpy as np
from scipy.special import softmax
from sklearn.metrics import auc, roc_curve

from .metrics import figures, proportion

# Names in logs of other origin.
ALIASES = {"train_acc": "accuracy", "val": "val_accuracy"}
CURVES = ("loss", "accuracy", "val_loss", "val_accuracy")
# Points of a ROC curve that are kept; more would not be seen.
POINTS = 100


def judge(logits: np.ndarray, truth: np.ndarray, classes: list[str]) -> dict:
    """What the logits (n, classes) say of crops whose classes have the indices `truth` (n,); probabilities
    are the softmax of the logits as they are."""
    whole = figures(logits, truth, classes, temperature=1.0)
    probabilities = softmax(logits, axis=1)
    predicted = logits.argmax(axis=1)
    confusion = np.zeros((len(classes), len(classes)), int)
    np.add.at(confusion, (truth, predicted), 1)
    rocs = [_roc(truth == index, probabilities[:, index]) for index in range(len(classes))]
    return {
        **{key: whole[key] for key in ("n", "accuracy", "macroF1", "expectedCalibrationError")},
        "perClass": [
            _of_class(name, confusion, index) | {"auc": rocs[index][1]} for index, name in enumerate(classes)
        ],
        "confusionMatrix": confusion.tolist(),
        "roc": {name: points for name, (points, _) in zip(classes, rocs, strict=True)},
    }


def _of_class(name: str, confusion: np.ndarray, index: int) -> dict:
    hits, support, said = (
        int(confusion[index, index]),
        int(confusion[index].sum()),
        int(confusion[:, index].sum()),
    )
    return {
        "name": name,
        "support": support,
        "precision": proportion(hits, said) if said else None,
        "recall": proportion(hits, support) if support else None,
        "f1": 2 * hits / (support + said) if support + said else None,
    }


def _roc(of_class: np.ndarray, probability: np.ndarray) -> tuple[list[list[float]], float | None]:
    """Points (false positive rate, true positive rate) of one class against all others, and the area under
    the whole curve; nothing where one of the two has no crops."""
    if of_class.all() or not of_class.any():
        return [], None
    false, true, _ = roc_curve(of_class, probability)
    kept = np.unique(np.linspace(0, len(false) - 1, min(POINTS, len(false))).round().astype(int))
    points = [[round(float(x), 4), round(float(y), 4)] for x, y in zip(false[kept], true[kept], strict=True)]
    return points, float(auc(false, true))


def read_curves(log: Path) -> list[dict[str, float]]:
    """A row an epoch of a run's log. An epoch that was cut off is a part of one, by its steps."""
    rows = [json.loads(line) for line in log.read_text().splitlines()]
    curves = []
    for row in rows:
        named = {ALIASES.get(key, key): value for key, value in row.items()}
        epoch = round(row["steps"] / rows[0]["steps"], 2) if "steps" in row else row["epoch"]
        curves.append({"epoch": epoch} | {key: named[key] for key in CURVES if key in named})
    return curves
