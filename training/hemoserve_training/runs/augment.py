"""Random changes to training crops, for the tf.data pipeline (whatever Keras' backend is)."""

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from .config import Augmentation

# Weights of red, green and blue in the luma of ITU-R BT.601.
LUMA = [0.299, 0.587, 0.114]

# Close-ups are taken from crops of this many times the side: enlarging the input itself would blur them.
DETAIL = 2
CLOSE_UP_MAGNIFICATION = (1.25, 3.2)

# Patches that may cover a crop, by colour, 0-255: two stain deposits and a bubble or glare.
PATCHES = (0, 0, 255)
# Least and largest squares of a patch's height and width, as fractions of the side.
PATCH_SCALE = (0.05**2, 0.25**2)


def source_px(strength: Augmentation, size_px: int) -> int:
    """Side of the crops that `build_augmentation` takes to give ones of a side."""
    return DETAIL * size_px if strength.close_up else size_px


def build_augmentation(strength: Augmentation) -> Callable[[tf.Tensor], tf.Tensor]:
    """A function from uint8 crops (batch, side, side, 3) to changed float32 ones, values 0-255; it takes them
    of the side that `source_px` tells.

    Colour and blur stand for another stain, lamp, camera or focus, close-ups for a tighter cut, patches for
    what may lie on the cell (random erasing, Zhong et al. 2020).
    """

    def move(crops: tf.Tensor) -> tf.Tensor:
        crops = tf.cast(crops, tf.float32)
        changes = strength.rotation, strength.zoom, strength.shift
        if strength.close_up == 0:
            return random_affine(crops, *changes)
        whole = random_affine(tf.nn.avg_pool2d(crops, DETAIL, DETAIL, "VALID"), *changes)
        chosen = tf.random.uniform((tf.shape(crops)[0], 1, 1, 1)) < strength.close_up
        return tf.where(chosen, random_close_up(crops, strength.rotation, strength.shift), whole)

    steps = [move, lambda crops: random_colour(crops, strength)]
    if strength.erase > 0:
        steps += [_patch(strength.erase, colour) for colour in PATCHES]
    if strength.blur_sigma > 0:
        steps.append(lambda crops: random_blur(crops, strength.blur_sigma))
    if strength.jpeg > 0:
        steps.append(lambda crops: random_jpeg(crops, strength.jpeg))

    def augment(crops: tf.Tensor) -> tf.Tensor:
        for step in steps:
            crops = step(crops)
        return crops

    return augment


def random_colour(crops: tf.Tensor, strength: Augmentation) -> tf.Tensor:
    """Changes brightness, contrast, saturation, hue and the balance of the channels of each crop, which draws
    a share of all the strengths first: most are changed little, so that colour still tells the cells
    apart, and some much.

    All of it is one linear map of RGB a crop. Written out because tf.image draws one factor for a whole
    batch, and Keras' RandomSaturation counts from 0.5 and takes one number as "from grey on".

    crops: float32 (batch, side, side, 3), 0-255; draws from TensorFlow's global generator.
    """
    batch = tf.shape(crops)[0]
    share = tf.random.uniform((batch, 1, 1))

    def around_one(limit: float, *shape: int) -> tf.Tensor:
        return tf.exp(share * tf.random.uniform((batch, *(shape or (1, 1))), -limit, limit))

    saturation = around_one(strength.saturation)
    to_grey = tf.tile(tf.constant(LUMA)[None], (3, 1))
    saturate = saturation * tf.eye(3) + (1 - saturation) * to_grey
    # A turn of the hue is a rotation about the grey axis (Rodrigues).
    angle = share * tf.random.uniform((batch, 1, 1), -np.pi, np.pi) * strength.hue
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
    scale = tf.exp(tf.random.uniform((tf.shape(crops)[0],), -zoom, zoom))
    return _resample(crops, crops.shape[1], scale, rotation, shift)


def random_close_up(crops: tf.Tensor, rotation: float, shift: float) -> tf.Tensor:
    """What a tighter cut around the cell would show, magnified by CLOSE_UP_MAGNIFICATION; flipped, rotated
    and shifted as by `random_affine`.

    crops: float32 (batch, side, side, 3); gives (batch, side / DETAIL, side / DETAIL, 3).
    """
    low, high = np.log(CLOSE_UP_MAGNIFICATION)
    magnification = tf.exp(tf.random.uniform((tf.shape(crops)[0],), low, high))
    return _resample(crops, crops.shape[1] // DETAIL, DETAIL / magnification, rotation, shift)


def _resample(crops: tf.Tensor, side: int, scale: tf.Tensor, rotation: float, shift: float) -> tf.Tensor:
    """Crops of a side in pixels, flipped, turned and moved at random; scale: (batch,) pixels of the input for
    one of the output."""
    batch = tf.shape(crops)[0]

    def uniform(limit: float) -> tf.Tensor:
        return tf.random.uniform((batch,), -limit, limit)

    angle = uniform(np.pi * rotation)
    flip = tf.sign(uniform(1.0))
    cos, sin = tf.cos(angle) * scale, tf.sin(angle) * scale
    # Output (x, y) -> input (a x + b y + c, d x + e y + f), turning about the middle.
    a, b, d, e = cos * flip, -sin, sin * flip, cos
    middle, input_middle = (side - 1) / 2, (crops.shape[1] - 1) / 2
    largest_move = shift * side * scale
    c = input_middle - (a + b) * middle + uniform(1.0) * largest_move
    f = input_middle - (d + e) * middle + uniform(1.0) * largest_move
    zero = tf.zeros_like(a)
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=crops,
        transforms=tf.stack([a, b, c, d, e, f, zero, zero], axis=1),
        output_shape=(side, side),
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode="REFLECT",
    )


def _patch(probability: float, colour: int) -> keras.layers.RandomErasing:
    share = (probability, probability)
    # Its own type, as the policy of mixed precision would be the pixels' otherwise.
    return keras.layers.RandomErasing(share, PATCH_SCALE, fill_value=colour, dtype="float32")


def random_blur(crops: tf.Tensor, largest_sigma: float) -> tf.Tensor:
    """Blurs half of the crops by a Gaussian. (Keras' RandomGaussianBlur ends at a standard deviation of 1.)

    crops: float32 (batch, side, side, 3), 0-255; largest_sigma: largest standard deviation in pixels, drawn
    for the batch. Draws from TensorFlow's global generator.
    """
    reach = int(np.ceil(2.5 * largest_sigma))
    distance = tf.range(-reach, reach + 1, dtype=tf.float32)
    weights = tf.nn.softmax(-0.5 * (distance / tf.random.uniform((), 1e-3, largest_sigma)) ** 2)
    row = tf.tile(weights[None, :, None, None], (1, 1, 3, 1))
    blurred = tf.pad(crops, [[0, 0], [reach] * 2, [reach] * 2, [0, 0]], "REFLECT")
    for kernel in (row, tf.transpose(row, (1, 0, 2, 3))):
        blurred = tf.nn.depthwise_conv2d(blurred, kernel, (1, 1, 1, 1), "VALID")
    return tf.where(tf.random.uniform((tf.shape(crops)[0], 1, 1, 1)) < 0.5, blurred, crops)


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
