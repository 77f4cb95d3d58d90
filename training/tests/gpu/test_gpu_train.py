"""Training on generated cells, end to end, on the processor."""

import json
from dataclasses import replace

import keras
import numpy as np
import pytest
from conftest import CELLS
from small_runs import NOTHING, RECIPES, SMALL, WHY, StepClock, narrow_in_keras, narrow_in_torch

torch = pytest.importorskip("torch", reason=WHY)

from hemoserve_training.data.crops import load_crops
from hemoserve_training.data.preprocessing import Preprocessing
from hemoserve_training.data.split_list import read_split
from hemoserve_training.gpu import train as training
from hemoserve_training.gpu.averaging import Average
from hemoserve_training.gpu.checkpoints import Progress, restore_checkpoint
from hemoserve_training.gpu.config import load_gpu_config
from hemoserve_training.gpu.networks import NETWORKS
from hemoserve_training.networks.architectures import ARCHITECTURES
from hemoserve_training.release.export import export
from hemoserve_training.runs.config import Distillation
from hemoserve_training.runs.curves import draw_curves, read_log
from hemoserve_training.runs.train import record_origin, run_folder

CPU = torch.device("cpu")
CLOCK = StepClock()
# Enough steps to learn the generated cells, which are easy.
LEARNING = replace(SMALL, name="learning", minutes=1.2, strong=NOTHING, validate_every=8)


class TickingAverage(Average):
    def update(self, network, step):
        super().update(network, step)
        CLOCK.seconds += 1


@pytest.fixture(scope="module", autouse=True)
def narrow():
    """The narrow network beside the real ones, and a clock that goes on with each step."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setitem(NETWORKS, "narrow", narrow_in_torch)
        patched.setitem(ARCHITECTURES, "narrow", narrow_in_keras)
        patched.setattr(training, "Average", TickingAverage)
        yield


def run(config, data, split_file, work):
    CLOCK.seconds = 0.0
    return training.train(config, data, split_file, work, CPU, CLOCK)


@pytest.fixture(scope="module")
def learnt(generated_crops, split_file, tmp_path_factory):
    """The work folder of a run that learnt the generated cells."""
    work = tmp_path_factory.mktemp("work")
    record_origin(run_folder(LEARNING, work))
    run(LEARNING, generated_crops, split_file, work)
    return work


def keras_network(config, file):
    network = ARCHITECTURES[config.arch](8, 0.0, config.size_px)
    network.load_weights(file)
    return network


def test_it_learns_and_its_log_and_run_say_what_happened(learnt, generated_crops, split_file):
    rows = read_log(learnt / "learning")
    assert rows[-1]["loss"] < rows[0]["loss"] / 2
    assert rows[-1]["val_accuracy"] == 1.0
    assert [row["epoch"] for row in rows] == [8, 16, 18]
    assert rows[-1]["seconds"] == 72
    draw_curves(rows, "learning")
    told = json.loads((learnt / "learning" / "run.json").read_text())
    assert len(told["commit"]) == 40
    assert (told["seed"], told["steps"], told["epochs"]) == (1, rows[-1]["step"], rows[-1]["epoch"])
    assert told["device"].startswith("processor") and told["torch"] == torch.__version__


def test_the_final_weights_are_kerass_and_know_the_cells(learnt, generated_crops, split_file):
    network = keras_network(LEARNING, learnt / "learning" / "final.weights.h5")
    crops, truth = load_crops(
        generated_crops, read_split(split_file)["validation"], Preprocessing(32, 32), learnt / "cache"
    )
    said = network.predict_on_batch(crops.astype(np.float32))["logits"]
    assert (said.argmax(axis=1) == truth).all()


def test_the_export_goes_on_from_them(learnt, generated_crops, split_file, tmp_path):
    export(learnt / "learning", LEARNING, generated_crops, split_file, CELLS, tmp_path, "1.0.0")
    manifest = json.loads((tmp_path / "narrow" / "1.0.0" / "manifest.json").read_text())
    assert manifest["metrics"]["accuracy"]["value"] == 1.0
    assert manifest["input"]["width"] == 32
    keras.backend.clear_session()


def weights_of(work):
    return keras_network(SMALL, work / "small" / "final.weights.h5").get_weights()


def test_a_killed_run_goes_on_as_if_nothing_had_been(generated_crops, split_file, tmp_path, monkeypatch):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    run(SMALL, generated_crops, split_file, whole)
    saved = training.save_checkpoint

    def kill_after_the_first(folder, config, parts, progress):
        saved(folder, config, parts, progress)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(training, "save_checkpoint", kill_after_the_first)
        run(SMALL, generated_crops, split_file, killed)
    assert not (killed / "small" / "final.weights.h5").exists()
    (killed / "small" / "checkpoints" / "unfinished.pt").write_bytes(b"a kill while the next was written")
    run(SMALL, generated_crops, split_file, killed)
    rows = [
        [{key: row[key] for key in row if key != "crops_per_s"} for row in read_log(work / "small")]
        for work in (whole, killed)
    ]
    assert rows[0] == rows[1] and len(rows[0]) > 2
    for expected, value in zip(weights_of(whole), weights_of(killed), strict=True):
        np.testing.assert_array_equal(value, expected)
    assert len(list((whole / "small" / "checkpoints").iterdir())) == 2


def test_a_seed_gives_a_run_and_another_seed_another(generated_crops, split_file, tmp_path):
    final = {}
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        config = replace(SMALL, seed=seed, minutes=0.1)
        run(config, generated_crops, split_file, tmp_path / name)
        final[name] = weights_of(tmp_path / name)
    for first, again in zip(final["a"], final["b"], strict=True):
        np.testing.assert_array_equal(first, again)
    assert not np.array_equal(final["a"][0], final["c"][0])


def test_a_checkpoint_of_another_configuration_is_an_error_but_more_time_is_not(
    generated_crops, split_file, tmp_path
):
    run(SMALL, generated_crops, split_file, tmp_path)
    steps = read_log(tmp_path / "small")[-1]["step"]
    with pytest.raises(ValueError, match="another configuration"):
        run(replace(SMALL, dropout=0.5), generated_crops, split_file, tmp_path)
    run(replace(SMALL, minutes=0.3), generated_crops, split_file, tmp_path)
    assert read_log(tmp_path / "small")[-1]["step"] > steps
    assert restore_checkpoint(tmp_path / "none", SMALL, {}, CPU) == Progress()


def test_a_student_learns_from_a_run_of_the_same_work_folder(learnt, generated_crops, split_file):
    distillation = Distillation("narrow", 40, temperature=2.0, weight=0.6, teacher="learning")
    config = replace(SMALL, name="student", distillation=distillation)
    assert run(config, generated_crops, split_file, learnt).exists()
    assert read_log(learnt / "student")[-1]["loss"] > 0


def test_too_few_crops_are_said(generated_crops, split_file, tmp_path):
    with pytest.raises(SystemExit, match="has no 999 crops in train"):
        run(replace(SMALL, batch_size=999), generated_crops, split_file, tmp_path)


def test_inceptionv3_takes_a_step(generated_crops, split_file, tmp_path):
    recipe = load_gpu_config(RECIPES / "inceptionv3.toml")
    config = replace(recipe, size_px=80, source_px=96, batch_size=8, minutes=0.06)
    run(config, generated_crops, split_file, tmp_path)
    rows = read_log(tmp_path / "inceptionv3")
    assert np.isfinite(rows[-1]["loss"]) and rows[-1]["step"] >= 1
