import keras

from .head import crops_input, with_head


def inceptionv3(class_count: int, dropout: float, size_px: int) -> keras.Model:
    """Szegedy et al. 2015, arXiv:1512.00567, as in keras.applications, with global average pooling and
    one dense layer. Any side from 75 px on."""
    crops, normalized = crops_input(None, scale=1 / 127.5, offset=-1)
    backbone = keras.applications.InceptionV3(
        weights=None, include_top=False, pooling="avg", input_tensor=normalized
    )
    return with_head(crops, backbone.output, class_count, dropout, "inceptionv3")
