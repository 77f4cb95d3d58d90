"""Figures of a classifier on labelled crops, in the manifest's shape."""

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax
from scipy.stats import binomtest


def proportion(successes: int, n: int) -> dict[str, float]:
    """A proportion with its exact 95 % confidence limits (Clopper & Pearson 1934)."""
    limits = binomtest(successes, n).proportion_ci(confidence_level=0.95, method="exact")
    return {"value": successes / n, "lower95": float(limits.low), "upper95": float(limits.high)}


def expected_calibration_error(probabilities: np.ndarray, truth: np.ndarray, bins: int = 15) -> float:
    """Mean distance of confidence and accuracy over bins of equal width (Naeini et al. 2015).

    probabilities: (n, classes); truth: index of each crop's class (n,).
    """
    confidence = probabilities.max(axis=1)
    correct = probabilities.argmax(axis=1) == truth
    bin_of = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = np.bincount(bin_of, weights=confidence - correct, minlength=bins)
    return float(np.abs(gaps).sum() / len(truth))


def log_likelihood(logits: np.ndarray, truth: np.ndarray) -> float:
    """The mean logarithm of the true class's probability, by logits (n, classes)."""
    return float(log_softmax(logits, axis=1)[np.arange(len(truth)), truth].mean())


def fit_temperature(logits: np.ndarray, truth: np.ndarray) -> float:
    """The temperature of least negative log-likelihood (Guo et al. 2017, arXiv:1706.04599)."""

    def loss(log_temperature: float) -> float:
        return -log_likelihood(logits / np.exp(log_temperature), truth)

    return float(np.exp(minimize_scalar(loss, bounds=(-3, 3), method="bounded").x))


def figures(logits: np.ndarray, truth: np.ndarray, classes: list[str], temperature: float) -> dict:
    """Accuracy, macro F1, ECE and recall per class.

    A class without crops has no recall. Macro F1 is the mean over the classes that have crops or were
    predicted, as in scikit-learn's f1_score.

    logits: (n, classes) in float; truth: index of each crop's class (n,), at least one.
    """
    probabilities = softmax(logits / temperature, axis=1)
    predicted = logits.argmax(axis=1)
    recall, f1 = {}, []
    for index, name in enumerate(classes):
        of_class, said = truth == index, predicted == index
        hits, n = int((of_class & said).sum()), int(of_class.sum())
        if n:
            recall[name] = proportion(hits, n) | {"n": n}
        if n or said.any():
            f1.append(2 * hits / (n + int(said.sum())))
    return {
        "n": len(truth),
        "accuracy": proportion(int((predicted == truth).sum()), len(truth)),
        "macroF1": float(np.mean(f1)),
        "expectedCalibrationError": expected_calibration_error(probabilities, truth),
        "recall": recall,
    }
