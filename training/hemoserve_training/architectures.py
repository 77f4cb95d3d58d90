"""The networks. Each takes crops as they are, values 0-255 (batch, side, side, 3), and normalizes inside its
graph; each gives two outputs: `logits` (batch, classes) and `features`, the pooled ones before the head."""

import keras


def inceptionv3(class_count: int, dropout: float) -> keras.Model:
    """Szegedy et al. 2015, arXiv:1512.00567, as in keras.applications, with global average pooling and
    one dense layer. Any side from 75 px on."""
    crops = keras.Input((None, None, 3), name="crops", dtype="float32")
    normalized = keras.layers.Rescaling(1 / 127.5, offset=-1, dtype="float32")(crops)
    backbone = keras.applications.InceptionV3(
        weights=None, include_top=False, pooling="avg", input_tensor=normalized
    )
    features = keras.layers.Activation("linear", name="features", dtype="float32")(backbone.output)
    dropped = keras.layers.Dropout(dropout)(features)
    logits = keras.layers.Dense(class_count, name="logits", dtype="float32")(dropped)
    return keras.Model(crops, {"logits": logits, "features": features}, name="inceptionv3")


ARCHITECTURES = {"inceptionv3": inceptionv3}
