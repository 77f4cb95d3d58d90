"""Writes one network as SavedModel and as ONNX, both from the same weights.

Large kernels are stored as float16, which halves both files; all arithmetic stays float32. `freeze` brings
the network's own weights to values that float16 holds exactly, so what is stored is what was evaluated.
"""

from pathlib import Path

import keras
import numpy as np
import onnx
import tensorflow as tf
import tf2onnx
from onnx import TensorProto, helper, numpy_helper

from ..networks.ends import FEATURES, INPUT, LOGITS
from ..networks.normalization import normalizations

# Below this many values a tensor is kept as float32: biases and batch statistics cost nothing.
LARGE = 4096


def freeze(network: keras.Model) -> None:
    """Folds batch normalization into the convolutions before it and rounds large kernels to float16.

    Folding first, since converters fold too, and would leave kernels that float16 does not hold.
    """
    for norm in normalizations(network):
        _fold(norm)
    for variable in network.variables:
        if np.prod(variable.shape) >= LARGE:
            variable.assign(np.asarray(variable).astype(np.float16).astype(np.float32))


def _fold(norm: keras.layers.BatchNormalization) -> None:
    """Moves scale and mean of a normalization after a convolution into kernel and beta; what is left of it
    adds beta."""
    convolution = norm._inbound_nodes[0].parent_nodes[0].operation
    if not isinstance(convolution, keras.layers.Conv2D) or convolution.use_bias or norm.scale:
        raise ValueError(f"{norm.name} does not follow a plain convolution")
    factor = 1 / np.sqrt(np.asarray(norm.moving_variance) + norm.epsilon)
    convolution.kernel.assign(np.asarray(convolution.kernel) * factor)
    norm.beta.assign(np.asarray(norm.beta) - np.asarray(norm.moving_mean) * factor)
    norm.moving_mean.assign(np.zeros_like(factor))
    norm.moving_variance.assign(np.full_like(factor, 1 - norm.epsilon))


def signature(size_px: int) -> tf.TensorSpec:
    """uint8 (batch, side, side, 3): normalization is in the graph, so nobody can get it wrong."""
    return tf.TensorSpec((None, size_px, size_px, 3), tf.uint8, name=INPUT)


def export_savedmodel(network: keras.Model, size_px: int, folder: Path) -> None:
    """Writes a SavedModel with one signature, `serving_default`."""
    module = tf.Module()
    # Attributes of the module, so that the variables are saved.
    module.trainable_weights = [_stored(variable) for variable in network.trainable_variables]
    module.other_weights = [_stored(variable) for variable in network.non_trainable_variables]

    @tf.function(input_signature=[signature(size_px)])
    def serve(crops):
        outputs, _ = network.stateless_call(
            [tf.cast(variable, tf.float32) for variable in module.trainable_weights],
            [
                tf.cast(stored, tf.float32) if stored.dtype == tf.float16 else stored
                for stored in module.other_weights
            ],
            tf.cast(crops, tf.float32),
            training=False,
        )
        return {LOGITS: outputs[LOGITS], FEATURES: outputs[FEATURES]}

    module.serve = serve
    tf.saved_model.save(module, str(folder), signatures={"serving_default": serve})


def _stored(variable: keras.Variable) -> tf.Variable:
    value = tf.convert_to_tensor(np.asarray(variable))
    large = value.dtype == tf.float32 and np.prod(value.shape) >= LARGE
    return tf.Variable(tf.cast(value, tf.float16) if large else value, trainable=False)


def export_onnx(network: keras.Model, size_px: int, file: Path) -> None:
    """Writes an ONNX file whose runtime turns the float16 kernels to float32 once, when it loads them."""

    @tf.function(input_signature=[signature(size_px)])
    def serve(crops):
        outputs = network(tf.cast(crops, tf.float32), training=False)
        return {
            LOGITS: tf.identity(outputs[LOGITS], name=LOGITS),
            FEATURES: tf.identity(outputs[FEATURES], name=FEATURES),
        }

    model, _ = tf2onnx.convert.from_function(serve, input_signature=[signature(size_px)], opset=17)
    _store_as_float16(model.graph)
    onnx.checker.check_model(model)
    onnx.save(model, file)


def _store_as_float16(graph: onnx.GraphProto) -> None:
    for tensor in list(graph.initializer):
        value = numpy_helper.to_array(tensor)
        half = value.astype(np.float16)
        # Only what `freeze` rounded: conversion must not change a weight. On some processors the converter
        # takes 1 / sqrt(1) of a folded normalization for one bit less, which rounding undoes.
        if (
            value.dtype != np.float32
            or value.size < LARGE
            or not np.allclose(half.astype(np.float32), value, rtol=1e-6, atol=0)
        ):
            continue
        stored = f"{tensor.name}__float16"
        cast = helper.make_node(
            "Cast", [stored], [tensor.name], name=f"{tensor.name}__cast", to=TensorProto.FLOAT
        )
        graph.initializer.remove(tensor)
        graph.initializer.append(numpy_helper.from_array(half, stored))
        graph.node.insert(0, cast)
