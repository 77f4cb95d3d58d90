"""Adapts a version to a laboratory: cross-validation, gates, and what has learnt from all crops."""

import time
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from ..data.preprocessing import Preprocessing
from ..measure.metrics import fit_temperature, log_likelihood, proportion
from ..networks.architectures import ARCHITECTURES
from ..networks.colours import Colours, coloured
from ..networks.ends import LOGITS
from ..networks.magnification import Magnification, magnified
from ..release.manifest import preprocessing_of, read_manifest
from ..release.promote import Gate
from ..runs.published import load_version
from .blocks import block_ends
from .both import both_views
from .colours import fit_colours
from .crossfit import FOLDS, SHARES, Held, cross_fit
from .fit import Strength, Tail
from .judge import cross_fitted_temperatures, describe, home_loss, home_passes
from .labelled import FEW_CROPS, Labelled
from .magnify import choose_magnification
from .replay import read_replay
from .views import look

# What --depth auto tries; another must be better by more than this to be taken over a shallower one.
DEPTHS = (0, 2, 4)
MARGIN = 0.005


@dataclass(frozen=True)
class Base:
    """A published version, and its replay set as uint8 crops."""

    folder: Path
    manifest: dict
    network: keras.Model
    spec: Preprocessing
    home: np.ndarray
    home_truth: np.ndarray

    @property
    def classes(self) -> list[str]:
        return self.manifest["classes"]


@dataclass(frozen=True)
class Adapted:
    """What came of it: the base's network is the adapted one, behind the magnification and beside the
    colours, if there are any; lab: held-out outputs of the laboratory's crops; found: the report."""

    magnification: Magnification | None
    colours: Colours | None
    lab: Held
    temperature: float
    found: dict

    def network(self, learnt: keras.Model, side: int) -> keras.Model:
        """The whole of what has learnt."""
        return coloured(magnified(learnt, self.magnification, side), self.colours, side)


def open_base(folder: Path, replay: Path | None = None) -> Base:
    """Reads a version's weights from its SavedModel, and its replay set."""
    manifest = read_manifest(folder)
    spec = preprocessing_of(manifest)
    network = ARCHITECTURES[manifest["architecture"]](len(manifest["classes"]), 0.0, spec.width)
    load_version(network, folder)
    listed = folder / manifest.get("replay", {}).get("file", "replay.zip")
    home, truth = read_replay(replay or listed, manifest["classes"], spec)
    return Base(folder, manifest, network, spec, home, truth)


def adapt(base: Base, labelled: Labelled, depth: int | None, most_home_loss: float, seed: int) -> Adapted:
    """Cross-validates, then learns from all crops. depth: blocks that are trained; None chooses by
    cross-validation. The report lacks what only the caller knows: names, the loss on other home crops.
    """
    started = time.monotonic()
    most = len(block_ends(base.network)) - 1
    depths = [blocks for blocks in DEPTHS if blocks <= most] if depth is None else [depth]
    tail = Tail(base.network, max(depths))
    of_lab, of_home = (labelled.pixels, labelled.truth), (base.home, base.home_truth)
    before = tail.outputs(look(tail.trunk, *of_lab, 0, seed).activations[0])[LOGITS]
    magnification, size = choose_magnification(base.network, of_lab, of_home)
    lab, home, levels = both_views(tail, of_lab, of_home, magnification, seed)
    home_before = tail.outputs(home.activations[0])[LOGITS]
    tried = {blocks: cross_fit(tail, lab, home, Strength(blocks=blocks), seed, levels) for blocks in depths}
    accuracy = {blocks: _right(held, lab.truth) for blocks, (held, _) in tried.items()}
    blocks = min(b for b in accuracy if accuracy[b] >= max(accuracy.values()) - MARGIN)
    strength, (held, home_held) = Strength(blocks=blocks), tried[blocks]
    ways = {"without": held, "with": held.with_colours()}
    right = {way: _right(one, lab.truth) for way, one in ways.items()}
    likely = {way: log_likelihood(one.logits.astype(float), lab.truth) for way, one in ways.items()}
    # Both: a network that is too sure of itself becomes likelier by whatever makes it less so.
    use_colours = likely["with"] > likely["without"] and right["with"] >= right["without"]

    def decided(one: Held) -> Held:
        return one.with_colours() if use_colours else one

    held, home_held = decided(held), decided(home_held)
    curve = []
    for share in SHARES:
        part, _ = cross_fit(tail, lab, home, strength, seed, levels, share)
        curve.append(_point(decided(part), lab.truth, share))
    curve.append(_point(held, lab.truth, 1.0))
    tail.fit(lab, home, strength, seed)
    colours = fit_colours(lab, home, levels, tail.classes) if use_colours else None

    loss = home_loss(home_before, home_held.logits, home.truth)
    passed = home_passes(loss, most_home_loss)
    detail = f"lost {100 * loss['loss']:.2f} points, at most {100 * most_home_loss:.2f} may be shown"
    gate = Gate("home", passed, detail)
    known = np.full(len(lab.truth), base.manifest["calibration"]["temperature"])
    temperatures = cross_fitted_temperatures(held.logits, lab.truth, held.fold)
    counts = labelled.counts(base.classes)
    found = {
        "crops": counts,
        "missing": [name for name in base.classes if name not in counts],
        "fewCrops": FEW_CROPS,
        "rejected": [vars(entry) for entry in labelled.rejected],
        "magnification": size,
        "colours": {"used": use_colours, "accuracy": right},
        "blocks": blocks,
        "depths": {str(tried_blocks): value for tried_blocks, value in accuracy.items()},
        "folds": FOLDS,
        "before": describe(before, lab.truth, base.classes, known),
        "after": describe(held.logits, lab.truth, base.classes, temperatures),
        "learningCurve": curve,
        "home": loss | {"of": "the replay set, held out"},
        "gates": [vars(gate)],
        "seconds": round(time.monotonic() - started, 1),
    }
    temperature = fit_temperature(held.logits.astype(float), lab.truth)
    return Adapted(magnification, colours, held, temperature, found)


def _right(held: Held, truth: np.ndarray) -> float:
    return float((held.logits.argmax(axis=1) == truth).mean())


def _point(held: Held, truth: np.ndarray, share: float) -> dict:
    learnt = round(share * len(truth) * (FOLDS - 1) / FOLDS)
    right = int((held.logits.argmax(axis=1) == truth).sum())
    return {"crops": learnt, "accuracy": proportion(right, len(truth))}
