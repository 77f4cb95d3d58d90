"""Learns what a laboratory's colours say of the classes."""

import numpy as np
from sklearn.linear_model import LogisticRegression

from ..measure.predict import predict
from ..networks.colours import Colours, colour_values, densities
from .views import Views

BATCH = 32
LEVELS = 10
# Inverse strength of the quadratic penalty. The values are many and alike, so that little of it is felt.
LENIENCE = 1.0
STEPS = 2000


def colour_levels(crops: np.ndarray) -> np.ndarray:
    """float32 (levels, 6): the densities below which these parts of all pixels lie, of uint8 crops."""
    pixels = predict(lambda batch: densities(batch).numpy()[:, ::4, ::4], crops, BATCH).reshape(-1, 6)
    return np.percentile(pixels, np.linspace(2, 98, LEVELS), axis=0).astype(np.float32)


def values_of(crops: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """float32 (n, values) of uint8 crops."""
    return predict(lambda batch: colour_values(batch, levels).numpy(), crops, BATCH)


def fit_colours(lab: Views, home: Views, levels: np.ndarray, classes: int) -> Colours:
    """Learns the classes from the laboratory's crops, and from both which are the laboratory's."""
    mean = lab.colours.mean(axis=0)
    deviation = lab.colours.std(axis=0) + 1e-6
    here, there = ((colours - mean) / deviation for colours in (lab.colours, home.colours))
    weights, bias, known = _regression(here, lab.truth)
    places = np.repeat([1, 0], [len(here), len(there)])
    place_weights, place_bias, _ = _regression(np.concatenate([here, there]), places, class_weight="balanced")
    return Colours(
        levels=levels,
        mean=mean,
        deviation=deviation,
        weights=weights,
        bias=bias,
        known=known,
        classes=classes,
        place_weights=place_weights[:, 1] - place_weights[:, 0],
        place_bias=float(place_bias[1] - place_bias[0]),
    )


def _regression(values: np.ndarray, truth: np.ndarray, **options) -> tuple[np.ndarray, ...]:
    """float32 weights (values, classes) and bias of each class there is, and which these are."""
    known = np.unique(truth)
    if len(known) == 1:
        return np.zeros((values.shape[1], 1), np.float32), np.zeros(1, np.float32), known
    model = LogisticRegression(C=LENIENCE, max_iter=STEPS, **options).fit(values, truth)
    weights, bias = model.coef_.T, model.intercept_
    if len(known) == 2:
        # Of two classes only the second has a row.
        weights, bias = np.c_[0 * weights, weights], np.r_[0, bias]
    return weights.astype(np.float32), bias.astype(np.float32), known
