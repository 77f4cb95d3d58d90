"""Szegedy et al. 2015, arXiv:1512.00567, layer for layer as in keras.applications."""

from torch import nn
from torch.nn import MaxPool2d, Sequential

from .units import AveragePool, Branches, Network, Unit


def inceptionv3(class_count: int, dropout: float) -> Network:
    stem = [
        Unit(3, 32, 3, stride=2, pad=False),
        Unit(32, 32, 3, pad=False),
        Unit(32, 64, 3),
        MaxPool2d(3, 2),
        Unit(64, 80, 1),
        Unit(80, 192, 3, pad=False),
        MaxPool2d(3, 2),
    ]
    blocks = [
        *[_block_35(192, 32), _block_35(256, 64), _block_35(288, 64), _to_17()],
        *[_block_17(128), _block_17(160), _block_17(160), _block_17(192), _to_8()],
        *[_block_8(1280), _block_8(2048)],
    ]
    return Network(Sequential(*stem, *blocks), 2048, class_count, dropout)


# Each block's ways come in the order in which keras.applications creates them. The numbers in their names are
# the sides of the activations at the paper's 299 px.


def _block_35(inputs: int, pooled: int) -> nn.Module:
    return Branches(
        Unit(inputs, 64, 1),
        Sequential(Unit(inputs, 48, 1), Unit(48, 64, 5)),
        Sequential(Unit(inputs, 64, 1), Unit(64, 96, 3), Unit(96, 96, 3)),
        Sequential(AveragePool(), Unit(inputs, pooled, 1)),
    )


def _to_17() -> nn.Module:
    return Branches(
        Unit(288, 384, 3, stride=2, pad=False),
        Sequential(Unit(288, 64, 1), Unit(64, 96, 3), Unit(96, 96, 3, stride=2, pad=False)),
        MaxPool2d(3, 2),
    )


def _block_17(width: int) -> nn.Module:
    row, column = (1, 7), (7, 1)
    return Branches(
        Unit(768, 192, 1),
        Sequential(Unit(768, width, 1), Unit(width, width, row), Unit(width, 192, column)),
        Sequential(
            Unit(768, width, 1),
            Unit(width, width, column),
            Unit(width, width, row),
            Unit(width, width, column),
            Unit(width, 192, row),
        ),
        Sequential(AveragePool(), Unit(768, 192, 1)),
    )


def _to_8() -> nn.Module:
    return Branches(
        Sequential(Unit(768, 192, 1), Unit(192, 320, 3, stride=2, pad=False)),
        Sequential(
            Unit(768, 192, 1),
            Unit(192, 192, (1, 7)),
            Unit(192, 192, (7, 1)),
            Unit(192, 192, 3, stride=2, pad=False),
        ),
        MaxPool2d(3, 2),
    )


def _block_8(inputs: int) -> nn.Module:
    def cross() -> nn.Module:
        return Branches(Unit(384, 384, (1, 3)), Unit(384, 384, (3, 1)))

    return Branches(
        Unit(inputs, 320, 1),
        Sequential(Unit(inputs, 384, 1), cross()),
        Sequential(Unit(inputs, 448, 1), Unit(448, 384, 3), cross()),
        Sequential(AveragePool(), Unit(inputs, 192, 1)),
    )
