import json
import sys

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support, roc_auc_score

from hemoserve_training.commands import judge as command
from hemoserve_training.data.classes import CLASSES
from hemoserve_training.measure.judgement import judge, read_curves


@pytest.fixture
def answers():
    """Logits that are often right, and the truth."""
    rng = np.random.default_rng(1)
    truth = rng.integers(0, 8, 300)
    return rng.normal(0, 1, (300, 8)) + 2 * np.eye(8)[truth], truth


def test_a_judgement_is_scikit_learns(answers):
    logits, truth = answers
    said = judge(logits, truth, CLASSES)
    predicted = logits.argmax(axis=1)
    np.testing.assert_array_equal(said["confusionMatrix"], confusion_matrix(truth, predicted))
    precision, recall, f1, support = precision_recall_fscore_support(truth, predicted)
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    for index, of_class in enumerate(said["perClass"]):
        assert of_class["name"] == CLASSES[index] and of_class["support"] == support[index]
        assert of_class["precision"]["value"] == pytest.approx(precision[index])
        assert of_class["recall"]["value"] == pytest.approx(recall[index])
        assert of_class["f1"] == pytest.approx(f1[index])
        assert of_class["auc"] == pytest.approx(roc_auc_score(truth == index, probabilities[:, index]))
        points = said["roc"][of_class["name"]]
        assert points[0] == [0, 0] and points[-1] == [1, 1] and len(points) <= 100
        assert np.trapezoid(*np.transpose(points)[::-1]) == pytest.approx(of_class["auc"], abs=0.01)
    assert said["macroF1"] == pytest.approx(f1.mean())


def test_a_class_without_crops_has_no_figures():
    said = judge(np.eye(8)[[0, 1]] * 5, np.array([0, 1]), CLASSES)
    empty = said["perClass"][7]
    assert empty["support"] == 0 and empty["recall"] is None and empty["auc"] is None
    assert said["roc"]["platelet"] == []


def test_the_command_judges_kept_logits_and_draws_them(answers, split_file, tmp_path, monkeypatch):
    np.savez(tmp_path / "kept.npz", **{"val.1": np.eye(8) * 5})
    rows = [
        {"epoch": 1, "steps": 10, "loss": 1.0, "train_acc": 0.5, "val": 0.4},
        {"epoch": 1, "steps": 15, "loss": 0.5, "train_acc": 0.6, "val": 0.7},
    ]
    log = tmp_path / "log.jsonl"
    log.write_text("".join(json.dumps(row) + "\n" for row in rows))
    out, figure = tmp_path / "some" / "net.json", tmp_path / "net.png"
    options = ["--logits", tmp_path / "kept.npz", "--log", log, "--split", split_file]
    monkeypatch.setattr(sys, "argv", ["judge", *map(str, [*options, "--out", out, "--figure", figure])])
    command.main()
    said = json.loads(out.read_text())
    # Eight crops to validate on, one a class, in the order of the classes.
    assert said["n"] == 8 and said["accuracy"]["value"] == 1.0
    assert [row["epoch"] for row in said["epochs"]] == [1.0, 1.5]
    assert said["epochs"][1] == {"epoch": 1.5, "loss": 0.5, "accuracy": 0.6, "val_accuracy": 0.7}
    assert figure.read_bytes().startswith(b"\x89PNG")


def test_a_log_of_ours_has_its_curves(tmp_path):
    log = tmp_path / "log.jsonl"
    row = {"epoch": 3, "size_px": 32, "accuracy": 0.5, "loss": 1.0, "val_accuracy": 0.4, "val_loss": 1.2}
    log.write_text(json.dumps(row) + "\n")
    assert read_curves(log) == [{key: value for key, value in row.items() if key != "size_px"}]


def test_too_few_options_are_said(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["judge", "--run", "x", "--out", str(tmp_path / "y.json")])
    with pytest.raises(SystemExit):
        command.main()
    assert "give --config, --run and --data, or --logits and --log" in capsys.readouterr().err
