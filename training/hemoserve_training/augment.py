"""Random changes to training crops, for the tf.data pipeline (whatever Keras' backend is)."""

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from .config import Augmentation


def build_augmentation(strength: Augmentation, seed: int) -> Callable[[tf.Tensor], tf.Tensor]:
    """A function from uint8 crops (batch, side, side, 3) to changed float32 ones, values 0-255.

    Colour and blur stand for another stain, lamp, camera or focus.
    """
    colour_and_blur = keras.Sequential(
        [
            keras.layers.RandomColorJitter(
                value_range=(0, 255),
                brightness_factor=strength.brightness,
                contrast_factor=strength.contrast,
                saturation_factor=strength.saturation,
                hue_factor=strength.hue,
                seed=seed,
            ),
            keras.layers.RandomGaussianBlur(
                factor=0.5,
                kernel_size=5,
                sigma=strength.blur_sigma,
                value_range=(0, 255),
                seed=seed + 1,
            ),
        ],
        name="colour_and_blur",
    )

    def augment(crops: tf.Tensor) -> tf.Tensor:
        moved = random_affine(tf.cast(crops, tf.float32), strength.zoom, strength.shift)
        return colour_and_blur(moved, training=True)

    return augment


def random_affine(crops: tf.Tensor, zoom: float, shift: float) -> tf.Tensor:
    """Flips, rotates by any angle, zooms and shifts each crop, all in one bilinear resampling, since
    every further one would blur the cell. Corners that come into the picture are mirrored.

    crops: float32 (batch, side, side, 3); zoom: largest |log scale|; shift: largest move, as a fraction
    of the side. Draws from TensorFlow's global generator.
    """
    batch = tf.shape(crops)[0]
    side = tf.cast(tf.shape(crops)[1], tf.float32)

    def uniform(limit: float) -> tf.Tensor:
        return tf.random.uniform((batch,), -limit, limit)

    angle = uniform(np.pi)
    scale = tf.exp(uniform(zoom))
    flip = tf.sign(uniform(1.0))
    cos, sin = tf.cos(angle) * scale, tf.sin(angle) * scale
    # Output (x, y) -> input (a x + b y + c, d x + e y + f), turning about the middle.
    a, b, d, e = cos * flip, -sin, sin * flip, cos
    middle = (side - 1) / 2
    c = middle - (a + b) * middle + uniform(shift) * side
    f = middle - (d + e) * middle + uniform(shift) * side
    zero = tf.zeros_like(a)
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=crops,
        transforms=tf.stack([a, b, c, d, e, f, zero, zero], axis=1),
        output_shape=tf.shape(crops)[1:3],
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode="REFLECT",
    )
