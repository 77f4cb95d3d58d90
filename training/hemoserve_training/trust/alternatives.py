"""Other novelty scores than the one that is published (novelty.py), to compare it with."""

from collections.abc import Callable

import numpy as np
from scipy.special import logsumexp
from sklearn.neighbors import NearestNeighbors

from .novelty import Novelty
from .seen import Seen

Score = Callable[[Seen], np.ndarray]
# Of the within-class covariance's own mean variance, added to each.
SHRINKAGE = 0.1


def alternatives(reference: Seen, published: Novelty) -> dict[str, Score]:
    """Scores (n,) of crops by name, higher where more novel, fitted on the crops of `reference`.

    `published` and its two terms; `mahalanobis` (Lee et al. 2018) within the principal space; `neighbour`,
    the distance to the nearest crop (Sun et al. 2022, arXiv:2204.06507); `energy` (Liu et al. 2020,
    arXiv:2010.03759); `probability`, the most probable class's (Hendrycks & Gimpel 2017, arXiv:1610.02136).
    """
    mean, axes = published.arrays["mean"], published.arrays["projection"]
    inside = (reference.features - mean) @ axes.T
    labels, class_of = np.unique(reference.truth, return_inverse=True)
    means = np.stack([inside[class_of == index].mean(axis=0) for index in range(len(labels))])
    whitening = _whitening(inside - means[class_of])
    neighbours = NearestNeighbors(n_neighbors=1).fit(reference.features)

    def mahalanobis(seen: Seen) -> np.ndarray:
        projected = (seen.features - mean) @ axes.T
        gaps = (projected[:, None] - means) @ whitening
        return (gaps**2).sum(axis=2).min(axis=1)

    return {
        "published": published.scores,
        "residual": lambda seen: published.terms(seen)["residual"],
        "appearance": lambda seen: published.terms(seen)["appearance"],
        "mahalanobis": mahalanobis,
        "neighbour": lambda seen: neighbours.kneighbors(seen.features)[0][:, 0],
        "energy": lambda seen: -logsumexp(seen.logits, axis=1),
        "probability": lambda seen: -seen.probabilities(1.0).max(axis=1),
    }


def _whitening(within: np.ndarray) -> np.ndarray:
    covariance = within.T @ within / len(within)
    mean_variance = np.trace(covariance) / len(covariance)
    values, vectors = np.linalg.eigh(
        (1 - SHRINKAGE) * covariance + SHRINKAGE * mean_variance * np.eye(len(covariance))
    )
    return vectors / np.sqrt(values)
