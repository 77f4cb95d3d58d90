"""Random changes to training crops, for the tf.data pipeline (whatever Keras' backend is)."""

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from .config import Augmentation

# Weights of red, green and blue in the luma of ITU-R BT.601.
LUMA = [0.299, 0.587, 0.114]


def build_augmentation(strength: Augmentation, seed: int) -> Callable[[tf.Tensor], tf.Tensor]:
    """A function from uint8 crops (batch, side, side, 3) to changed float32 ones, values 0-255.

    Colour and blur stand for another stain, lamp, camera or focus.
    """

    def move(crops: tf.Tensor) -> tf.Tensor:
        return random_affine(tf.cast(crops, tf.float32), strength.rotation, strength.zoom, strength.shift)

    steps = [move, lambda crops: random_colour(crops, strength)]
    if strength.blur_sigma > 0:
        blur = keras.layers.RandomGaussianBlur(
            factor=0.5,
            kernel_size=5,
            sigma=strength.blur_sigma,
            value_range=(0, 255),
            seed=seed,
            # Under mixed precision Keras would blur in bfloat16, which holds no 8-bit pixel exactly.
            dtype="float32",
        )
        steps.append(lambda crops: blur(crops, training=True))
    if strength.jpeg > 0:
        steps.append(lambda crops: random_jpeg(crops, strength.jpeg))

    def augment(crops: tf.Tensor) -> tf.Tensor:
        for step in steps:
            crops = step(crops)
        return crops

    return augment


def random_colour(crops: tf.Tensor, strength: Augmentation) -> tf.Tensor:
    """Changes brightness, contrast, saturation, hue and the balance of the channels of each crop.

    All of it is one linear map of RGB a crop. Written out because tf.image draws one factor for a whole
    batch, and Keras' RandomSaturation counts from 0.5 and takes one number as "from grey on".

    crops: float32 (batch, side, side, 3), 0-255; draws from TensorFlow's global generator.
    """
    batch = tf.shape(crops)[0]

    def around_one(limit: float, *shape: int) -> tf.Tensor:
        return tf.exp(tf.random.uniform((batch, *(shape or (1, 1))), -limit, limit))

    saturation = around_one(strength.saturation)
    to_grey = tf.tile(tf.constant(LUMA)[None], (3, 1))
    saturate = saturation * tf.eye(3) + (1 - saturation) * to_grey
    # A turn of the hue is a rotation about the grey axis (Rodrigues).
    angle = tf.random.uniform((batch, 1, 1), -np.pi, np.pi) * strength.hue
    axis = tf.constant([[0, -1, 1], [1, 0, -1], [-1, 1, 0]], tf.float32) / np.sqrt(3)
    turn = tf.cos(angle) * tf.eye(3) + tf.sin(angle) * axis + (1 - tf.cos(angle)) * tf.fill((3, 3), 1 / 3)
    balance = around_one(strength.channel, 3, 1) * around_one(strength.brightness)
    colour = tf.einsum("bhwc,bdc->bhwd", crops, balance * (turn @ saturate))
    mean = tf.reduce_mean(colour, (1, 2), keepdims=True)
    contrast = around_one(strength.contrast)[..., None]
    return tf.clip_by_value(mean + contrast * (colour - mean), 0, 255)


def random_affine(crops: tf.Tensor, rotation: float, zoom: float, shift: float) -> tf.Tensor:
    """Flips, rotates, zooms and shifts each crop, all in one bilinear resampling, since
    every further one would blur the cell. Corners that come into the picture are mirrored.

    crops: float32 (batch, side, side, 3); rotation: largest angle in half turns; zoom: largest |log scale|;
    shift: largest move, as a fraction of the side. Draws from TensorFlow's global generator.
    """
    batch = tf.shape(crops)[0]
    side = tf.cast(tf.shape(crops)[1], tf.float32)

    def uniform(limit: float) -> tf.Tensor:
        return tf.random.uniform((batch,), -limit, limit)

    angle = uniform(np.pi * rotation)
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


def random_jpeg(crops: tf.Tensor, probability: float) -> tf.Tensor:
    """Compresses some of the crops as JPEG, quality 10 to 70, at twice the input's size: the files that
    arrive are larger than the input, and so are their blocks of 8 pixels.

    crops: float32 (batch, side, side, 3), 0-255; draws from TensorFlow's global generator.
    """
    size = tf.shape(crops)[1:3]

    def compress(crop: tf.Tensor) -> tf.Tensor:
        quality = tf.random.uniform((), 10, 71, tf.int32)
        larger = tf.cast(tf.clip_by_value(tf.image.resize(crop, 2 * size), 0, 255), tf.uint8)
        compressed = tf.image.adjust_jpeg_quality(larger, quality)
        return tf.image.resize(tf.cast(compressed, tf.float32), size, "area")

    def maybe(crop: tf.Tensor) -> tf.Tensor:
        return tf.cond(tf.random.uniform(()) < probability, lambda: compress(crop), lambda: crop)

    return tf.map_fn(maybe, crops)
