import keras
from keras import layers

from .head import crops_input, with_head


def alexnet(class_count: int, dropout: float, size_px: int) -> keras.Model:
    """Krizhevsky et al. 2012 in one column, 227 px, with batch normalization in place of local response
    normalization, which Keras lacks."""
    crops, values = crops_input(size_px)
    for filters, side, stride, padding, pooled in [
        (96, 11, 4, "valid", True),
        (256, 5, 1, "same", True),
        (384, 3, 1, "same", False),
        (384, 3, 1, "same", False),
        (256, 3, 1, "same", True),
    ]:
        values = layers.Conv2D(filters, side, strides=stride, padding=padding, use_bias=False)(values)
        values = layers.BatchNormalization(scale=False)(values)
        values = layers.ReLU()(values)
        if pooled:
            values = layers.MaxPooling2D(3, strides=2)(values)
    values = layers.Flatten()(values)
    values = layers.Dense(4096, activation="relu")(values)
    values = layers.Dropout(dropout)(values)
    values = layers.Dense(4096, activation="relu")(values)
    return with_head(crops, values, class_count, dropout, "alexnet")
