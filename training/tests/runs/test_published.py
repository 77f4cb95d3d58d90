from dataclasses import replace

import keras
import numpy as np
import pytest
import tensorflow as tf
from conftest import ROOT

from hemoserve_training.networks.architectures import ARCHITECTURES
from hemoserve_training.networks.normalization import is_folded, normalizations, unfold
from hemoserve_training.release.serialize import export_savedmodel, freeze
from hemoserve_training.runs.config import Distillation, Stage, load_config
from hemoserve_training.runs.published import load_version
from hemoserve_training.runs.student import build_teacher
from hemoserve_training.runs.train import train

CONFIG = ROOT / "docs" / "experiments" / "configs" / "vgg16.toml"


def network(filters: int = 40) -> keras.Model:
    crops = keras.Input((24, 24, 3))
    x = keras.layers.Rescaling(1 / 127.5, -1)(crops)
    for _ in range(3):
        x = keras.layers.Conv2D(filters, 3, use_bias=False)(x)
        x = keras.layers.Activation("relu")(keras.layers.BatchNormalization(scale=False)(x))
    features = keras.layers.GlobalAveragePooling2D(name="features")(x)
    logits = keras.layers.Dense(8, name="logits")(features)
    return keras.Model(crops, {"logits": logits, "features": features})


def fold(network: keras.Model) -> None:
    """Moves scale and mean of each normalization into kernel and beta, as versions before 2.0.0 have them."""
    for norm in normalizations(network):
        kernel = norm.input._keras_history.operation.kernel
        factor = 1 / np.sqrt(np.asarray(norm.moving_variance) + norm.epsilon)
        kernel.assign(np.asarray(kernel) * factor)
        norm.beta.assign(np.asarray(norm.beta) - np.asarray(norm.moving_mean) * factor)
        norm.moving_mean.assign(np.zeros_like(factor))
        norm.moving_variance.assign(np.full_like(factor, 1 - norm.epsilon))


@pytest.fixture(scope="module", params=["with its statistics", "folded"])
def published(tmp_path_factory, request):
    """A network with batch statistics as training gathers them, its crops, and its exported version."""
    keras.mixed_precision.set_global_policy("float32")
    keras.utils.set_random_seed(1)
    crops = np.random.default_rng(1).integers(0, 256, (64, 24, 24, 3)).astype(np.float32)
    trained = network()
    for layer in trained.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.0
            layer.beta.assign(np.random.default_rng(2).normal(size=40))
    trained(crops, training=True)
    expected = trained(crops)["logits"].numpy()
    folder = tmp_path_factory.mktemp("models")
    if request.param == "folded":
        fold(trained)
    freeze(trained)
    export_savedmodel(trained, 24, folder / "saved_model")
    return folder, crops, expected


def test_a_version_gives_back_its_network(published):
    folder, crops, expected = published
    loaded = network()
    load_version(loaded, folder)
    np.testing.assert_allclose(loaded(crops)["logits"], expected, atol=1e-3)


def test_a_version_can_teach(published, tmp_path, monkeypatch):
    folder, crops, expected = published
    monkeypatch.setitem(ARCHITECTURES, "small", lambda classes, dropout, side_px: network())
    distillation = Distillation("small", 24, temperature=2.0, weight=0.5, teacher_version=str(folder))
    np.testing.assert_allclose(build_teacher(distillation, tmp_path)(crops), expected, atol=1e-3)


@pytest.mark.parametrize("teachers", [{}, {"teacher": "run", "teacher_version": "models/run/1.0.0"}])
def test_a_student_has_one_teacher(teachers):
    with pytest.raises(TypeError, match="either teacher or teacher_version"):
        Distillation("small", 24, temperature=2.0, weight=0.5, **teachers)


def test_unfolded_it_says_the_same_with_its_own_statistics(published):
    folder, crops, expected = published
    loaded = network()
    batches = tf.data.Dataset.from_tensors((crops, np.zeros(64)))
    load_version(loaded, folder)
    unfold(loaded, batches)
    np.testing.assert_allclose(loaded(crops)["logits"], expected, atol=5e-3)
    # Training sees the same network: what it normalizes by is what inference does.
    np.testing.assert_allclose(loaded(crops, training=True)["logits"], expected, atol=5e-3)


@pytest.mark.parametrize("published", ["folded"], indirect=True)
def test_a_folded_version_would_train_as_another_network(published):
    """Without unfolding, the test above would fail."""
    folder, crops, expected = published
    loaded = network()
    load_version(loaded, folder)
    assert all(is_folded(norm) for norm in normalizations(loaded))
    assert np.abs(loaded(crops, training=True)["logits"] - expected).max() > 0.1


@pytest.mark.parametrize("published", ["folded"], indirect=True)
@pytest.mark.parametrize("frozen", [True, False])
def test_a_run_starts_from_a_version_whose_normalization_it_keeps_or_measures(
    published, generated_crops, split_file, tmp_path, monkeypatch, frozen
):
    folder, crops, expected = published
    monkeypatch.setitem(ARCHITECTURES, "small", lambda classes, dropout, side_px: network())
    config = replace(
        load_config(CONFIG),
        arch="small",
        batch_size=16,
        learning_rate=0.0,
        precision="float32",
        stages=[Stage(24, 1)],
        start_from_version=str(folder),
        freeze_normalization=frozen,
    )
    final = network()
    final.load_weights(train(config, generated_crops, split_file, tmp_path))
    stored = network()
    load_version(stored, folder)
    for norm, start in zip(normalizations(final), normalizations(stored), strict=True):
        # A rate of zero leaves kernels to unfolding.
        kernels = [np.array(layer.input._keras_history.operation.kernel) for layer in (norm, start)]
        assert np.array_equal(*kernels) == frozen
        assert np.array_equal(norm.moving_variance, start.moving_variance) == frozen
    if frozen:
        np.testing.assert_allclose(final(crops)["logits"], expected, atol=1e-3)


def test_frozen_normalization_is_the_same_in_training(published):
    folder, crops, expected = published
    loaded = network()
    load_version(loaded, folder)
    for norm in normalizations(loaded):
        norm.trainable = False
    np.testing.assert_allclose(loaded(crops, training=True)["logits"], expected, atol=1e-3)


def test_another_architecture_is_refused(published):
    folder, _, _ = published
    with pytest.raises(ValueError, match="stored is"):
        load_version(network(filters=41), folder)


def test_a_version_without_a_savedmodel_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="has no SavedModel"):
        load_version(network(), tmp_path)


def test_a_network_without_normalization_is_left_alone():
    crops = keras.Input((8, 8, 3))
    plain = keras.Model(crops, keras.layers.Conv2D(4, 3)(crops))
    weights = plain.get_weights()
    unfold(plain, tf.data.Dataset.from_tensors((np.zeros((1, 8, 8, 3)), 0)))
    for before, after in zip(weights, plain.get_weights(), strict=True):
        np.testing.assert_array_equal(before, after)
