"""What is evaluated and kept in place of the last step's weights and statistics: their averages."""

from collections.abc import Iterator
from contextlib import contextmanager

import keras
import numpy as np
import tensorflow as tf

from ..networks.normalization import estimate_statistics


class AveragingAdamW(keras.optimizers.AdamW):
    """AdamW whose averages (`use_ema`) replace the weights when asked to: Keras would do so at the end of
    every `fit`, which is that of an epoch here, and so restart the training from them."""

    def finalize_variable_values(self, var_list: list) -> None:
        pass

    def apply_averages(self, variables: list) -> None:
        super().finalize_variable_values(variables)


@contextmanager
def averaged(model: keras.Model, batches: tf.data.Dataset, settle: bool) -> Iterator[None]:
    """Within it the model has its averaged weights, if its optimizer keeps any, and the statistics that
    belong to its weights, if it has averages or is to settle; afterwards its own again."""
    use_ema = model.optimizer.use_ema
    if not (use_ema or settle):
        yield
        return
    own = copies(model)
    if use_ema:
        model.optimizer.apply_averages(model.trainable_variables)
        # JAX may give up a variable's memory during a step, and the averages' must not go with it.
        model.set_weights(copies(model))
    estimate_statistics(model, batches)
    try:
        yield
    finally:
        model.set_weights(own)


def copies(model: keras.Model) -> list[np.ndarray]:
    return [np.array(weight) for weight in model.get_weights()]
