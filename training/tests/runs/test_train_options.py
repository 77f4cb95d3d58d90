"""Each option of a run, on a few generated crops and the smallest networks."""

import json
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorflow.python.summary.summary_iterator import summary_iterator

from hemoserve_training.data.classes import CLASSES
from hemoserve_training.data.split_list import read_split
from hemoserve_training.networks.normalization import estimate_statistics
from hemoserve_training.runs import train as training
from hemoserve_training.runs.averaging import averaged
from hemoserve_training.runs.batches import build_mixing, training_batches
from hemoserve_training.runs.checkpoints import restore_checkpoint, save_checkpoint
from hemoserve_training.runs.config import Augmentation, Config, Distillation, Stage
from hemoserve_training.runs.cost import estimate_cost
from hemoserve_training.runs.student import build_network, compile_student, soft_loss

NONE = Augmentation(*[0.0] * 10)
TINY = Config(
    name="tiny",
    arch="lenet5",
    seed=1,
    batch_size=16,
    learning_rate=1e-3,
    schedule="cosine",
    weight_decay=0.0,
    warmup_epochs=0.0,
    label_smoothing=0.0,
    dropout=0.0,
    precision="float32",
    stages=[Stage(32, 2)],
    augmentation=NONE,
)
STEPS = 4


@pytest.fixture(scope="module")
def trained(generated_crops, split_file, tmp_path_factory) -> Path:
    """The work folder of a run with averaged weights."""
    work = tmp_path_factory.mktemp("work")
    training.train(replace(TINY, ema_momentum=0.5), generated_crops, split_file, work)
    return work


@pytest.fixture
def batch() -> tuple[tf.Tensor, tf.Tensor]:
    """16 crops of one colour each, which is their class."""
    labels = np.arange(16) % len(CLASSES)
    pixels = np.broadcast_to((30 * labels)[:, None, None, None], (16, 32, 32, 3))
    return tf.constant(pixels, tf.float32), tf.one_hot(labels, len(CLASSES))


def colours_of(targets: tf.Tensor) -> np.ndarray:
    return targets.numpy() @ (30 * np.arange(len(CLASSES)))


def test_mixup_mixes_crops_and_targets_alike(batch):
    crops, targets = build_mixing(replace(NONE, mixup=1.0), seed=1)(*batch)
    np.testing.assert_allclose(targets.numpy().sum(axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(crops.numpy()[:, 5, 7, 0], colours_of(targets), atol=1e-2)
    assert (targets.numpy().max(axis=1) < 0.95).sum() >= 4


def test_cutmix_pastes_as_much_as_the_targets_say(batch):
    crops, targets = build_mixing(replace(NONE, cutmix=1.0), seed=1)(*batch)
    np.testing.assert_allclose(targets.numpy().sum(axis=1), 1, atol=1e-5)
    # The box has whole pixels, its share of the targets has not.
    np.testing.assert_allclose(crops.numpy()[..., 0].mean(axis=(1, 2)), colours_of(targets), atol=15)
    assert set(np.unique(crops.numpy())) <= set(30.0 * np.arange(len(CLASSES)))
    assert (targets.numpy().max(axis=1) < 0.95).sum() >= 4


def test_mixing_reaches_the_batches_of_a_run():
    crops = np.zeros((32, 32, 32, 3), np.uint8)
    labels = (np.arange(32) % len(CLASSES)).astype(np.int32)
    config = replace(TINY, augmentation=replace(NONE, mixup=1.0, cutmix=1.0))
    targets = np.concatenate([target for _, target in training_batches(crops, labels, config, 0)])
    assert ((targets > 0).sum(axis=1) == 2).any()
    plain = np.concatenate([target for _, target in training_batches(crops, labels, TINY, 0)])
    assert ((plain > 0).sum(axis=1) == 1).all()


def small_model(**changes) -> tuple[keras.Model, tf.data.Dataset]:
    """VGG16, for its normalizations, and batches of noise."""
    config = replace(TINY, arch="vgg16", **changes)
    model = compile_student(build_network(config, None), config, STEPS, None)
    rng = np.random.default_rng(0)
    crops = rng.integers(0, 256, (32, 32, 32, 3)).astype(np.float32)
    targets = np.eye(len(CLASSES), dtype=np.float32)[np.arange(32) % len(CLASSES)]
    return model, tf.data.Dataset.from_tensor_slices((crops, targets)).batch(16)


def test_averages_of_weights_are_used_and_the_training_goes_on_from_its_own():
    model, batches = small_model(ema_momentum=0.5)
    start = [np.array(v) for v in model.trainable_variables]
    kernels = []
    for crops, targets in batches:
        model.train_on_batch(crops, targets)
        kernels.append(np.array(model.trainable_variables[0]))
    own = [np.array(weight) for weight in model.get_weights()]
    assert not np.array_equal(kernels[-1], start[0])
    with averaged(model, batches, settle=False):
        # The first step's weights start the average.
        np.testing.assert_allclose(model.trainable_variables[0], (kernels[0] + kernels[1]) / 2, atol=1e-6)
    for weight, expected in zip(model.get_weights(), own, strict=True):
        np.testing.assert_array_equal(weight, expected)


def test_statistics_that_lag_are_settled_where_asked_and_the_training_goes_on_from_its_own():
    model, batches = small_model()
    own = [np.array(weight) for weight in model.get_weights()]
    estimate_statistics(model, batches)
    settled = [np.array(weight) for weight in model.get_weights()]
    assert any(not np.array_equal(before, after) for before, after in zip(own, settled, strict=True))
    model.set_weights(own)
    for settle, expected in ((True, settled), (False, own)):
        with averaged(model, batches, settle):
            for weight, value in zip(model.get_weights(), expected, strict=True):
                np.testing.assert_array_equal(weight, value)
        for weight, value in zip(model.get_weights(), own, strict=True):
            np.testing.assert_array_equal(weight, value)


def test_batch_statistics_are_those_of_the_batches():
    model, batches = small_model()
    estimate_statistics(model, batches)
    norm = next(layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization))
    before = keras.Model(model.input, norm.input)
    activations = np.concatenate([np.array(before(crops)) for crops, _ in batches])
    np.testing.assert_allclose(norm.moving_mean, activations.mean(axis=(0, 1, 2)), atol=1e-4)
    np.testing.assert_allclose(norm.moving_variance, activations.var(axis=(0, 1, 2)), rtol=0.02, atol=1e-4)
    assert norm.momentum == 0.99


def test_a_checkpoint_has_the_whole_state(tmp_path):
    model, batches = small_model(ema_momentum=0.5)
    for crops, targets in [*batches, *batches]:
        model.train_on_batch(crops, targets)
    save_checkpoint(model, tmp_path, 1)
    (tmp_path / "unfinished.weights.h5").write_bytes(b"a kill while the next one was written")
    again, _ = small_model(ema_momentum=0.5)
    assert restore_checkpoint(again, tmp_path, steps_per_epoch=4) == 1
    for kept, restored in (
        (model.get_weights(), again.get_weights()),
        (model.optimizer.variables, again.optimizer.variables),
    ):
        assert len(kept) > 20
        for expected, value in zip(kept, restored, strict=True):
            np.testing.assert_array_equal(value, expected)
    with pytest.raises(ValueError, match="another configuration"):
        restore_checkpoint(small_model()[0], tmp_path, steps_per_epoch=5)


def test_the_final_weights_are_the_average(trained):
    network = build_network(TINY, trained)
    network.load_weights(trained / "tiny" / "final.weights.h5")
    model = compile_student(build_network(TINY, None), replace(TINY, ema_momentum=0.5), STEPS, None)
    assert restore_checkpoint(model, trained / "tiny" / "checkpoints", STEPS) == 2
    assert not np.array_equal(network.get_weights()[0], model.get_weights()[0])
    model.optimizer.apply_averages(model.trainable_variables)
    np.testing.assert_array_equal(network.get_weights()[0], model.get_weights()[0])


def test_tensorboard_has_every_epoch(trained):
    for part in ("train", "validation"):
        steps = [
            event.step
            for file in (trained / "tiny" / "tensorboard" / part).iterdir()
            for event in summary_iterator(str(file))
            for value in event.summary.value
            if value.tag == "epoch_accuracy"
        ]
        assert sorted(steps) == [0, 1]


def test_a_run_that_was_cut_off_before_its_checkpoint_logs_the_epoch_once(
    generated_crops, split_file, tmp_path, monkeypatch
):
    def killed(model, folder, epoch):
        if epoch == 2:
            raise KeyboardInterrupt
        save_checkpoint(model, folder, epoch)

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(training, "save_checkpoint", killed)
        training.train(TINY, generated_crops, split_file, tmp_path)
    training.train(TINY, generated_crops, split_file, tmp_path)
    rows = [json.loads(line) for line in (tmp_path / "tiny" / "log.jsonl").read_text().splitlines()]
    assert [row["epoch"] for row in rows] == [1, 2]


def test_soft_loss_is_the_divergence_at_the_temperature():
    teacher, student = np.array([[2.0, 0.0]]), np.array([[0.0, 2.0]])
    assert float(soft_loss(teacher, teacher, 3.0)) == pytest.approx(0, abs=1e-6)
    p = np.exp([1.0, 0.0]) / np.exp([1.0, 0.0]).sum()
    # Softmax at temperature 2; the divergence of (p, 1 - p) from (1 - p, p), times 4.
    assert float(soft_loss(teacher, student, 2.0)) == pytest.approx(4 * (p[0] - p[1]), rel=1e-5)


def test_a_student_learns_what_its_teacher_says(trained, generated_crops, split_file):
    distillation = Distillation("lenet5", 32, temperature=2.0, weight=1.0, teacher="tiny")
    config = replace(TINY, name="student", seed=5, distillation=distillation)
    model = compile_student(build_network(config, None), config, STEPS, trained)
    teacher = [np.array(weight) for weight in model.teacher.get_weights()]
    assert len(model.trainable_variables) == len(teacher)
    crops = np.random.default_rng(0).integers(0, 256, (16, 32, 32, 3)).astype(np.float32)
    targets = np.eye(len(CLASSES), dtype=np.float32)[np.arange(16) % len(CLASSES)]
    said = model.teacher(crops)
    before = float(soft_loss(said, model(crops), 2.0))
    assert model.train_on_batch(crops, targets)[0] == pytest.approx(before, rel=1e-3)
    for _ in range(20):
        model.train_on_batch(crops, targets)
    assert float(soft_loss(said, model(crops), 2.0)) < before / 2
    for weight, expected in zip(model.teacher.get_weights(), teacher, strict=True):
        np.testing.assert_array_equal(weight, expected)
    training.train(config, generated_crops, split_file, trained)
    # The student's alone.
    final = build_network(config, None)
    final.load_weights(trained / "student" / "final.weights.h5")


def test_a_run_in_mixed_precision_keeps_its_weights_in_float32(generated_crops, split_file, tmp_path):
    config = replace(TINY, precision="mixed_bfloat16", stages=[Stage(32, 1)])
    training.train(config, generated_crops, split_file, tmp_path)
    assert keras.config.dtype_policy().name == "mixed_bfloat16"
    keras.config.set_dtype_policy("float32")
    final = build_network(config, None)
    final.load_weights(tmp_path / "tiny" / "final.weights.h5")
    assert {variable.dtype for variable in final.variables} == {"float32"}


def test_the_estimate_counts_every_step_of_the_run(generated_crops, split_file):
    crops = read_split(split_file)["train"]
    printed = estimate_cost(replace(TINY, stages=[Stage(32, 3)]), generated_crops, crops)
    assert "32 px: 3 epochs of 4 steps" in printed
    assert "CPU h on" in printed
    with pytest.raises(ValueError, match="too few"):
        estimate_cost(TINY, generated_crops, crops[:32])
