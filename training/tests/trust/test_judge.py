"""The decisions of training's twin are the service's: what src/trust/decision.ts says of each reason."""

from dataclasses import replace

import numpy as np
import pytest
from fixtures import seen_at_random

from hemoserve_training.trust.alternatives import alternatives
from hemoserve_training.trust.fit import trust_data
from hemoserve_training.trust.judge import judge, prediction_sets, reasons
from hemoserve_training.trust.novelty import fit_novelty

NAMES = ["a", "b", "c"]


@pytest.fixture(scope="module")
def judged():
    usual = seen_at_random(3000, seed=2)
    novelty = fit_novelty(seen_at_random(300, seed=1), usual, components=4)
    data = trust_data(novelty, {"float32": usual}, NAMES, 1.0, "validation", "a command")
    return data, novelty, usual


def test_the_sets_hold_the_class_as_often_as_the_level_says(judged):
    data, _, _ = judged
    fresh = seen_at_random(3000, seed=5)
    sets = prediction_sets(data, NAMES, fresh.probabilities(1.0))
    for index in range(3):
        assert sets[fresh.truth == index, index].mean() == pytest.approx(0.95, abs=0.035)


def test_each_reason_has_its_crops(judged):
    data, novelty, usual = judged
    found = reasons(data, novelty, NAMES, 1.0, usual)
    assert found["out_of_distribution"].mean() == pytest.approx(0.02, abs=0.005)
    fresh = reasons(data, novelty, NAMES, 1.0, seen_at_random(3000, seed=6))
    assert 0.005 < fresh["poor_quality"].mean() < 0.03
    assert fresh["out_of_distribution"].mean() == pytest.approx(0.02, abs=0.01)
    unsure = replace(usual, logits=np.zeros_like(usual.logits))
    assert reasons(data, novelty, NAMES, 1.0, unsure)["low_confidence"].all()
    odd = replace(usual, measures=usual.measures + np.eye(12)[0] * 50)
    assert reasons(data, novelty, NAMES, 1.0, odd)["poor_quality"].all()


def test_figures_count_what_is_wrong_and_accepted(judged):
    data, novelty, usual = judged
    none = {"low_confidence": np.zeros(len(usual), bool)}
    figures = judge(none, usual, {}, None)
    wrong = (usual.predicted != usual.truth).mean()
    assert figures["wrongAndAccepted"]["value"] == pytest.approx(wrong)
    assert figures["accepted"]["value"] == 1
    other = seen_at_random(50, seed=9, shift=6)
    scorers = alternatives(seen_at_random(300, seed=1), novelty)
    scores, usual_scores = ({name: score(seen) for name, score in scorers.items()} for seen in (other, usual))
    auroc = judge({"none": np.zeros(50, bool)}, other, scores, usual_scores)["auroc"]
    assert all(auroc[name] > 0.99 for name in ("published", "residual", "appearance", "neighbour"))
    assert auroc["mahalanobis"] > 0.9
