import keras
from keras import layers

from .head import crops_input, with_head


def lenet5(class_count: int, dropout: float, size_px: int) -> keras.Model:
    """LeCun et al. 1998, with rectifiers and max pooling, as the report built it: 61,836 parameters for
    8 classes at 32 px."""
    return _lenet5("lenet5", class_count, dropout, size_px, filters=(6, 16), units=(120, 84))


def lenet5_wide(class_count: int, dropout: float, size_px: int) -> keras.Model:
    """LeNet-5 at 224 px with more nodes in its middle layers, which the report does not number."""
    return _lenet5("lenet5-wide", class_count, dropout, size_px, filters=(16, 32), units=(240, 168))


def _lenet5(
    name: str,
    class_count: int,
    dropout: float,
    size_px: int,
    filters: tuple[int, int],
    units: tuple[int, int],
) -> keras.Model:
    crops, values = crops_input(size_px)
    for count in filters:
        values = layers.Conv2D(count, 5, activation="relu")(values)
        values = layers.MaxPooling2D()(values)
    values = layers.Flatten()(values)
    for count in units:
        values = layers.Dense(count, activation="relu")(values)
    return with_head(crops, values, class_count, dropout, name)
