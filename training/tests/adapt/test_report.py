"""The words of an adaptation's report, which follow its figures."""

import pytest

from hemoserve_training.adapt.report import NOTHING_GAINED, render


def estimate(value: float) -> dict:
    return {"value": value, "lower95": max(0, value - 0.1), "upper95": min(1, value + 0.1), "n": 20}


def report(before: float, after: float, size: dict | None = None, colours_used: bool = False) -> str:
    def figures(accuracy: float) -> dict:
        return {
            "accuracy": estimate(accuracy),
            "macroF1": accuracy,
            "wrongAndSure": estimate(0),
            "expectedCalibrationError": 0.05,
            "recall": {"ig": estimate(accuracy)},
            "confusion": {"ig": {"ig": 20}},
            "n": 20,
        }

    found = {"name": "small-lab", "version": "1.0.0", "from": "small@1.0.0", "laboratory": "lab"}
    found |= {"before": figures(before), "after": figures(after), "crops": {"ig": 20}, "fewCrops": 5}
    found |= {"blocks": 0, "seconds": 12.3, "folds": 4, "missing": [], "rejected": []}
    curve = [{"crops": 5, "accuracy": estimate(0.5)}, {"crops": 15, "accuracy": estimate(after)}]
    found |= {"learningCurve": curve, "magnification": size or {"size": 1.0, "scale": 1.0}}
    found |= {"colours": {"used": colours_used, "accuracy": {"without": 0.8, "with": 0.85}}}
    home = {"before": estimate(0.9), "after": estimate(0.9), "n": 240, "of": "the replay set", "loss": 0.0}
    return render(found | {"home": home, "gates": []})


@pytest.mark.parametrize(("before", "after"), [(0.9, 0.8), (0.9, 0.9)])
def test_says_plainly_that_nothing_was_gained(before, after):
    assert NOTHING_GAINED in report(before, after)


def test_says_so_only_then():
    text = report(0.8, 0.9)
    assert NOTHING_GAINED not in text
    assert "Training the head alone took 12 s." in text


def test_says_how_large_cells_are_and_whether_they_are_shrunk():
    assert "1.00 times as large on a crop as yours. Crops stay as they are" in report(0.8, 0.9)
    size = {"size": 0.44, "scale": 0.54, "accuracy": {"plain": 0.3, "shrunk": 0.55}, "mostNucleus": 0.15}
    assert "shrinks your crops to 0.54 of their side" in report(0.8, 0.9, size)


def test_says_whether_colours_have_a_say():
    both = "80.00 % were right by the network alone, 85.00 % by both"
    for used, says in ((True, "have a say beside the network"), (False, "have no say")):
        text = report(0.8, 0.9, colours_used=used)
        assert says in text
        assert both in text
