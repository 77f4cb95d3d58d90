"""What every network shares: its input and its two outputs."""

import keras

from ..ends import FEATURES, INPUT, LOGITS


def crops_input(size_px: int | None, scale: float = 1 / 255, offset: float = 0.0) -> tuple:
    """The input of crops, values 0-255, and the same normalized; any side where `size_px` is None."""
    crops = keras.Input((size_px, size_px, 3), name=INPUT, dtype="float32")
    return crops, keras.layers.Rescaling(scale, offset=offset, dtype="float32")(crops)


def with_head(crops, activations, class_count: int, dropout: float, name: str) -> keras.Model:
    """The network from its input to `logits` and `features`; both in float32 under mixed precision too."""
    features = keras.layers.Activation("linear", name=FEATURES, dtype="float32")(activations)
    dropped = keras.layers.Dropout(dropout)(features)
    logits = keras.layers.Dense(class_count, name=LOGITS, dtype="float32")(dropped)
    return keras.Model(crops, {LOGITS: logits, FEATURES: features}, name=name)
