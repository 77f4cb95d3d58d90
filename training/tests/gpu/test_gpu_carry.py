"""The two definitions of each network are the same: random weights carried over give equal outputs."""

import keras
import numpy as np
import pytest
from small_runs import WHY

torch = pytest.importorskip("torch", reason=WHY)

from hemoserve_training.gpu.carry import carry_from_keras, carry_to_keras
from hemoserve_training.gpu.networks import NETWORKS
from hemoserve_training.networks.architectures import ARCHITECTURES

SIZES = {"inceptionv3": 96, "vgg16": 64}


@pytest.fixture(params=SIZES, scope="module")
def both(request):
    """Both definitions with unlike random weights, and crops for them."""
    name, side = request.param, SIZES[request.param]
    # Layers that were made before, so that the numbers in Keras' names do not start at 0.
    keras.layers.Conv2D(1, 1)
    network, model = NETWORKS[name](8, 0.2).eval(), ARCHITECTURES[name](8, 0.2, side)
    crops = np.random.default_rng(1).integers(0, 256, (3, side, side, 3)).astype(np.float32)
    return network, model, crops


def randomize(network, seed: int) -> None:
    """Other weights, and statistics as after training."""
    torch.manual_seed(seed)
    for unit in network.units():
        norm = unit.normalization
        torch.nn.init.kaiming_uniform_(unit.convolution.weight)
        torch.nn.init.normal_(norm.bias, 0, 0.1)
        torch.nn.init.normal_(norm.running_mean, 0, 0.1)
        torch.nn.init.uniform_(norm.running_var, 0.5, 2)
    torch.nn.init.normal_(network.logits.bias)


def outputs(network, model, crops) -> tuple[np.ndarray, np.ndarray]:
    with torch.no_grad():
        ours = network(torch.from_numpy(crops).permute(0, 3, 1, 2)).numpy()
    return ours, np.asarray(model(crops, training=False)["logits"])


def assert_equal(ours: np.ndarray, theirs: np.ndarray) -> None:
    scale = np.abs(theirs).max()
    assert scale > 0.1
    np.testing.assert_allclose(ours / scale, theirs / scale, atol=1e-5)


def test_random_weights_give_equal_outputs_in_both_directions(both):
    network, model, _ = both
    randomize(network, 1)
    carry_to_keras(network, model)
    first, theirs = outputs(*both)
    assert_equal(first, theirs)
    randomize(network, 2)
    others, _ = outputs(*both)
    assert np.abs(others - first).max() > 0.01 * np.abs(first).max()
    carry_from_keras(model, network)
    np.testing.assert_array_equal(outputs(*both)[0], first)


def test_a_way_there_and_back_loses_nothing(both):
    network, model, _ = both
    randomize(network, 3)
    carry_to_keras(network, model)
    weights = [np.array(weight) for weight in model.get_weights()]
    randomize(network, 4)
    carry_from_keras(model, network)
    for variable in model.weights:
        variable.assign(np.zeros(variable.shape))
    carry_to_keras(network, model)
    for kept, weight in zip(weights, model.get_weights(), strict=True):
        np.testing.assert_array_equal(weight, kept)


def test_weights_of_another_network_are_an_error(both):
    network, model, _ = both
    other = NETWORKS["vgg16" if len(network.units()) > 13 else "inceptionv3"](8, 0.2)
    with pytest.raises(ValueError, match="not compatible|argument"):
        carry_to_keras(other, model)
    with pytest.raises(ValueError, match="weights of another network|argument"):
        carry_from_keras(model, other)


def test_running_statistics_keep_99_parts_in_100_as_keras_momentum():
    network = NETWORKS["vgg16"](8, 0.0).train()
    first = network.units()[0]
    crops = torch.rand(4, 3, 32, 32) * 255
    with torch.no_grad():
        network(crops)
        values = first.convolution(crops / 127.5 - 1)
    torch.testing.assert_close(first.normalization.running_mean, 0.01 * values.mean((0, 2, 3)))
