"""Where in a crop a network sees each class."""

import keras
import tensorflow as tf

from .ends import FEATURES, LOGITS, MAPS


def with_activation_maps(network: keras.Model) -> keras.Model:
    """The same network, sharing its weights, with class activation maps as a third output: float32 (batch,
    height, width, classes), the head's kernel applied to what is pooled to the features (Zhou et al. 2016,
    arXiv:1512.04150). A class's map averages to its logit less the bias. One whose features are not
    averaged over places has none, and is returned as it is, as is one that gives them already, or that is
    wrapped in another.
    """
    if MAPS in network.output or FEATURES not in {layer.name for layer in network.layers}:
        return network
    pooling = network.get_layer(FEATURES)
    if not isinstance(pooling, keras.layers.GlobalAveragePooling2D):
        pooling = pooling.input._keras_history.operation
    if not isinstance(pooling, keras.layers.GlobalAveragePooling2D):
        return network
    head = network.get_layer(LOGITS)
    maps = _Maps(head, name=MAPS, dtype="float32")(pooling.input)
    return keras.Model(network.input, network.output | {MAPS: maps}, name=network.name)


class _Maps(keras.layers.Layer):
    """The head's kernel at each place; it has no weights of its own."""

    def __init__(self, head: keras.layers.Dense, **options):
        super().__init__(**options)
        self._head = [head]  # In a list of its own, a layer would be counted twice.

    def call(self, activations):
        return tf.matmul(activations, self._head[0].kernel)
