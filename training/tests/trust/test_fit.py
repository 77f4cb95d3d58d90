"""Novelty and trust data, fitted on features that never were, and published into a version."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fixtures import seen_at_random

from hemoserve_training.trust.fit import GRID, calibration_error, trust_data
from hemoserve_training.trust.novelty import fit_novelty
from hemoserve_training.trust.publish import publish

NAMES = ["a", "b", "c"]


@pytest.fixture(scope="module")
def fitted():
    usual = seen_at_random(90, seed=2)
    novelty = fit_novelty(seen_at_random(200, seed=1), usual, components=4)
    return novelty, usual


def test_what_is_unlike_the_reference_scores_higher(fitted):
    novelty, usual = fitted
    limit = np.quantile(novelty.scores(usual), 0.98)
    others = seen_at_random(200, seed=3)
    assert (novelty.scores(others) > limit).mean() < 0.1
    # Features alone, or measures alone, tell it.
    assert (novelty.scores(replace(others, features=others.features + 5)) > limit).all()
    assert (novelty.scores(replace(others, measures=others.measures + 5)) > limit).all()


def test_a_measure_that_never_changes_is_no_fault():
    usual = seen_at_random(90, seed=2)
    usual.measures[:, 3] = 7
    novelty = fit_novelty(usual, usual, components=4)
    assert np.isfinite(novelty.scores(usual)).all()


def test_trust_data_have_the_scores_of_each_class_and_a_reference_of_each_precision(fitted):
    novelty, usual = fitted
    coarse = replace(usual, features=usual.features + 0.2)
    data = trust_data(novelty, {"float32": usual, "int8": coarse}, NAMES, 1.5, "validation", "a command")
    scores = data["conformal"]["scores"]
    assert [len(scores[name]) for name in NAMES] == [30, 30, 30]
    assert all(values == sorted(values) for values in scores.values())
    probabilities = usual.probabilities(1.5)
    assert scores["a"][-1] == pytest.approx(1 - probabilities[usual.truth == 0, 0].min(), rel=1e-5)
    quantiles = data["novelty"]["quantiles"]
    assert len(quantiles["int8"]) == len(GRID)
    assert quantiles["int8"][GRID.index(0.5)] > quantiles["float32"][GRID.index(0.5)]
    assert sum(reference["n"] for reference in data["drift"].values()) == 90


def test_the_calibration_error_has_limits_and_finds_overconfidence():
    rng = np.random.default_rng(1)
    truth = rng.integers(3, size=600)
    logits = 4.0 * np.eye(3)[np.where(rng.random(600) < 0.8, truth, (truth + 1) % 3)]
    seen = replace(seen_at_random(600, seed=1), logits=logits, truth=truth)
    error = calibration_error(seen, draws=100)
    assert 0 <= error["lower95"] <= error["upper95"] < 0.1
    # One temperature mends what is the same everywhere: not that one half of the crops is always wrong.
    half = np.where(np.arange(600) < 300, logits.argmax(axis=1), (logits.argmax(axis=1) + 1) % 3)
    uneven = replace(seen, truth=half, logits=logits * np.where(np.arange(600) < 300, 1, 3)[:, None])
    assert calibration_error(uneven, draws=100)["value"] > 0.2


def test_publish_writes_files_that_the_manifest_names_and_refuses_wrong_ones(fitted, tmp_path):
    novelty, usual = fitted
    models = Path(__file__).parents[3] / "models"
    default = json.loads((models / "default.json").read_text())
    manifest = json.loads((models / default["name"] / default["version"] / "manifest.json").read_text())
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    data = trust_data(novelty, {"float32": usual}, NAMES, 1.0, "validation", "a command")
    with pytest.raises(ValueError, match="trust.json"):
        publish(tmp_path, data | {"grid": [0, 2]}, novelty)
    assert not (tmp_path / "trust.json").exists()
    publish(tmp_path, data, novelty)
    written = json.loads((tmp_path / "manifest.json").read_text())
    assert written["trust"] == {"file": "trust.json"}
    assert {"trust.json", "trust.bin"} <= written["files"].keys()
    floats = sum(int(np.prod(array["shape"])) for array in data["novelty"]["arrays"])
    assert (tmp_path / "trust.bin").stat().st_size == 4 * floats
