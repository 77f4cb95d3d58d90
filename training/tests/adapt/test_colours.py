"""What a laboratory's colours say."""

import keras
import numpy as np
import pytest

from hemoserve_training.adapt.colours import colour_levels, fit_colours, values_of
from hemoserve_training.adapt.views import Views
from hemoserve_training.networks.architectures import ARCHITECTURES
from hemoserve_training.networks.colours import colour_values, coloured
from hemoserve_training.networks.ends import LOGITS
from hemoserve_training.release.exported import check_exports
from hemoserve_training.release.serialize import export_onnx, export_savedmodel, freeze

SIDE, CLASSES = 32, 8


def drawn(rng, colour, count: int) -> np.ndarray:
    """Crops that differ in nothing but their colour."""
    noise = rng.integers(-25, 25, (count, SIDE, SIDE, 3))
    return np.clip(np.array(colour) + noise, 0, 255).astype(np.uint8)


@pytest.fixture
def crops():
    """Of the laboratory, two classes by their colours (indices 1 and 6); of home, the same two in another
    light."""
    rng = np.random.default_rng(1)
    here = np.concatenate([drawn(rng, (200, 120, 130), 12), drawn(rng, (180, 120, 150), 12)])
    there = np.concatenate([drawn(rng, (230, 210, 190), 12), drawn(rng, (225, 210, 195), 12)])
    return here, there, np.repeat([1, 6], 12)


@pytest.fixture
def fitted(crops):
    here, there, truth = crops
    levels = colour_levels(here)
    lab, home = (Views(None, truth, colours=values_of(pixels, levels)) for pixels in (here, there))
    return fit_colours(lab, home, levels, CLASSES), lab, home


def test_the_values_are_means_of_what_is_above_each_level(crops):
    crop, levels = crops[0][0], colour_levels(crops[0])
    density = -np.log((crop.astype(float) + 1) / 256)
    red, green, blue = np.moveaxis(density, -1, 0)
    channels = [red, green, blue, red - blue, red - green, green - blue]
    expected = [
        np.maximum(channel - level[index], 0).mean()
        for level in levels
        for index, channel in enumerate(channels)
    ]
    np.testing.assert_allclose(colour_values(crop[None], levels)[0], expected, atol=1e-5)


def test_they_tell_the_laboratorys_classes_and_say_nothing_of_others(fitted):
    colours, lab, _ = fitted
    odds = colours.odds(lab.colours).numpy()
    known = odds[:, [1, 6]]
    assert (np.array([1, 6])[known.argmax(axis=1)] == lab.truth).all()
    # The right one of two is at most twice as likely as by an even chance.
    assert (known.max(axis=1) <= np.log(2)).all()
    assert (known.max(axis=1) > 0.3).all()
    assert (np.delete(odds, [1, 6], axis=1) == 0).all()


def test_they_leave_home_alone(fitted):
    colours, lab, home = fitted
    assert np.abs(colours.odds(home.colours)).max() < 0.2 * np.abs(colours.odds(lab.colours)).max()


def test_a_single_class_says_nothing(crops):
    here, there, _ = crops
    levels = colour_levels(here)
    one = np.full(len(here), 3)
    lab, home = (Views(None, one, colours=values_of(pixels, levels)) for pixels in (here, there))
    assert not fit_colours(lab, home, levels, CLASSES).odds(lab.colours).numpy().any()


def test_both_files_say_what_the_network_with_colours_says(fitted, crops, tmp_path):
    colours, lab, _ = fitted
    keras.utils.set_random_seed(1)
    plain = ARCHITECTURES["lenet5"](CLASSES, 0.0, SIDE)
    freeze(plain)
    network = coloured(plain, colours, SIDE)
    inputs = crops[0].astype(np.float32)
    said = np.asarray(network(inputs)[LOGITS]) - np.asarray(plain(inputs)[LOGITS])
    np.testing.assert_allclose(said, colours.odds(lab.colours), atol=1e-4)
    export_savedmodel(network, SIDE, tmp_path / "saved_model")
    export_onnx(network, SIDE, tmp_path / "model.onnx", tmp_path / "saved_model")
    check_exports(network, tmp_path, crops[0])
