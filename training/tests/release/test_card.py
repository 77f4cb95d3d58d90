import json
import sys

import pytest
from conftest import ROOT

from hemoserve_training.commands import card
from hemoserve_training.measure.metrics import proportion
from hemoserve_training.release.card import render

DEFAULT = json.loads((ROOT / "models" / "default.json").read_text())
MANIFEST = json.loads((ROOT / "models" / DEFAULT["name"] / DEFAULT["version"] / "manifest.json").read_text())
# Whatever the default is: this name, and figures that the tests know.
MANIFEST |= {"name": "inceptionv3", "version": "1.0.0"}
MANIFEST["metrics"] |= {
    "accuracy": proportion(1332, 1367),
    "macroF1": 0.9735,
    "expectedCalibrationError": 0.0074,
    "calibrationErrorLimits": {"lower95": 0.0041, "upper95": 0.0123},
}
MANIFEST["metrics"]["recall"] |= {name: proportion(95, 97) | {"n": 97} for name in MANIFEST["classes"]}
MANIFEST["metrics"]["recall"]["neutrophil"] = proportion(252, 266) | {"n": 266}
HEADINGS = [
    "Model details",
    "Intended use",
    "Factors",
    "Metrics",
    "Evaluation data",
    "Training data",
    "Quantitative analyses",
    "Ethical considerations",
    "Caveats and recommendations",
]


def test_a_card_has_the_headings_and_the_manifests_figures():
    text = render(MANIFEST, {})
    assert [line.removeprefix("## ") for line in text.splitlines() if line.startswith("## ")] == HEADINGS
    assert (
        "Accuracy 97.44 (96.46–98.21) %, macro F1 97.35 %, expected calibration error 0.0074 (0.0041–0.0123)."
        in text
    )
    assert "| neutrophil | 94.74 (91.33–97.09) | 266 |" in text
    assert "Its worst class is neutrophil." in text
    assert MANIFEST["training"]["fingerprint"] in text
    assert "Not measured for this version under corruptions" in text


def test_precisions_say_what_they_lose_or_that_nobody_knows():
    losses = {"onnxruntime": -0.0007, "openvino": 0.0015}
    precisions = {"bfloat16": {"goldenTolerance": 0.02}, "int8": {"accuracyLoss": losses}}
    text = render(MANIFEST | {"precisions": precisions}, {})
    assert "| bfloat16 | any | not measured, so not served |" in text
    assert "| int8 | onnxruntime | -0.07 points |\n| int8 | openvino | 0.15 points |" in text


@pytest.fixture
def registry(tmp_path, monkeypatch):
    """A registry of one manifest, and an evaluation under a corruption beside it."""
    folder = tmp_path / "models" / "inceptionv3" / "1.0.0"
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text(json.dumps(MANIFEST))
    evaluation = {
        "model": {"name": "inceptionv3", "version": "1.0.0"},
        "data": {"name": "defocus"},
        "n": 1000,
        "views": 1,
        "accuracy": proportion(939, 1000),
        "macroF1": 0.9211,
    }
    (tmp_path / "evaluation").mkdir()
    (tmp_path / "evaluation" / "evaluation.json").write_text(json.dumps(evaluation))
    command = ["card", "--model", "inceptionv3@1.0.0", "--models", str(tmp_path / "models")]
    monkeypatch.setattr(sys, "argv", [*command, "--corruptions", str(tmp_path / "evaluation")])
    return tmp_path


def test_the_command_adds_the_corruptions(registry):
    card.main()
    written = (registry / "models" / "inceptionv3" / "1.0.0" / "MODEL_CARD.md").read_text()
    assert "| defocus | 93.90 (92.23–95.30) | 92.11 | 1000 |" in written


def test_an_evaluation_of_several_views_is_an_error(registry):
    file = registry / "evaluation" / "evaluation.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"views": 8}))
    with pytest.raises(SystemExit, match="views of a crop: 8"):
        card.main()


def test_an_evaluation_of_another_version_is_an_error(registry):
    file = registry / "evaluation" / "evaluation.json"
    file.write_text(file.read_text().replace("1.0.0", "1.1.0"))
    with pytest.raises(SystemExit, match="1.1.0"):
        card.main()
