"""What a laboratory's colours say of a crop. The network was trained not to mind colours, as they differ by
laboratory; within one they tell granules."""

from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf

from .ends import INPUT, LOGITS


@dataclass(frozen=True)
class Colours:
    """Two logistic regressions on a crop's colour values: which class it is, and whether it is from the
    laboratory. All float32; f values, k classes that the laboratory has labelled.

    levels: (levels, 6), see `colour_values`; mean, deviation: of each value (f,); weights (f, k), bias (k,);
    known: index of each of the k classes; classes: of the network; place_weights (f,), place_bias.
    """

    levels: np.ndarray
    mean: np.ndarray
    deviation: np.ndarray
    weights: np.ndarray
    bias: np.ndarray
    known: np.ndarray
    classes: int
    place_weights: np.ndarray
    place_bias: float

    def odds(self, values) -> tf.Tensor:
        """What to add to the logits (n, classes), of colour values (n, f): the logarithm of each labelled
        class's probability by that of an even chance; less of it, the less the colours are the
        laboratory's. 0 for classes without labels."""
        standard = (tf.cast(values, tf.float32) - self.mean) / self.deviation
        likely = tf.nn.log_softmax(tf.matmul(standard, self.weights) + self.bias)
        columns = np.eye(self.classes, dtype=np.float32)[self.known]
        of_all = tf.matmul(likely + np.log(len(self.known)), columns)
        here = tf.sigmoid(tf.matmul(standard, self.place_weights[:, None]) + self.place_bias)
        return here * of_all


def densities(crops) -> tf.Tensor:
    """Optical densities of red, green and blue, and their differences (n, side, side, 6), of RGB values
    (Ruifrok & Johnston 2001, "Quantification of histochemical staining by color deconvolution")."""
    density = -tf.math.log((tf.cast(crops, tf.float32) + 1) / 256)
    red, green, blue = tf.split(density, 3, axis=-1)
    return tf.concat([density, red - blue, red - green, green - blue], axis=-1)


def colour_values(crops, levels: np.ndarray) -> tf.Tensor:
    """By how much the densities of a crop's pixels are above each level, on average (n, 6 x levels), of RGB
    values (n, side, side, 3): a histogram that has no steps."""
    seen = densities(crops)
    above = [tf.reduce_mean(tf.nn.relu(seen - level), axis=(1, 2)) for level in levels]
    return tf.concat(above, axis=-1)


def coloured(network: keras.Model, colours: Colours | None, side: int) -> keras.Model:
    """The network with the colours' say, sharing its weights; the network itself without them."""
    if colours is None:
        return network
    crops = keras.Input((side, side, 3), name=INPUT)
    outputs = network(crops)
    logits = _AddOdds(colours, name=LOGITS)(outputs[LOGITS], crops)
    return keras.Model(crops, outputs | {LOGITS: logits}, name=network.name)


class _AddOdds(keras.layers.Layer):
    def __init__(self, colours: Colours, **options):
        super().__init__(dtype="float32", **options)
        self._colours = colours

    def call(self, logits, crops):
        return logits + self._colours.odds(colour_values(crops, self._colours.levels))
