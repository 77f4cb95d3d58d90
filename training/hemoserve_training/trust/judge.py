"""What trust data say of crops, as the service decides (src/trust/decision.ts), and how well they tell
others."""

import numpy as np
from sklearn.metrics import roc_auc_score

from ..measure.metrics import proportion
from .measures import MEASURES
from .novelty import Novelty
from .seen import Seen

# The service's defaults (src/settings/schema.ts).
LEVEL, FALSE_ALARM_RATE, LEAST_PROBABILITY = 0.95, 0.02, 0.9


def prediction_sets(data: dict, classes: list[str], probabilities: np.ndarray) -> np.ndarray:
    """Whether each class is in each crop's set, bool (n, classes), at the default level."""
    scores = [data["conformal"]["scores"][name] for name in classes]
    pooled = sorted(sum(scores, []))
    thresholds = [_threshold(own) or _threshold(pooled) or 1.0 for own in scores]
    return 1 - probabilities <= np.array(thresholds)


def _threshold(scores: list[float]) -> float | None:
    at = int(np.ceil((len(scores) + 1) * LEVEL)) - 1
    return scores[at] if at < len(scores) else None


def reasons(data: dict, novelty: Novelty, classes: list[str], temperature: float, seen: Seen) -> dict:
    """By reason for a review, which crops have it, bool (n,); float32's reference."""
    grid = data["grid"]
    probabilities = seen.probabilities(temperature)
    sets = prediction_sets(data, classes, probabilities)
    size, top = sets.sum(axis=1), sets[np.arange(len(seen)), seen.predicted]
    limit = np.interp(1 - FALSE_ALARM_RATE, grid, data["novelty"]["quantiles"]["float32"])
    tail = FALSE_ALARM_RATE / (2 * len(MEASURES))
    lower, upper = (
        np.array([np.interp(at, grid, data["measures"][name]) for name in MEASURES])
        for at in (tail, 1 - tail)
    )
    return {
        "low_confidence": (probabilities.max(axis=1) < LEAST_PROBABILITY) | (size == 0),
        "set_not_single": (size > 1) | ((size == 1) & ~top),
        "out_of_distribution": novelty.scores(seen) > limit,
        "poor_quality": ((seen.measures < lower) | (seen.measures > upper)).any(axis=1),
    }


def judge(
    found: dict[str, np.ndarray],
    seen: Seen,
    scores: dict[str, np.ndarray],
    usual: dict[str, np.ndarray] | None,
) -> dict:
    """Figures of one set of crops.

    scores: by the name of a novelty score; usual: the same of the crops that they are told from.
    """
    accepted = ~np.any(list(found.values()), axis=0)
    figures = {
        "n": len(seen),
        "accepted": proportion(int(accepted.sum()), len(seen)),
        "reasons": {reason: float(which.mean()) for reason, which in found.items()},
    }
    if usual is not None:
        figures["auroc"] = {name: _auroc(usual[name], scores[name]) for name in scores}
    if (seen.truth >= 0).all():
        right = seen.predicted == seen.truth
        figures["accuracy"] = proportion(int(right.sum()), len(seen))
        figures["wrongAndAccepted"] = proportion(int((accepted & ~right).sum()), len(seen))
        if accepted.any():
            figures["acceptedAccuracy"] = proportion(int((accepted & right).sum()), int(accepted.sum()))
    return figures


def _auroc(usual: np.ndarray, others: np.ndarray) -> float:
    labels = np.repeat([0, 1], [len(usual), len(others)])
    return float(roc_auc_score(labels, np.concatenate([usual, others])))
