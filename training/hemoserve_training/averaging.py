"""What is evaluated and kept in place of the last step's weights and statistics: their averages."""

from collections.abc import Iterator
from contextlib import contextmanager

import keras
import numpy as np
import tensorflow as tf

# Batches of training crops that the statistics are estimated from.
STATISTICS_BATCHES = 32


class AveragingAdamW(keras.optimizers.AdamW):
    """AdamW whose averages (`use_ema`) replace the weights when asked to: Keras would do so at the end of
    every `fit`, which is that of an epoch here, and so restart the training from them."""

    def finalize_variable_values(self, var_list: list) -> None:
        pass

    def apply_averages(self, variables: list) -> None:
        super().finalize_variable_values(variables)


@contextmanager
def averaged(model: keras.Model, batches: tf.data.Dataset) -> Iterator[None]:
    """Within it the model has its averaged weights, if its optimizer keeps any, and the statistics that
    belong to its weights; afterwards its own again."""
    own = copies(model)
    if model.optimizer.use_ema:
        model.optimizer.apply_averages(model.trainable_variables)
        # JAX may give up a variable's memory during a step, and the averages' must not go with it.
        model.set_weights(copies(model))
    estimate_statistics(model, batches.take(STATISTICS_BATCHES))
    try:
        yield
    finally:
        model.set_weights(own)


def copies(model: keras.Model) -> list[np.ndarray]:
    return [np.array(weight) for weight in model.get_weights()]


def estimate_statistics(model: keras.Model, batches: tf.data.Dataset) -> None:
    """Sets every normalization's mean and variance to their means over the batches. Those that training
    gathered belong to other weights: neither to averages (Izmailov et al. 2018, arXiv:1803.05407) nor, until
    the learning rate is low, to the last step's (Wu & Johnson 2021, arXiv:2105.07576)."""
    norms = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
    momenta = [norm.momentum for norm in norms]
    for index, (crops, _) in enumerate(batches.as_numpy_iterator() if norms else ()):
        for norm in norms:
            norm.momentum = index / (index + 1)
        model(crops, training=True)
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
