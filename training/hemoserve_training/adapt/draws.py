"""What adapting is worth on crops of a laboratory whose labels are all known: random draws to learn from, the
rest to judge by."""

import keras
import numpy as np

from ..measure.metrics import proportion
from ..measure.predict import keras_classifier, predict
from ..measure.tta import views as turned
from ..networks.colours import coloured
from ..networks.magnification import magnified
from .both import both_views
from .colours import fit_colours, values_of
from .fit import Strength, Tail
from .judge import describe, home_loss
from .labelled import Labelled
from .magnify import choose_magnification
from .run import Base

# Of a small class this share at most is learnt from, so that some is left to judge by.
MOST_OF_A_CLASS = 2 / 3
BATCH = 32
WHEN = ("before", "after", "afterOneView", "withoutColours")


def draw(truth: np.ndarray, per_class: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Indices of the crops to learn from, so many of each class or two thirds of it, and of the rest."""
    rng = np.random.default_rng(seed)
    chosen = []
    for index in np.unique(truth):
        of_class = rng.permutation(np.flatnonzero(truth == index))
        chosen += of_class[: min(per_class, int(len(of_class) * MOST_OF_A_CLASS))].tolist()
    return np.sort(chosen), np.setdiff1d(np.arange(len(truth)), chosen)


def measure(
    base: Base,
    labelled: Labelled,
    strength: Strength,
    *,
    per_class: int,
    draws: int,
    view_count: int = 1,
    home: tuple[np.ndarray, np.ndarray] | None = None,
) -> dict:
    """Accuracy on the rest before and after, of each draw and as the mean. Colours always have their say:
    whether they should, the command finds by cross-validation.

    view_count: 8 averages the logits over a crop's turns and mirror images, as HEMOSERVE_VIEWS does; home:
    uint8 crops of home that nothing was trained on, and the index of each one's class.
    """
    tail = Tail(base.network, strength.blocks)
    pixels, truth = labelled.pixels, labelled.truth
    known = base.manifest["calibration"]["temperature"]

    def say(network: keras.Model, chosen: np.ndarray) -> np.ndarray:
        """Logits of all views (views, n, classes)."""
        sides = list(turned(pixels[chosen]))[:view_count]
        return np.stack([predict(keras_classifier(network), side, BATCH) for side in sides])

    before = say(base.network, np.arange(len(truth)))
    home_before = predict(keras_classifier(base.network), home[0], BATCH) if home else None
    found = []
    for seed in range(draws):
        learnt, rest = draw(truth, per_class, seed)
        of_lab, of_home = (pixels[learnt], truth[learnt]), (base.home, base.home_truth)
        magnification, size = choose_magnification(base.network, of_lab, of_home)
        lab, replay, levels = both_views(tail, of_lab, of_home, magnification, seed)
        tail.fit(lab, replay, strength, seed)
        colours = fit_colours(lab, replay, levels, tail.classes)
        side = base.spec.width
        network = coloured(magnified(base.network, magnification, side), colours, side)
        after = say(network, rest)

        def judged(logits: np.ndarray, of=rest) -> dict:
            return describe(logits.mean(axis=0), truth[of], base.classes, np.full(len(of), known))

        one = {
            "seed": seed,
            "learnt": len(learnt),
            "magnification": size,
            "before": judged(before[:, rest]),
            "after": judged(after),
            "afterOneView": judged(after[:1]),
            "withoutColours": judged(after[:1] - colours.odds(values_of(pixels[rest], levels)).numpy()),
        }
        if home:
            home_after = predict(keras_classifier(network), home[0], BATCH)
            one["home"] = home_loss(home_before, home_after, home[1])
        tail.reset()
        found.append(one)
        print(f"draw {seed}: " + ", ".join(f"{when} {_accuracy(one, when):.4f}" for when in WHEN), flush=True)
    means = {when: float(np.mean([_accuracy(one, when) for one in found])) for when in WHEN}
    total = sum(one["after"]["n"] for one in found)
    right = sum(round(_accuracy(one, "after") * one["after"]["n"]) for one in found)
    return {
        "perClass": per_class,
        "views": view_count,
        "strength": vars(strength),
        "crops": labelled.counts(base.classes),
        "mean": means,
        "allDraws": proportion(right, total),
        "draws": found,
    }


def _accuracy(one: dict, when: str) -> float:
    return one[when]["accuracy"]["value"]
