from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf
from conftest import CELLS

from hemoserve_training.augment import build_augmentation, random_affine, random_colour, random_jpeg
from hemoserve_training.config import Augmentation
from hemoserve_training.preprocessing import Preprocessing, preprocess

STRENGTH = Augmentation(
    rotation=1.0,
    zoom=0.2,
    shift=0.05,
    brightness=0.15,
    contrast=0.2,
    saturation=0.3,
    hue=0.06,
    channel=0.06,
    blur_sigma=1.0,
    jpeg=0.3,
)
NONE = Augmentation(*[0.0] * 10)


@pytest.fixture
def crops() -> np.ndarray:
    tf.random.set_seed(1)
    cell = preprocess(CELLS / "eosinophil.jpg", Preprocessing(96, 96))
    return np.repeat(cell[None], 64, axis=0)


def test_colours_vary_around_the_crop_as_it_is(crops):
    changed = random_colour(tf.cast(crops, tf.float32), STRENGTH).numpy()
    means = changed.mean(axis=(1, 2))
    assert np.abs(means.mean(axis=0) - crops[0].mean(axis=(0, 1))).max() < 8
    assert means.std(axis=0).min() > 3
    # The stain is still there: nothing is turned grey.
    spread = changed.max(axis=-1) - changed.min(axis=-1)
    original = crops[0].max(axis=-1).astype(float) - crops[0].min(axis=-1)
    assert spread.mean() == pytest.approx(original.mean(), rel=0.25)
    assert changed.min() >= 0 and changed.max() <= 255


def test_saturation_moves_towards_grey_and_away_from_it(crops):
    changed = random_colour(tf.cast(crops, tf.float32), replace(NONE, saturation=0.3)).numpy()
    luma = np.array([0.299, 0.587, 0.114])
    middle = changed[:, 48, 48]
    np.testing.assert_allclose(middle @ luma, crops[:, 48, 48] @ luma, atol=0.1)
    spread = np.ptp(middle, axis=1) / np.ptp(crops[0, 48, 48].astype(float))
    assert spread.min() == pytest.approx(np.exp(-0.3), abs=0.05)
    assert spread.max() == pytest.approx(np.exp(0.3), abs=0.05)


def test_no_strength_changes_no_colour(crops):
    np.testing.assert_allclose(random_colour(tf.cast(crops, tf.float32), NONE), crops, atol=0.01)


def test_flips_and_rotations_turn_about_the_middle(crops):
    moved = random_affine(tf.cast(crops[:, :95, :95], tf.float32), 1.0, 0.0, 0.0).numpy()
    np.testing.assert_allclose(moved[:, 47, 47], crops[:, 47, 47], atol=1)
    assert len({picture.tobytes() for picture in moved}) == len(moved)
    # Turning and flipping keeps what lies within a circle, so its mean colour.
    y, x = np.mgrid[-47:48, -47:48]
    disc = np.hypot(x, y) < 40
    np.testing.assert_allclose(moved[:, disc].mean(axis=1), crops[:, :95, :95][:, disc].mean(axis=1), atol=1)


def test_the_whole_gives_pixels(crops):
    changed = build_augmentation(STRENGTH, seed=1)(tf.constant(crops)).numpy()
    assert changed.shape == crops.shape
    assert changed.dtype == np.float32
    assert changed.min() >= 0 and changed.max() <= 255.01


def test_jpeg_changes_its_share_of_the_crops_and_little_of_them(crops):
    changed = random_jpeg(tf.cast(crops, tf.float32), 0.5).numpy()
    error = np.abs(changed - crops).mean(axis=(1, 2, 3))
    assert 0.25 < (error > 0).mean() < 0.75
    assert 0.5 < error[error > 0].mean() < 12
