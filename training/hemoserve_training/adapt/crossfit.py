"""What an adaptation is worth, by cross-validation: each crop is judged by a network that never learnt it."""

from dataclasses import dataclass, replace

import numpy as np

from ..networks.ends import FEATURES, LOGITS
from .colours import fit_colours
from .fit import Strength, Tail
from .views import Views

FOLDS = 4
# Shares of the crops that the learning curve is drawn with, beside all of them.
SHARES = (0.25, 0.5)
ODDS = "odds"


@dataclass(frozen=True)
class Held:
    """Outputs for crops that were held out (n, ...), and the fold of each (n,)."""

    logits: np.ndarray
    features: np.ndarray
    fold: np.ndarray
    # What colours would add to the logits.
    odds: np.ndarray

    def with_colours(self) -> "Held":
        """The same where they do add it."""
        return replace(self, logits=self.logits + self.odds)


def assign_folds(truth: np.ndarray, folds: int, seed: int) -> np.ndarray:
    """A fold for each crop, each class spread over all of them."""
    rng = np.random.default_rng(seed)
    fold, start = np.empty(len(truth), int), 0
    for index in np.unique(truth):
        of_class = rng.permutation(np.flatnonzero(truth == index))
        # Where the last class ended: many small classes fill the folds alike.
        fold[of_class] = (start + np.arange(len(of_class))) % folds
        start += len(of_class)
    return fold


def some_of(truth: np.ndarray, share: float, seed: int) -> np.ndarray:
    """Indices of a share of the crops of each class, at least one of each."""
    rng = np.random.default_rng(seed)
    chosen = []
    for index in np.unique(truth):
        of_class = rng.permutation(np.flatnonzero(truth == index))
        chosen += of_class[: max(1, round(share * len(of_class)))].tolist()
    return np.sort(chosen)


def cross_fit(
    tail: Tail,
    lab: Views,
    home: Views,
    strength: Strength,
    seed: int,
    levels: np.ndarray,
    share: float = 1.0,
) -> tuple[Held, Held]:
    """The outputs for the laboratory's crops and for home's, each held out; leaves the tail as it was.

    levels: of colours, see `fit_colours`; share: of the crops that each fold learns from, the part that it
    gets.
    """
    folds = [assign_folds(views.truth, FOLDS, seed) for views in (lab, home)]
    held = [{LOGITS: None, FEATURES: None, ODDS: None} for _ in folds]
    for number in range(FOLDS):
        tail.reset()
        kept = np.flatnonzero(folds[0] != number)
        kept = kept[some_of(lab.truth[kept], share, seed + number)]
        lab_kept, home_kept = lab.of(kept), home.of(folds[1] != number)
        tail.fit(lab_kept, home_kept, strength, seed + number)
        colours = fit_colours(lab_kept, home_kept, levels, tail.classes)
        for views, fold, outputs in zip((lab, home), folds, held, strict=True):
            inside = fold == number
            if not inside.any():
                continue
            outputs_inside = tail.outputs(views.activations[0, inside])
            for name, values in (outputs_inside | {ODDS: colours.odds(views.colours[inside])}).items():
                if outputs[name] is None:
                    outputs[name] = np.empty((len(fold), values.shape[1]), np.float32)
                outputs[name][inside] = values
    tail.reset()
    lab_held, home_held = (
        Held(outputs[LOGITS], outputs[FEATURES], fold, outputs[ODDS])
        for outputs, fold in zip(held, folds, strict=True)
    )
    return lab_held, home_held
