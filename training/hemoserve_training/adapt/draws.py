"""What adapting is worth on crops of a laboratory whose labels are all known: random draws to learn from, the
rest to judge by."""

import numpy as np

from ..measure.metrics import proportion
from ..measure.tta import views as turned
from ..networks.ends import LOGITS
from .fit import Strength, Tail
from .judge import describe, home_loss
from .labelled import Labelled
from .run import COPIES, HOME_COPIES, Base
from .views import look

# Of a small class this share at most is learnt from, so that some is left to judge by.
MOST_OF_A_CLASS = 2 / 3
WHEN = ("before", "after", "afterOneView")


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
    """Accuracy on the rest before and after, of each draw and as the mean.

    view_count: 8 averages the logits over a crop's turns and mirror images, as HEMOSERVE_VIEWS does; home:
    uint8 crops of home that nothing was trained on, and the index of each one's class.
    """
    tail = Tail(base.network, strength.blocks)
    lab = look(tail.trunk, labelled.pixels, labelled.truth, COPIES, seed=0)
    replay = look(tail.trunk, base.home, base.home_truth, HOME_COPIES, seed=0)
    sides = list(turned(labelled.pixels))[1:view_count]
    seen = [lab.activations[0], *(look(tail.trunk, s, lab.truth, 0, 0).activations[0] for s in sides)]
    home_seen = look(tail.trunk, *home, 0, 0) if home else None
    known = base.manifest["calibration"]["temperature"]

    def judged(chosen: np.ndarray) -> tuple[dict, dict]:
        """With all views and with one."""
        truth = lab.truth[chosen]
        logits = np.stack([tail.outputs(activations[chosen])[LOGITS] for activations in seen])
        temperatures = np.full(len(truth), known)
        all_views, one_view = (
            describe(views.mean(axis=0), truth, base.classes, temperatures) for views in (logits, logits[:1])
        )
        return all_views, one_view

    home_before = tail.outputs(home_seen.activations[0])[LOGITS] if home_seen else None
    found = []
    for seed in range(draws):
        learnt, rest = draw(lab.truth, per_class, seed)
        before, _ = judged(rest)
        tail.fit(lab.of(learnt), replay, strength, seed)
        after, one_view = judged(rest)
        one = {
            "seed": seed,
            "learnt": len(learnt),
            "before": before,
            "after": after,
            "afterOneView": one_view,
        }
        if home_seen:
            home_after = tail.outputs(home_seen.activations[0])[LOGITS]
            one["home"] = home_loss(home_before, home_after, home_seen.truth)
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
