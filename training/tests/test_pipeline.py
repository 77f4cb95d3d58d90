"""Split, train, resume, export, quantize and promote, end to end, on a generated data set."""

import json
import shutil
from dataclasses import replace

import numpy as np
import onnx
import pytest
from conftest import CELLS

from hemoserve_training.data.classes import CLASSES
from hemoserve_training.data.examine import examine_all
from hemoserve_training.data.preprocessing import Preprocessing, preprocess
from hemoserve_training.data.split import choose_units, split
from hemoserve_training.data.split_list import PARTS, read_split, write_split
from hemoserve_training.release.export import export
from hemoserve_training.release.exported import onnx_outputs, savedmodel_outputs
from hemoserve_training.release.int8 import add_int8, golden_tolerance
from hemoserve_training.release.promote import Limits, promote
from hemoserve_training.runs import train as training
from hemoserve_training.runs.config import load_config

CONFIG = """
arch = "inceptionv3"
seed = 1
batch_size = 16
learning_rate = 1e-3
schedule = "cosine"
weight_decay = 0.02
warmup_epochs = 0.5
label_smoothing = 0.05
dropout = 0.2
precision = "float32"

[[stages]]
size_px = 75
epochs = 1

[[stages]]
size_px = 80
epochs = 1

[augmentation]
rotation = 1.0
zoom = 0.2
shift = 0.05
brightness = 0.15
contrast = 0.2
saturation = 0.3
hue = 0.06
channel = 0.06
blur_sigma = 1.0
jpeg = 0.3
"""


@pytest.fixture(scope="module")
def exported(generated_crops, tmp_path_factory):
    """The registry folder that the pipeline writes, after a run that was killed once."""
    work = tmp_path_factory.mktemp("work")
    config_file = work / "tiny.toml"
    config_file.write_text(CONFIG)
    config = load_config(config_file)
    split_file = work / "split.csv"
    crops, rejected, units = choose_units(examine_all(generated_crops))
    assert not rejected
    write_split(split_file, crops, split(units, seed=1))
    training.record_origin(training.run_folder(config, work))
    # Killed after its first epoch …
    training.train(replace(config, stages=config.stages[:1]), generated_crops, split_file, work)
    (work / "tiny" / "final.weights.h5").unlink()
    # … and resumed.
    training.train(config, generated_crops, split_file, work)
    log = [json.loads(line) for line in (work / "tiny" / "log.jsonl").read_text().splitlines()]
    assert [(row["epoch"], row["size_px"]) for row in log] == [(1, 75), (2, 80)]
    models = work / "models"
    export(work / "tiny", config, generated_crops, split_file, CELLS, models, "1.0.0")
    return models, read_split(split_file)


def test_split_has_every_class_in_every_part(exported):
    _, parts = exported
    for part in PARTS:
        assert {crop.label for crop in parts[part]} == set(CLASSES)


def test_manifest_describes_what_is_there(exported):
    models, parts = exported
    folder = models / "inceptionv3" / "1.0.0"
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["classes"] == CLASSES
    assert (manifest["input"]["width"], manifest["input"]["height"]) == (80, 80)
    assert manifest["metrics"]["n"] == len(parts["validation"])
    assert manifest["training"]["cropCount"] == len(parts["train"])
    on_disk = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert on_disk == set(manifest["files"]) | {"manifest.json", "MODEL_CARD.md"}
    assert len(json.loads((folder / "golden.json").read_text())) == len(CLASSES)


def test_onnx_and_savedmodel_are_the_same_network(exported):
    folder = exported[0] / "inceptionv3" / "1.0.0"
    crops = np.stack([preprocess(cell, Preprocessing(80, 80)) for cell in sorted(CELLS.glob("*.jpg"))])
    exported_onnx, saved = (
        onnx_outputs(folder / "model.onnx", crops),
        savedmodel_outputs(folder / "saved_model", crops),
    )
    assert exported_onnx["logits"].shape == (len(CLASSES), len(CLASSES))
    assert exported_onnx["features"].shape == (len(CLASSES), 2048)
    for name in ("logits", "features"):
        # After so short a run the outputs differ little between crops; the files must differ far less.
        spread = np.ptp(exported_onnx[name], axis=0).max()
        assert spread > 1e-5
        np.testing.assert_allclose(exported_onnx[name], saved[name], atol=spread / 100, rtol=0)


def test_promote_runs_both_networks_and_makes_the_version_the_default(exported):
    models = exported[0]
    # So short a run is not calibrated.
    limits = Limits(
        max_expected_calibration_error=1.0,
        max_output_difference=1e-3,
        max_size_mb=110,
        max_int8_accuracy_loss=0.001,
    )
    gates = promote(models, "inceptionv3", "1.0.0", limits)
    assert all(gate.passed for gate in gates), gates
    assert json.loads((models / "default.json").read_text()) == {"name": "inceptionv3", "version": "1.0.0"}
    impossible = replace(limits, max_output_difference=-1.0)
    assert not all(gate.passed for gate in promote(models, "inceptionv3", "1.0.0", impossible))


def test_both_files_store_the_large_weights_as_float16(exported):
    folder = exported[0] / "inceptionv3" / "1.0.0"
    for size in (
        (folder / "model.onnx").stat().st_size,
        sum(file.stat().st_size for file in (folder / "saved_model").rglob("*") if file.is_file()),
    ):
        assert size < 2.2 * 21.8e6


@pytest.fixture(scope="module")
def quantized(exported, generated_crops, tmp_path_factory):
    """A copy of the version with its int8 network, what the command found, and its manifest."""
    models = tmp_path_factory.mktemp("quantized") / "models"
    shutil.copytree(exported[0], models)
    folder = models / "inceptionv3" / "1.0.0"
    split_file = exported[0].parent / "split.csv"
    found = add_int8(folder, generated_crops, split_file, per_class=2, keep_float=1, seed=1)
    return folder, found, json.loads((folder / "manifest.json").read_text())


def test_the_int8_network_is_small_and_like_the_float32_one(quantized):
    folder, found, manifest = quantized
    assert manifest["precisions"]["int8"]["onnx"] == "model.int8.onnx"
    assert "model.int8.onnx" in manifest["files"]
    # A byte a weight, but for the layer that stays float32, which may be one of the largest.
    graph = onnx.load(folder / "model.int8.onnx").graph
    (kept,) = [node.input[1] for node in graph.node if node.name in found["keptFloat32"]]
    (kept_weights,) = [tensor for tensor in graph.initializer if tensor.name == kept]
    kept_bytes = onnx.numpy_helper.to_array(kept_weights).nbytes
    assert (folder / "model.int8.onnx").stat().st_size - kept_bytes < 1.1 * 21.8e6
    crops = np.stack([preprocess(cell, Preprocessing(80, 80)) for cell in sorted(CELLS.glob("*.jpg"))])
    exact, int8 = onnx_outputs(folder / "model.onnx", crops), onnx_outputs(folder / "model.int8.onnx", crops)
    for name in ("logits", "features"):
        assert int8[name].shape == exact[name].shape
        difference = np.abs(int8[name] - exact[name]).max()
        assert 0 < difference < 0.2 * np.abs(exact[name]).max()
    assert "accuracyLoss" not in manifest["precisions"]["int8"]


def test_the_layers_that_are_named_stay_float32(quantized):
    folder, found, _ = quantized
    nodes = {node.name: node for node in onnx.load(folder / "model.int8.onnx").graph.node}
    producers = {output: node.op_type for node in nodes.values() for output in node.output}
    (kept,) = found["keptFloat32"]
    # Its weights are no dequantized ones; those of the others are.
    assert producers.get(nodes[kept].input[1]) != "DequantizeLinear"
    convolutions = [node for node in nodes.values() if node.op_type == "Conv" and node.name != kept]
    assert len(convolutions) >= 93
    assert all(producers[node.input[1]] == "DequantizeLinear" for node in convolutions)


def test_probabilities_that_are_far_off_are_tolerated_up_to_one(quantized, tmp_path):
    """Three times their difference would be more than a manifest may say."""
    folder, _, manifest = quantized
    shutil.copytree(folder / "golden", tmp_path / "golden")
    golden = json.loads((folder / "golden.json").read_text())
    certain = [entry | {"probabilities": [1.0] + [0.0] * (len(CLASSES) - 1)} for entry in golden]
    (tmp_path / "golden.json").write_text(json.dumps(certain))
    assert golden_tolerance(tmp_path, manifest, folder / "model.int8.onnx") == 1.0
