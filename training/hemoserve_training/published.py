"""Weights of a published version as the start of further training; only the registry keeps them for good."""

from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

# Batches of training crops that the statistics of a published version's layers are measured on.
STATISTICS_BATCHES = 16


def start_from_version(network: keras.Model, folder: Path, batches: tf.data.Dataset) -> None:
    """Gives the network the weights of models/NAME/VERSION, of the same architecture, ready for training.

    Raises ValueError when they do not fit. batches: of training crops, as `training_batches` gives them.
    """
    load_version(network, folder)
    unfold(network, batches.take(STATISTICS_BATCHES))


def load_version(network: keras.Model, folder: Path) -> None:
    """Reads the SavedModel's variables, which `export_savedmodel` wrote in the network's order."""
    stored = tf.train.load_checkpoint(folder / "saved_model" / "variables" / "variables")
    for name, variables in (
        ("trainable_weights", network.trainable_variables),
        ("other_weights", network.non_trainable_variables),
    ):
        for index, variable in enumerate(variables):
            value = stored.get_tensor(f"{name}/{index}/.ATTRIBUTES/VARIABLE_VALUE")
            if value.shape != tuple(variable.shape):
                raise ValueError(f"{folder}: {variable.path} is {variable.shape}, stored is {value.shape}")
            variable.assign(value)


def unfold(network: keras.Model, batches: tf.data.Dataset) -> None:
    """Undoes `freeze`: each normalization gets its statistics back, as measured on the batches. Outputs
    stay as they are where the measured variance is at most 1, what the training's own was: the kernel is
    scaled so that variance plus epsilon is the scale's square.
    """
    norms = [layer for layer in network.layers if isinstance(layer, keras.layers.BatchNormalization)]
    if not norms:
        return
    inputs = keras.Model(network.input, [norm.input for norm in norms])
    means, squares = [], []
    for crops, _ in batches.as_numpy_iterator():
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
