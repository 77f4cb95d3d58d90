from dataclasses import replace

import keras
import numpy as np
import pytest
import tensorflow as tf
from conftest import CELLS

from hemoserve_training.data.preprocessing import Preprocessing, preprocess
from hemoserve_training.runs.augment import (
    build_augmentation,
    random_affine,
    random_blur,
    random_close_up,
    random_colour,
    random_jpeg,
    source_px,
)
from hemoserve_training.runs.config import Augmentation

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
    change = np.abs(means - crops[0].mean(axis=(0, 1)))
    assert np.abs(means.mean(axis=0) - crops[0].mean(axis=(0, 1))).max() < 8
    assert means.std(axis=0).min() > 3
    # Most are changed little, some much.
    assert np.median(change) < change.max() / 4
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
    assert np.exp(-0.3) - 0.02 < spread.min() < 0.85
    assert 1.15 < spread.max() < np.exp(0.3) + 0.02


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
    for strength, side in ((STRENGTH, 96), (replace(STRENGTH, close_up=0.5), 48)):
        assert source_px(strength, side) == crops.shape[1]
        changed = build_augmentation(strength)(tf.constant(crops)).numpy()
        assert changed.shape == (64, side, side, 3)
        assert changed.dtype == np.float32
        assert changed.min() >= 0 and changed.max() <= 255.01


def test_close_ups_are_their_share_and_show_the_middle_larger():
    tf.random.set_seed(1)
    y, x = np.mgrid[:96, :96] - 47.5
    disc = np.where(np.hypot(x, y) < 12, 255.0, 0.0)[None, :, :, None] * np.ones((400, 1, 1, 3))
    close = random_close_up(tf.constant(disc, tf.float32), 1.0, 0.0).numpy()
    # A disc of radius 6 in the whole crop of 48 px.
    magnified = np.sqrt((close[..., 0] / 255).sum(axis=(1, 2)) / np.pi) / 6
    assert magnified.min() == pytest.approx(1.25, abs=0.06)
    assert magnified.max() == pytest.approx(3.2, abs=0.1)
    build = build_augmentation(replace(NONE, close_up=0.25))
    areas = (build(tf.constant(disc, tf.uint8)).numpy()[..., 0] / 255).sum(axis=(1, 2))
    assert 0.15 < (areas > 1.2**2 * np.pi * 36).mean() < 0.35


@pytest.fixture
def mixed_precision():
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    yield
    keras.config.set_dtype_policy(before)


def test_patches_leave_the_pixels_their_type(crops, mixed_precision):
    changed = build_augmentation(replace(STRENGTH, erase=0.3))(tf.constant(crops))
    assert changed.dtype == tf.float32


def test_patches_cover_their_share_of_the_crops_and_a_small_part_of_each(crops):
    grey = tf.constant(np.full((400, 96, 96, 3), 128, np.uint8))
    patched = build_augmentation(replace(NONE, erase=0.3))(grey).numpy()
    black, white = (patched[..., 0] < 1).mean(axis=(1, 2)), (patched[..., 0] > 254).mean(axis=(1, 2))
    # Two of the patches are black, one is white.
    assert 0.4 < (black > 0).mean() < 0.62
    assert 0.2 < (white > 0).mean() < 0.4
    assert black.max() < 2 * 0.26**2 and white[white > 0].min() > 0.04**2
    assert len(np.unique(patched.argmin(axis=2)[black > 0], axis=0)) > 100


def test_blur_keeps_the_mean_and_widens_an_edge_by_its_deviation(crops):
    edge = np.zeros((64, 64, 64, 3), np.float32)
    edge[:, :, 32:] = 255
    blurred = random_blur(tf.constant(edge), 2.0).numpy()
    slope = np.diff(blurred[:, 32, :, 0], axis=1) / 255
    places = np.arange(63)
    mean = (slope * places).sum(axis=1)
    deviation = np.sqrt((slope * (places - mean[:, None]) ** 2).sum(axis=1))
    sharp = deviation < 1e-3
    assert 0.3 < sharp.mean() < 0.7
    # One deviation for the batch.
    assert 0.1 < deviation[~sharp].max() <= 2.0
    assert np.ptp(deviation[~sharp]) < 1e-3
    np.testing.assert_allclose(mean, 31, atol=0.01)
    natural = random_blur(tf.cast(crops, tf.float32), 2.0).numpy()
    np.testing.assert_allclose(natural.mean(axis=(1, 2)), crops.mean(axis=(1, 2)), atol=1)


def test_jpeg_changes_its_share_of_the_crops_and_little_of_them(crops):
    changed = random_jpeg(tf.cast(crops, tf.float32), 0.5).numpy()
    error = np.abs(changed - crops).mean(axis=(1, 2, 3))
    assert 0.25 < (error > 0).mean() < 0.75
    assert 0.5 < error[error > 0].mean() < 12
