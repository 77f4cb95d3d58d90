"""Configuration D of Simonyan & Zisserman 2015, arXiv:1409.1556, with batch normalization and global
average pooling."""

from torch.nn import MaxPool2d, Sequential

from .units import Network, Unit

# Filters of each block's convolutions; a pooling follows each block.
BLOCKS = [[64] * 2, [128] * 2, [256] * 3, [512] * 3, [512] * 3]


def vgg16(class_count: int, dropout: float) -> Network:
    layers, inputs = [], 3
    for block in BLOCKS:
        for filters in block:
            layers.append(Unit(inputs, filters, 3))
            inputs = filters
        layers.append(MaxPool2d(2))
    return Network(Sequential(*layers), inputs, class_count, dropout)
