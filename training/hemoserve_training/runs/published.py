"""Weights of a published version as the start of further training; only the registry keeps them for good."""

from pathlib import Path

import keras
import tensorflow as tf


def load_version(network: keras.Model, folder: Path) -> None:
    """Gives the network the weights of models/NAME/VERSION, of the same architecture: the SavedModel's
    variables, which `export_savedmodel` wrote in the network's order.

    Raises FileNotFoundError for a version without a SavedModel, ValueError when they do not fit.
    """
    saved_model = folder / "saved_model"
    if not saved_model.is_dir():
        raise FileNotFoundError(f"{folder} has no SavedModel, which its weights are read from")
    stored = tf.train.load_checkpoint(saved_model / "variables" / "variables")
    for name, variables in (
        ("trainable_weights", network.trainable_variables),
        ("other_weights", network.non_trainable_variables),
    ):
        for index, variable in enumerate(variables):
            value = stored.get_tensor(f"{name}/{index}/.ATTRIBUTES/VARIABLE_VALUE")
            if value.shape != tuple(variable.shape):
                raise ValueError(f"{folder}: {variable.path} is {variable.shape}, stored is {value.shape}")
            variable.assign(value)
