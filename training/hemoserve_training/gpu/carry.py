"""Carries weights between the two definitions of a network, PyTorch's and Keras'."""

import re

import keras
import numpy as np
import torch

from .networks.units import Network


def carry_to_keras(network: Network, target: keras.Model) -> None:
    """Gives a Keras network of the same architecture this one's weights and statistics.

    Raises ValueError where they do not fit.
    """
    for unit, (convolution, normalization) in zip(network.units(), keras_units(target), strict=True):
        norm = unit.normalization
        convolution.set_weights([numpy_of(unit.convolution.weight).transpose(2, 3, 1, 0)])
        normalization.set_weights(
            [numpy_of(value) for value in (norm.bias, norm.running_mean, norm.running_var)]
        )
    head = target.get_layer("logits")
    head.set_weights([numpy_of(network.logits.weight).T, numpy_of(network.logits.bias)])


@torch.no_grad()
def carry_from_keras(source: keras.Model, network: Network) -> None:
    """Gives this network the weights and statistics of a Keras one of the same architecture.

    Raises ValueError where they do not fit.
    """
    for unit, (convolution, normalization) in zip(network.units(), keras_units(source), strict=True):
        norm = unit.normalization
        copy(unit.convolution.weight, convolution.get_weights()[0].transpose(3, 2, 0, 1))
        for ours, value in zip(
            (norm.bias, norm.running_mean, norm.running_var), normalization.get_weights(), strict=True
        ):
            copy(ours, value)
    kernel, bias = source.get_layer("logits").get_weights()
    copy(network.logits.weight, kernel.T)
    copy(network.logits.bias, bias)


def keras_units(network: keras.Model) -> list[tuple[keras.layers.Conv2D, keras.layers.BatchNormalization]]:
    """Its convolutions and normalizations in the order of their creation, which Keras counts in their
    names; the network's own list is sorted by depth."""

    def created(kind: type) -> list:
        layers = [layer for layer in network.layers if isinstance(layer, kind)]
        return sorted(layers, key=lambda layer: int(re.search(r"(?:_(\d+))?$", layer.name)[1] or 0))

    return list(zip(created(keras.layers.Conv2D), created(keras.layers.BatchNormalization), strict=True))


def numpy_of(value: torch.Tensor) -> np.ndarray:
    return value.detach().float().cpu().numpy()


def copy(ours: torch.Tensor, value: np.ndarray) -> None:
    if tuple(ours.shape) != value.shape:
        raise ValueError(f"weights of another network: {value.shape} in place of {tuple(ours.shape)}")
    ours.copy_(torch.from_numpy(np.ascontiguousarray(value)))
