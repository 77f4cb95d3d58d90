import json

import pytest

from hemoserve_training.release.record import read_evaluation, record_confusion, record_golden, record_losses

ACCURACIES = {
    ("onnxruntime", "float32"): 0.975,
    ("onnxruntime", "int8"): 0.9745,
    ("openvino", "float32"): 0.9751,
    ("openvino", "int8"): 0.9736,
}
LOSSES = {"onnxruntime": 0.0005, "openvino": 0.0015}


@pytest.fixture
def manifest():
    return {
        "name": "net",
        "version": "1.0.0",
        "precisions": {"int8": {"onnx": "model.int8.onnx", "goldenTolerance": 0.2}},
        "metrics": {"part": "validation", "n": 1367},
    }


@pytest.fixture
def folders(tmp_path):
    """An evaluation of each engine and precision, in the order of ACCURACIES."""
    for (engine, precision), accuracy in ACCURACIES.items():
        folder = tmp_path / f"{engine}-{precision}"
        folder.mkdir()
        evaluation = {
            "model": {"name": "net", "version": "1.0.0"},
            "data": {"part": "validation"},
            "n": 1367,
            "views": 1,
            "engine": {"name": engine, "precision": precision},
            "accuracy": {"value": accuracy},
            "confusionMatrix": {"counts": [[5, 1], [0, 7]], "notClassified": [0, 0]},
            "calibrationErrorLimits": {"lower95": 0.0012345678, "upper95": 0.02},
            "golden": [{"image": "golden/a.jpg", "probabilities": [accuracy, 1 - accuracy]}],
        }
        (folder / "evaluation.json").write_text(json.dumps(evaluation))
    return [tmp_path / "-".join(key) for key in ACCURACIES]


@pytest.fixture
def evaluations(manifest, folders):
    return [read_evaluation(folder, manifest) for folder in folders]


def test_each_engine_is_held_against_its_own_float32(manifest, evaluations):
    found = {("onnxruntime", "int8"): 0.0005, ("openvino", "int8"): 0.0015}
    assert record_losses(manifest, evaluations) == found
    assert manifest["precisions"]["int8"]["accuracyLoss"] == LOSSES


def test_float32s_confusions_are_the_manifests(manifest, evaluations):
    record_confusion(manifest, [evaluations[1]])
    assert "confusion" not in manifest["metrics"]
    record_confusion(manifest, evaluations)
    assert manifest["metrics"]["confusion"] == [[5, 1], [0, 7]]
    assert manifest["metrics"]["calibrationErrorLimits"] == {"lower95": 0.001235, "upper95": 0.02}


def test_an_engine_that_is_recorded_later_leaves_the_others_losses(manifest, evaluations):
    record_losses(manifest, evaluations[:2])
    assert manifest["precisions"]["int8"]["accuracyLoss"] == {"onnxruntime": 0.0005}
    record_losses(manifest, evaluations[2:])
    assert manifest["precisions"]["int8"]["accuracyLoss"] == LOSSES


def test_evaluations_that_give_no_loss_are_an_error(manifest, evaluations):
    with pytest.raises(ValueError, match="no evaluation with openvino in float32"):
        record_losses(manifest, [*evaluations[:2], evaluations[3]])
    with pytest.raises(ValueError, match="two evaluations with onnxruntime in int8"):
        record_losses(manifest, [*evaluations, evaluations[1]])
    int4 = evaluations[1] | {"engine": {"name": "onnxruntime", "precision": "int4"}}
    with pytest.raises(ValueError, match="lists no int4"):
        record_losses(manifest, [evaluations[0], int4])


def test_an_evaluation_of_several_views_is_an_error(manifest, folders):
    file = folders[1] / "evaluation.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"views": 8}))
    with pytest.raises(ValueError, match="'views': 1"):
        read_evaluation(folders[1], manifest)


def test_an_evaluation_on_another_part_is_an_error(manifest, folders):
    file = folders[1] / "evaluation.json"
    file.write_text(file.read_text().replace("validation", "test"))
    with pytest.raises(ValueError, match="expected"):
        read_evaluation(folders[1], manifest)


def test_each_engine_says_its_own_of_the_golden_images_in_int8(evaluations):
    golden = [{"image": "golden/a.jpg", "probabilities": [0.98, 0.02]}]
    record_golden(golden, evaluations)
    (entry,) = golden
    assert entry["probabilities"] == [0.98, 0.02]
    assert entry["int8"] == {"onnxruntime": [0.9745, 0.0255], "openvino": [0.9736, 0.0264]}


def test_an_evaluation_of_other_golden_images_is_an_error(evaluations):
    with pytest.raises(ValueError, match="onnxruntime is of other golden images"):
        record_golden([{"image": "golden/b.jpg", "probabilities": [0.98, 0.02]}], evaluations)
