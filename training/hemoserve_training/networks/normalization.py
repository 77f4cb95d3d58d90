"""The batch normalizations of a network: their statistics, and giving them back to folded versions."""

import keras
import numpy as np
import tensorflow as tf

# Batches of training crops that statistics are measured on: of weights in training, of a published version.
STATISTICS_BATCHES = 32
UNFOLDING_BATCHES = 16


def normalizations(network: keras.Model) -> list[keras.layers.BatchNormalization]:
    return [layer for layer in network.layers if isinstance(layer, keras.layers.BatchNormalization)]


def is_folded(norm: keras.layers.BatchNormalization) -> bool:
    """Whether all that it does is to add beta."""
    mean, variance = np.asarray(norm.moving_mean), np.asarray(norm.moving_variance)
    return not mean.any() and np.allclose(variance, 1 - norm.epsilon, rtol=1e-6, atol=0)


def estimate_statistics(model: keras.Model, batches: tf.data.Dataset) -> None:
    """Sets every normalization's mean and variance to their means over the batches. Those that training
    gathered belong to other weights: neither to averages (Izmailov et al. 2018, arXiv:1803.05407) nor, at a
    rate that does not fall, to the last step's (Wu & Johnson 2021, arXiv:2105.07576)."""
    norms = [norm for norm in normalizations(model) if norm.trainable]
    momenta = [norm.momentum for norm in norms]
    for index, (crops, _) in enumerate(batches.take(STATISTICS_BATCHES).as_numpy_iterator() if norms else ()):
        for norm in norms:
            norm.momentum = index / (index + 1)
        model(crops, training=True)
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum


def unfold(network: keras.Model, batches: tf.data.Dataset) -> None:
    """Gives each normalization that is folded into its kernel, as in versions before 2.0.0, its statistics
    back, as measured on the batches. Outputs stay as they are where the measured variance is at most 1, what
    the training's own was: the kernel is scaled so that variance plus epsilon is the scale's square.
    """
    norms = [norm for norm in normalizations(network) if is_folded(norm)]
    if not norms:
        return
    inputs = keras.Model(network.input, [norm.input for norm in norms])
    means, squares = [], []
    for crops, _ in batches.take(UNFOLDING_BATCHES).as_numpy_iterator():
        outputs = [np.asarray(output, np.float32) for output in inputs(crops, training=False)]
        means.append([output.mean(axis=(0, 1, 2)) for output in outputs])
        squares.append([np.square(output).mean(axis=(0, 1, 2)) for output in outputs])
    for index, norm in enumerate(norms):
        mean = np.mean([batch[index] for batch in means], axis=0)
        variance = np.mean([batch[index] for batch in squares], axis=0) - mean**2
        scale = np.sqrt(norm.epsilon / np.clip(1 - variance, norm.epsilon, 1))
        convolution = norm.input._keras_history.operation
        convolution.kernel.assign(np.asarray(convolution.kernel) * scale)
        norm.moving_mean.assign(mean * scale)
        norm.moving_variance.assign(variance * scale**2)
        norm.beta.assign(np.asarray(norm.beta) + mean)
