"""Figures of a classifier on labelled crops, in the manifest's shape."""

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax
from scipy.stats import binomtest


def estimate(successes: int, n: int) -> dict[str, float]:
    """A proportion with its exact 95 % confidence limits (Clopper & Pearson 1934)."""
    limits = binomtest(successes, n).proportion_ci(confidence_level=0.95, method="exact")
    return {"value": successes / n, "lower95": float(limits.low), "upper95": float(limits.high)}


def expected_calibration_error(probabilities: np.ndarray, labels: np.ndarray, bins: int = 15) -> float:
    """Mean distance of confidence and accuracy over bins of equal width (Naeini et al. 2015).

    probabilities: (n, classes); labels: (n,).
    """
    confidence = probabilities.max(axis=1)
    correct = probabilities.argmax(axis=1) == labels
    bin_of = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = np.bincount(bin_of, weights=confidence - correct, minlength=bins)
    return float(np.abs(gaps).sum() / len(labels))


def fit_temperature(logits: np.ndarray, labels: np.ndarray) -> float:
    """The temperature of least negative log-likelihood (Guo et al. 2017, arXiv:1706.04599)."""

    def loss(log_temperature: float) -> float:
        log_probabilities = log_softmax(logits / np.exp(log_temperature), axis=1)
        return -log_probabilities[np.arange(len(labels)), labels].mean()

    return float(np.exp(minimize_scalar(loss, bounds=(-3, 3), method="bounded").x))


def figures(logits: np.ndarray, labels: np.ndarray, classes: list[str], temperature: float) -> dict:
    """Accuracy, macro F1, ECE and recall per class; logits (n, classes) in float, labels (n,)."""
    probabilities = softmax(logits / temperature, axis=1)
    predicted = logits.argmax(axis=1)
    recall, f1 = {}, []
    for index, name in enumerate(classes):
        truth, said = labels == index, predicted == index
        hits, n = int((truth & said).sum()), int(truth.sum())
        recall[name] = estimate(hits, n) | {"n": n}
        f1.append(2 * hits / max(1, n + int(said.sum())))
    return {
        "n": len(labels),
        "accuracy": estimate(int((predicted == labels).sum()), len(labels)),
        "macroF1": float(np.mean(f1)),
        "expectedCalibrationError": expected_calibration_error(probabilities, labels),
        "recall": recall,
    }
