import json
import tomllib
from copy import deepcopy

import pytest
from conftest import ROOT

from hemoserve_training.measure.metrics import proportion
from hemoserve_training.release import promote as promotion
from hemoserve_training.release.manifest import list_files
from hemoserve_training.release.promote import Limits, compare, promote

LIMITS = Limits(**tomllib.loads((ROOT / "training" / "gates.toml").read_text()))


def metrics(right: int = 970, ig_right: int = 95) -> dict:
    return {
        "part": "validation",
        "accuracy": proportion(right, 1000),
        "expectedCalibrationError": 0.005,
        "recall": {"ig": proportion(ig_right, 100), "monocyte": proportion(98, 100)},
    }


def failed(gates) -> list[str]:
    return [gate.name for gate in gates if not gate.passed]


def test_a_version_as_good_as_the_default_passes():
    assert failed(compare(metrics(), metrics())) == []
    assert failed(compare(metrics(right=960), metrics(right=970))) == []


def test_accuracy_and_each_recall_are_held_against_the_lower_limit():
    # Lower limits: 970 of 1,000 .9575, 95 of 100 .8872.
    assert failed(compare(metrics(right=957), metrics())) == ["accuracy"]
    assert failed(compare(metrics(ig_right=88), metrics())) == ["recall of ig"]
    assert failed(compare(metrics(ig_right=89), metrics())) == []


def test_a_missing_class_and_another_part_fail():
    changed = metrics()
    del changed["recall"]["monocyte"]
    assert failed(compare(changed, metrics())) == ["recall of monocyte"]
    assert failed(compare(metrics() | {"part": "test"}, metrics())) == ["part"]


@pytest.fixture
def models(tmp_path, monkeypatch):
    """A registry of two versions, 1.0.0 the default; their networks are not run here."""
    monkeypatch.setattr(promotion, "output_difference", lambda folder, manifest: manifest["difference"])
    for version, right in (("1.0.0", 970), ("1.1.0", 980)):
        folder = tmp_path / "net" / version
        folder.mkdir(parents=True)
        (folder / "model.onnx").write_bytes(b"weights of " + version.encode())
        manifest = {"metrics": metrics(right), "difference": 1e-5, "files": list_files(folder)}
        (folder / "manifest.json").write_text(json.dumps(manifest))
    (tmp_path / "default.json").write_text('{"name": "net", "version": "1.0.0"}')
    return tmp_path


def edit(models, change) -> None:
    file = models / "net" / "1.1.0" / "manifest.json"
    manifest = json.loads(file.read_text())
    change(manifest)
    file.write_text(json.dumps(manifest))


def default_version(models) -> str:
    return json.loads((models / "default.json").read_text())["version"]


def test_a_better_version_becomes_the_default(models):
    assert failed(promote(models, "net", "1.1.0", LIMITS)) == []
    assert default_version(models) == "1.1.0"


def int8(loss: object) -> dict:
    return {"precisions": {"int8": {"accuracyLoss": loss}}}


def test_an_int8_network_that_loses_little_passes_and_a_card_is_no_file_of_the_service(models):
    edit(models, lambda manifest: manifest.update(int8({"onnxruntime": 0.001, "openvino": -0.0005})))
    (models / "net" / "1.1.0" / "MODEL_CARD.md").write_text("# net 1.1.0")
    gates = promote(models, "net", "1.1.0", LIMITS)
    assert failed(gates) == []
    (gate,) = (gate for gate in gates if gate.name == "int8 loss")
    assert "onnxruntime 0.001, openvino -0.0005; at most 0.001" in gate.detail


def test_a_manifest_with_one_loss_for_all_engines_is_an_error(models):
    edit(models, lambda manifest: manifest.update(int8(0.0005)))
    with pytest.raises(ValueError, match="int8.accuracyLoss is one number, expected one for each engine"):
        promote(models, "net", "1.1.0", LIMITS)


def test_a_version_that_is_only_checked_does_not_become_the_default(models):
    assert failed(promote(models, "net", "1.1.0", LIMITS, check=True)) == []
    assert default_version(models) == "1.0.0"


def test_the_first_version_needs_no_default(models):
    (models / "default.json").unlink()
    assert failed(promote(models, "net", "1.0.0", LIMITS)) == []
    assert default_version(models) == "1.0.0"


@pytest.mark.parametrize(
    ("gate", "change"),
    [
        ("accuracy", lambda manifest: manifest["metrics"].update(accuracy=proportion(900, 1000))),
        ("expected calibration error", lambda m: m["metrics"].update(expectedCalibrationError=0.03)),
        ("SavedModel and ONNX outputs", lambda manifest: manifest.update(difference=0.01)),
        ("SavedModel and ONNX outputs", lambda manifest: manifest.update(difference=float("nan"))),
        ("files", lambda manifest: manifest["files"]["model.onnx"].update(sha256="0" * 64)),
        ("int8 loss", lambda m: m.update(int8({"onnxruntime": 0.0011, "openvino": 0.0005}))),
        ("int8 loss", lambda m: m.update(int8({"onnxruntime": 0.0005, "openvino": float("nan")}))),
        ("int8 loss", lambda manifest: manifest.update(int8({}))),
        ("int8 loss", lambda manifest: manifest.update(precisions={"int8": {}})),
    ],
)
def test_the_gate_that_failed_is_named_and_the_default_stays(models, gate, change):
    edit(models, change)
    assert failed(promote(models, "net", "1.1.0", LIMITS)) == [gate]
    assert default_version(models) == "1.0.0"


def test_a_version_that_is_too_large_fails(models):
    tight = Limits(**deepcopy(LIMITS.__dict__) | {"max_size_mb": 1e-6})
    assert failed(promote(models, "net", "1.1.0", tight)) == ["size"]
