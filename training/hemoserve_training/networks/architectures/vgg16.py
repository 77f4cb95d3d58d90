import keras
from keras import layers

from .head import crops_input, with_head

# Filters of each block's convolutions; a pooling follows each block.
BLOCKS = [[64] * 2, [128] * 2, [256] * 3, [512] * 3, [512] * 3]


def vgg16(class_count: int, dropout: float, size_px: int) -> keras.Model:
    """Configuration D of Simonyan & Zisserman 2015, arXiv:1409.1556, with batch normalization and global
    average pooling in place of the 4,096-wide layers: 59 MB instead of 537. Any side from 32 px on.

    From random weights it does not train without normalization at the learning rates used here.
    """
    crops, values = crops_input(None, scale=1 / 127.5, offset=-1)
    for block in BLOCKS:
        for filters in block:
            values = layers.Conv2D(filters, 3, padding="same", use_bias=False)(values)
            values = layers.BatchNormalization(scale=False)(values)
            values = layers.ReLU()(values)
        values = layers.MaxPooling2D()(values)
    return with_head(crops, layers.GlobalAveragePooling2D()(values), class_count, dropout, "vgg16")


def vgg16_dense(class_count: int, dropout: float, size_px: int) -> keras.Model:
    """VGG16 as in keras.applications, with its two 4,096-wide layers: the report's."""
    crops, normalized = crops_input(size_px)
    backbone = keras.applications.VGG16(weights=None, include_top=False, input_tensor=normalized)
    values = layers.Flatten()(backbone.output)
    for _ in range(2):
        values = layers.Dense(4096, activation="relu")(values)
    return with_head(crops, values, class_count, dropout, "vgg16-dense")
