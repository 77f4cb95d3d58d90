"""What an adaptation did, in figures: on the laboratory's crops and on home's, before and after, all held
out."""

import numpy as np

from ..measure.metrics import figures, fit_temperature, proportion

# So many home crops show a loss of 0.2 points by themselves; of fewer, the lower limit of the loss is held.
MANY = 1000


def cross_fitted_temperatures(logits: np.ndarray, truth: np.ndarray, fold: np.ndarray) -> np.ndarray:
    """For each crop the temperature that the other folds' crops gave (n,)."""
    temperatures = np.ones(len(truth))
    for number in np.unique(fold):
        others = fold != number
        temperatures[fold == number] = fit_temperature(logits[others].astype(float), truth[others])
    return temperatures


def describe(logits: np.ndarray, truth: np.ndarray, classes: list[str], temperature: np.ndarray) -> dict:
    """`metrics.figures`, with what is wrong though sure (p > .9), and the confusion: predicted counts by true
    class. temperature: of each crop (n,)."""
    scaled = logits.astype(float) / temperature[:, None]
    found = figures(scaled, truth, classes, 1.0)
    probabilities = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    predicted = scaled.argmax(axis=1)
    sure = (probabilities.max(axis=1) > 0.9) & (predicted != truth)
    confusion = {
        name: {classes[k]: int(n) for k, n in enumerate(np.bincount(predicted[truth == index])) if n}
        for index, name in enumerate(classes)
        if (truth == index).any()
    }
    return found | {"wrongAndSure": proportion(int(sure.sum()), len(truth)), "confusion": confusion}


def home_loss(before: np.ndarray, after: np.ndarray, truth: np.ndarray) -> dict:
    """What home lost: accuracy before and after, and the net share of the crops that are no longer right,
    with the exact lower limit of that share. before, after: logits (n, classes)."""
    right_before, right_after = before.argmax(axis=1) == truth, after.argmax(axis=1) == truth
    n, net = len(truth), int(right_before.sum()) - int(right_after.sum())
    return {
        "n": n,
        "before": proportion(int(right_before.sum()), n),
        "after": proportion(int(right_after.sum()), n),
        "loss": net / n,
        "lossLower95": proportion(max(0, net), n)["lower95"],
    }


def home_passes(loss: dict, most: float) -> bool:
    """Whether home lost no more than it may. Of a few hundred crops one is more than 0.2 points already:
    there the loss must not be shown to be larger."""
    return loss["loss" if loss["n"] >= MANY else "lossLower95"] <= most
