import keras
import numpy as np
import pytest

from hemoserve_training.networks.architectures import ARCHITECTURES
from hemoserve_training.release.serialize import freeze

# Side in pixels; parameters for 8 classes, counted by hand or as published.
EXPECTED = {
    # 6(5x5x3+1) + 16(5x5x6+1) + 120(400+1) + 84(120+1) + 8(84+1), the report's own sum
    "lenet5": (32, 61_836),
    # 16(5x5x3+1) + 32(5x5x16+1) + 240(53x53x32+1) + 168(240+1) + 8(168+1)
    "lenet5-wide": (224, 1_216 + 12_832 + 21_573_360 + 40_488 + 1_352),
    # keras.applications' 138,357,544 for 1,000 classes, less 992 of them with 4,097 weights each
    "vgg16-dense": (224, 138_357_544 - 992 * 4_097),
    # keras.applications' 14,714,688 without top; its 4,224 biases are the norms' betas here, which have as
    # many means and variances; and the head
    "vgg16": (64, 14_714_688 + 2 * 4_224 + 8 * 513),
    # keras.applications' 21,802,784 without top, and the head
    "inceptionv3": (96, 21_802_784 + 8 * 2_049),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_parameters_add_up(name):
    size_px, parameters = EXPECTED[name]
    assert ARCHITECTURES[name](8, 0.5, size_px).count_params() == parameters
    keras.backend.clear_session()


@pytest.mark.parametrize(("name", "size_px"), [("lenet5", 32), ("alexnet", 227), ("vgg16", 64)])
def test_outputs_and_freezing(name, size_px):
    network = ARCHITECTURES[name](8, 0.5, size_px)
    rng = np.random.default_rng(0)
    for layer in network.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.moving_mean.assign(rng.normal(0, 0.1, layer.moving_mean.shape))
            layer.moving_variance.assign(rng.uniform(0.5, 2, layer.moving_variance.shape))
    crops = rng.integers(0, 256, (2, size_px, size_px, 3)).astype(np.float32)
    before = network.predict_on_batch(crops)
    assert before["logits"].shape == (2, 8)
    assert before["features"].ndim == 2
    freeze(network)
    after = network.predict_on_batch(crops)
    np.testing.assert_allclose(
        after["logits"], before["logits"], atol=2e-3 * np.abs(before["logits"]).max() + 1e-4
    )
    keras.backend.clear_session()
