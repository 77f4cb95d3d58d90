"""A version's trust data, trust.json with trust.bin: what the service judges its answers against.

src/registry/trust-data.ts says what each field is. The novelty's arrays are fitted on crops that the network
was trained on, all else on crops that it was not: nothing that becomes a threshold has seen its own crops.
Only the temperature is of the same crops, one number for all; the calibration error is cross-fitted.
"""

import numpy as np

from ..measure.metrics import expected_calibration_error, fit_temperature
from .measures import MEASURES
from .novelty import METHOD, Novelty
from .seen import Seen

BINARY_FILE = "trust.bin"
# Fine where thresholds lie.
_TAIL = [0, 0.0002, 0.0005, 0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.02, 0.03, 0.04]
GRID = [*_TAIL, *np.arange(0.05, 0.96, 0.05).round(2).tolist(), *(round(1 - p, 6) for p in _TAIL[::-1])]
DIGITS = 6
FLOAT32 = "float32"
FOLDS = 5


def trust_data(
    novelty: Novelty, usual: dict[str, Seen], classes: list[str], temperature: float, part: str, command: str
) -> dict:
    """usual: the same crops, of every class, as the network saw them in each precision that it runs in,
    float32 among them."""
    exact = usual[FLOAT32]
    probabilities = exact.probabilities(temperature)
    scores = {precision: novelty.scores(seen) for precision, seen in usual.items()}
    of_truth = 1 - probabilities[np.arange(len(exact)), exact.truth]
    return {
        "formatVersion": 1,
        "part": part,
        "n": len(exact),
        "command": command,
        "grid": GRID,
        "conformal": {
            "method": "LAC",
            "scores": {
                name: _rounded(np.sort(of_truth[exact.truth == index])) for index, name in enumerate(classes)
            },
        },
        "novelty": {
            "method": METHOD,
            "file": BINARY_FILE,
            "arrays": [{"name": name, "shape": list(a.shape)} for name, a in novelty.arrays.items()],
            "features": "raw",
            "weights": {term: float(weight) for term, weight in novelty.weights.items()},
            "quantiles": {precision: _quantiles(values) for precision, values in scores.items()},
        },
        "measures": _of_measures(exact.measures),
        "drift": {
            name: _reference(chosen, exact, probabilities, scores)
            for index, name in enumerate(classes)
            if (chosen := exact.predicted == index).any()
        },
    }


def binary(novelty: Novelty) -> bytes:
    """The arrays one after the other, float32, little-endian."""
    return b"".join(values.astype("<f4").tobytes() for values in novelty.arrays.values())


def calibration_error(seen: Seen, seed: int = 1, draws: int = 1000) -> dict[str, float]:
    """The expected calibration error of temperatures that were fitted on other crops, with 95 % limits by the
    percentile bootstrap (Efron & Tibshirani 1993). It is biased upwards, the more the fewer crops there
    are."""
    rng = np.random.default_rng(seed)
    fold_of = rng.permutation(len(seen)) % FOLDS
    probabilities = np.empty(seen.logits.shape)
    for fold in range(FOLDS):
        inside, outside = fold_of == fold, fold_of != fold
        temperature = fit_temperature(seen.logits[outside].astype(float), seen.truth[outside])
        probabilities[inside] = seen[inside].probabilities(temperature)
    drawn = [rng.integers(len(seen), size=len(seen)) for _ in range(draws)]
    errors = [expected_calibration_error(probabilities[chosen], seen.truth[chosen]) for chosen in drawn]
    lower, upper = np.quantile(errors, [0.025, 0.975])
    value = expected_calibration_error(probabilities, seen.truth)
    return {"value": value, "lower95": float(lower), "upper95": float(upper)}


def _reference(
    chosen: np.ndarray, exact: Seen, probabilities: np.ndarray, scores: dict[str, np.ndarray]
) -> dict:
    """What drift compares the crops of one predicted class with. The same crops in every precision."""
    return {
        "n": int(chosen.sum()),
        "probability": _quantiles(probabilities[chosen].max(axis=1)),
        "novelty": {precision: _quantiles(values[chosen]) for precision, values in scores.items()},
        "measures": _of_measures(exact.measures[chosen]),
    }


def _of_measures(measures: np.ndarray) -> dict[str, list[float]]:
    return {name: _quantiles(measures[:, index]) for index, name in enumerate(MEASURES)}


def _quantiles(values: np.ndarray) -> list[float]:
    # Weibull's positions, i / (n + 1): a further crop exceeds the quantile at p with a probability of 1 - p,
    # far out too, where others are exceeded twice as often.
    return _rounded(np.quantile(values, GRID, method="weibull"))


def _rounded(values: np.ndarray) -> list[float]:
    """To some significant digits, which keeps an order."""
    return [float(f"{value:.{DIGITS}g}") for value in values]
