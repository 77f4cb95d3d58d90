"""npm run adapt, end to end, and npm run adapt:measure, with a small network."""

import json
import sys

import numpy as np
import pytest
from conftest import CELLS, LABELLED, ROOT

from hemoserve_training.adapt.publish import next_version
from hemoserve_training.commands import adapt as command
from hemoserve_training.commands import draws
from hemoserve_training.data.classes import CLASSES
from hemoserve_training.data.preprocessing import preprocess
from hemoserve_training.release.exported import onnx_outputs, savedmodel_outputs
from hemoserve_training.release.manifest import list_files, preprocessing_of, read_manifest

GATES = ROOT / "training" / "gates.toml"


def call(main, monkeypatch, *options) -> None:
    monkeypatch.setattr(sys, "argv", ["command", *map(str, options)])
    main()


@pytest.fixture
def options(registry, laboratory, tmp_path):
    gates = tmp_path / "gates.toml"
    # So small a network forgets more.
    gates.write_text(GATES.read_text().replace("max_home_loss = 0.002", "max_home_loss = 1.0"))
    return [
        *("--model", "lenet5@1.0.0", "--models", registry, "--data", laboratory),
        *("--depth", "1", "--gates", gates),
    ]


def test_a_laboratory_gets_a_version_of_its_own(registry, laboratory, options, monkeypatch, capsys):
    call(command.main, monkeypatch, *options, "--name", "here")
    folder = registry / "lenet5-here" / "1.0.0"
    manifest = read_manifest(folder)
    assert manifest["files"] == list_files(folder)
    assert manifest["metrics"]["part"] == "cross-validation"
    assert manifest["metrics"]["n"] == 10 * len(LABELLED)
    adaptation = manifest["adaptation"]
    assert adaptation["from"] == "lenet5@1.0.0"
    assert adaptation["crops"] == dict.fromkeys(LABELLED, 10)
    trust = json.loads((folder / manifest["trust"]["file"]).read_text())
    assert {name: len(scores) for name, scores in trust["conformal"]["scores"].items()} == {
        name: 10 * (name in LABELLED) for name in CLASSES
    }
    crops = np.stack([preprocess(cell, preprocessing_of(manifest)) for cell in sorted(CELLS.glob("*.jpg"))])
    onnx = onnx_outputs(folder / "model.onnx", crops)
    saved = savedmodel_outputs(folder / "saved_model", crops)
    np.testing.assert_allclose(onnx["logits"], saved["logits"], atol=1e-3)
    # Not the published network once more. That a network learns is tested in test_parts.py: with so few steps
    # the top-1 of so small a one is luck.
    before = onnx_outputs(registry / "lenet5" / "1.0.0" / "model.onnx", crops)
    assert np.abs(onnx["logits"] - before["logits"]).max() > 0.05
    report = (folder / "MODEL_CARD.md").read_text()
    assert report.split("## Intended use")[0].strip() in capsys.readouterr().out
    for missing in CLASSES[len(LABELLED) :]:
        assert missing in report
    found = json.loads((folder / "adaptation.json").read_text())
    assert [point["crops"] for point in found["learningCurve"]] == [9, 19, 38]
    assert sum(sum(row.values()) for row in found["after"]["confusion"].values()) == 10 * len(LABELLED)
    # What the summary says is held out with what was chosen.
    chosen = "with" if found["colours"]["used"] else "without"
    assert found["colours"]["accuracy"][chosen] == found["after"]["accuracy"]["value"]
    assert next_version(registry, "lenet5-here") == "1.1.0"


def test_nothing_is_written_when_home_loses_too_much(registry, options, monkeypatch):
    strict = options[-1]
    strict.write_text(GATES.read_text().replace("max_home_loss = 0.002", "max_home_loss = -1.0"))
    with pytest.raises(SystemExit, match="nothing is written"):
        call(command.main, monkeypatch, *options, "--name", "strict")
    assert not (registry / "lenet5-strict").exists()


def test_the_depth_is_chosen_by_cross_validation(registry, options, monkeypatch, capsys):
    options[options.index("--depth") + 1] = "auto"
    call(command.main, monkeypatch, *options, "--name", "auto")
    found = json.loads((registry / "lenet5-auto" / "1.0.0" / "adaptation.json").read_text())
    # Of 0, 2 and 4 blocks this network has only the first.
    assert found["blocks"] == 0
    assert "the head alone" in capsys.readouterr().out


def test_draws_are_measured_on_the_rest(
    registry, laboratory, generated_crops, split_file, tmp_path, monkeypatch
):
    out = tmp_path / "figures" / "draws.json"
    call(
        draws.main,
        monkeypatch,
        *("--model", "lenet5@1.0.0", "--models", registry, "--data", laboratory, "--per-class", "5"),
        *("--draws", "2", "--blocks", "1", "--views", "2", "--home", generated_crops, "--split", split_file),
        *("--out", out),
    )
    found = json.loads(out.read_text())
    assert [(one["learnt"], one["after"]["n"], one["home"]["n"]) for one in found["draws"]] == [
        (25, 25, 8)
    ] * 2
    # The second draw began with the published version again.
    assert found["draws"][0]["home"]["before"] == found["draws"][1]["home"]["before"]
    for name in ("before", "after", "afterOneView", "withoutColours"):
        accuracies = [one[name]["accuracy"]["value"] for one in found["draws"]]
        assert found["mean"][name] == pytest.approx(np.mean(accuracies))
