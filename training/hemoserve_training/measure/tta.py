"""Test-time rotation: what the mean of the logits over a crop's four rotations and their flips is worth."""

from collections.abc import Iterator

import numpy as np

from .metrics import proportion
from .predict import Classifier


def views(crops: np.ndarray) -> Iterator[np.ndarray]:
    """The eight rotations and flips of square crops (n, side, side, 3); first the crops as they are."""
    for flipped in (crops, crops[:, :, ::-1]):
        for quarter_turns in range(4):
            yield np.rot90(flipped, quarter_turns, axes=(1, 2))


def compare_views(predict: Classifier, crops: np.ndarray, truth: np.ndarray) -> dict[str, dict]:
    """Accuracy with exact 95 % limits of the crops alone and of the mean over their views.

    predict: takes all crops at once; truth: index of each crop's class (n,).
    """
    logits = [predict(seen) for seen in views(crops)]

    def accuracy(scores: np.ndarray) -> dict[str, float]:
        return proportion(int((scores.argmax(axis=1) == truth).sum()), len(truth))

    return {"alone": accuracy(logits[0]), "views": accuracy(np.mean(logits, axis=0))}
