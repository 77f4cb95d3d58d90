"""What stands before a network where cells fill more of a crop than they did in training."""

from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf

from .ends import INPUT, MAPS

# Pixels at least half as dense as the densest spot are the nucleus. Relative, since stains differ.
NUCLEUS_SHARE_OF_DENSEST = 0.5
# The brightest of so many squares a side is the background; the densest spot is half as large.
SQUARES = 20


@dataclass(frozen=True)
class Magnification:
    """scale: side of a shrunk crop by that of the whole; what is around it mirrors it. most_nucleus: crops
    whose nucleus takes a larger share are shrunk. All others pass as they are, so home's do."""

    scale: float
    most_nucleus: float


def nucleus_share(crops) -> tf.Tensor:
    """The share of each crop that its nucleus takes (n,), of RGB values (n, side, side, 3): where the optical
    density of the green channel (Ruifrok & Johnston 2001) is at least half of the densest spot's."""
    green = tf.cast(crops, tf.float32)[..., 1:2]
    square = max(1, green.shape[1] // SQUARES)
    background = tf.reduce_max(_means(green, square), axis=(1, 2, 3), keepdims=True)
    density = tf.math.log((background + 1) / (green + 1))
    densest = tf.reduce_max(_means(density, max(1, square // 2)), axis=(1, 2, 3), keepdims=True)
    dense = tf.cast(density > NUCLEUS_SHARE_OF_DENSEST * densest, tf.float32)
    return tf.reduce_mean(dense, axis=(1, 2, 3))


def shrink(crops: np.ndarray, magnification: Magnification | None) -> np.ndarray:
    """What a network sees of RGB values (n, side, side, 3): float32, or the crops themselves without one."""
    if magnification is None:
        return crops
    layer = _Shrink(magnification)
    return np.concatenate([layer(crop[None].astype(np.float32))[0] for crop in crops])


def magnified(network: keras.Model, magnification: Magnification | None, side: int) -> keras.Model:
    """The network behind it, sharing its weights; the network itself without one. Activation maps stay maps
    of the whole crop."""
    if magnification is None:
        return network
    crops = keras.Input((side, side, 3), name=INPUT)
    seen, shrunk = _Shrink(magnification)(crops)
    outputs = network(seen)
    if isinstance(outputs, dict) and MAPS in outputs:
        outputs |= {MAPS: _Enlarge(magnification.scale, name=MAPS)(outputs[MAPS], shrunk)}
    return keras.Model(crops, outputs, name=network.name)


class _Shrink(keras.layers.Layer):
    """RGB values (n, side, side, 3), and which of them were shrunk (n, 1, 1, 1)."""

    def __init__(self, magnification: Magnification, **options):
        super().__init__(dtype="float32", **options)
        self._magnification = magnification

    def call(self, crops):
        large = nucleus_share(crops)[:, None, None, None] > self._magnification.most_nucleus
        return tf.where(large, _resample(crops, self._magnification.scale), crops), large


class _Enlarge(keras.layers.Layer):
    """Maps (n, side, side, classes) of what was shrunk, back at the size of the crop."""

    def __init__(self, scale: float, **options):
        super().__init__(dtype="float32", **options)
        self._scale = scale

    def call(self, maps, shrunk):
        return tf.where(shrunk, _resample(maps, 1 / self._scale), maps)


def _resample(values, scale: float) -> tf.Tensor:
    """In products of matrices, which every engine calculates alike."""
    side, channels = values.shape[1], values.shape[3]
    rows = tf.constant(resampling(side, scale))
    down = tf.matmul(rows, tf.reshape(values, (-1, side, side * channels)))
    across = tf.matmul(rows, tf.reshape(down, (-1, side, channels)))
    return tf.reshape(across, (-1, side, side, channels))


def resampling(side: int, scale: float) -> np.ndarray:
    """float32 (side, side): each row of the resampled picture as a sum of the picture's rows, weighed by a
    triangle as wide as the row that it makes. Around a picture that shrinks is its mirror image."""
    matrix = np.zeros((side, side))
    for row in range(side):
        centre = (row + 0.5 - side / 2) / scale + side / 2
        reach = max(1, 1 / scale)
        near = np.arange(int(centre - reach) - 2, int(centre + reach) + 3)
        weights = np.maximum(0, 1 - np.abs(near + 0.5 - centre) / reach)
        mirrored = near % (2 * side)
        mirrored = np.where(mirrored >= side, 2 * side - 1 - mirrored, mirrored)
        np.add.at(matrix[row], mirrored, weights / weights.sum())
    return matrix.astype(np.float32)


def _means(values, square: int) -> tf.Tensor:
    return tf.nn.avg_pool2d(values, square, square, "VALID")
