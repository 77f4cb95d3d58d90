import numpy as np
import pytest
from sklearn.metrics import f1_score

from hemoserve_training.measure.metrics import (
    expected_calibration_error,
    figures,
    fit_temperature,
    proportion,
)


def test_exact_limits():
    # R: binom.test(97, 100)$conf.int
    assert proportion(97, 100) == pytest.approx(
        {"value": 0.97, "lower95": 0.9148239, "upper95": 0.9937700}, abs=1e-6
    )


def test_expected_calibration_error_is_the_mean_gap():
    # Four crops at confidence 0.9, three of them right; six at 0.6, three right.
    confidence = np.array([0.9] * 4 + [0.6] * 6)
    right = np.array([1, 1, 1, 0] + [1, 1, 1, 0, 0, 0], bool)
    probabilities = np.stack([confidence, 1 - confidence], axis=1)
    labels = np.where(right, 0, 1)
    assert expected_calibration_error(probabilities, labels) == pytest.approx(0.4 * 0.15 + 0.6 * 0.1)


def test_temperature_is_found_again():
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, (50_000, 5))
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    labels = (probabilities.cumsum(axis=1) > rng.random((len(logits), 1))).argmax(axis=1)
    assert fit_temperature(logits * 3, labels) == pytest.approx(3, rel=0.03)


def test_figures_of_known_predictions():
    labels = np.array([0, 0, 0, 0, 1, 1])
    predicted = np.array([0, 0, 0, 1, 1, 1])
    result = figures(np.eye(2)[predicted] * 10, labels, ["a", "b"], temperature=1.0)
    assert result["n"] == 6
    assert result["accuracy"]["value"] == pytest.approx(5 / 6)
    assert result["recall"]["a"]["value"] == pytest.approx(3 / 4)
    assert result["recall"]["b"] == pytest.approx({"value": 1, "lower95": 0.1581139, "upper95": 1, "n": 2})
    assert result["macroF1"] == pytest.approx((6 / 7 + 4 / 5) / 2)


@pytest.mark.parametrize(
    ("predicted", "macro_f1", "with_recall"),
    [
        ([0, 0, 2, 2, 4], 1.0, "ace"),
        # d has no crops, but was predicted: its F1 is 0.
        ([0, 3, 2, 2, 4], (2 / 3 + 1 + 0 + 1) / 4, "ace"),
    ],
)
def test_classes_that_are_nowhere_count_for_nothing(predicted, macro_f1, with_recall):
    labels = np.array([0, 0, 2, 2, 4])
    result = figures(np.eye(6)[predicted] * 10, labels, list("abcdef"), temperature=1.0)
    assert result["macroF1"] == pytest.approx(macro_f1)
    assert result["macroF1"] == pytest.approx(f1_score(labels, predicted, average="macro"))
    assert "".join(result["recall"]) == with_recall
