import keras
import numpy as np
import pytest

from hemoserve_training.networks.activation_maps import with_activation_maps
from hemoserve_training.networks.architectures import ARCHITECTURES


@pytest.mark.parametrize(("name", "size_px", "places"), [("inceptionv3", 80, 1), ("vgg16", 96, 3)])
def test_a_map_averages_to_its_logit_less_the_bias(name, size_px, places):
    keras.utils.set_random_seed(1)
    network = ARCHITECTURES[name](8, 0.5, size_px)
    network.get_layer("logits").bias.assign(np.arange(8))
    crops = np.random.default_rng(0).integers(0, 256, (2, size_px, size_px, 3)).astype(np.float32)
    expected = network.predict_on_batch(crops)
    served = with_activation_maps(network)
    outputs = served.predict_on_batch(crops)
    for output, values in expected.items():
        np.testing.assert_array_equal(outputs[output], values)
    assert outputs["activationMaps"].shape == (2, places, places, 8)
    means = outputs["activationMaps"].mean(axis=(1, 2))
    assert np.ptp(means) > 1e-3
    np.testing.assert_allclose(means + np.arange(8), expected["logits"], atol=1e-4)
    assert {id(variable) for variable in served.variables} == {id(variable) for variable in network.variables}
    keras.backend.clear_session()


def test_a_network_that_does_not_average_its_features_has_none():
    network = ARCHITECTURES["lenet5"](8, 0.5, 32)
    assert with_activation_maps(network) is network
