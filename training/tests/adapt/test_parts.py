"""Blocks, folds, draws, the replay set and the gate of home."""

import keras
import numpy as np
import pytest
from scipy.special import softmax

from hemoserve_training.adapt.blocks import block_ends, split, trained_variables
from hemoserve_training.adapt.crossfit import assign_folds, some_of
from hemoserve_training.adapt.draws import draw
from hemoserve_training.adapt.fit import Strength, Tail
from hemoserve_training.adapt.judge import home_loss, home_passes
from hemoserve_training.adapt.replay import read_replay
from hemoserve_training.adapt.views import look
from hemoserve_training.data.classes import CLASSES
from hemoserve_training.data.preprocessing import Preprocessing
from hemoserve_training.networks.architectures import ARCHITECTURES


def test_the_blocks_of_inception_are_its_joins():
    network = ARCHITECTURES["inceptionv3"](8, 0.0, 75)
    names = [end.name for end in block_ends(network)]
    assert names[2:] == [f"mixed{index}" for index in range(11)]
    # Both parts together are the network.
    trunk, rest = split(network, 4)
    crops = np.random.default_rng(1).integers(0, 256, (2, 75, 75, 3)).astype(np.float32)
    np.testing.assert_allclose(rest(trunk(crops))["logits"], network(crops)["logits"], atol=1e-5)
    assert len(trained_variables(network, 0)) == 2
    # 34 convolutions and their normalizations' beta.
    assert len(trained_variables(network, 4)) == 2 + 2 * 34
    with pytest.raises(SystemExit, match="0 to 12 blocks can be trained, not 13"):
        split(network, 13)


def test_what_home_is_to_be_learnt_as_is_what_the_network_said_of_each_view():
    network = ARCHITECTURES["lenet5"](8, 0.0, 32)
    crops = np.random.default_rng(1).integers(0, 256, (5, 32, 32, 3)).astype(np.uint8)
    tail = Tail(network, 1)
    home = tail.remember(look(tail.trunk, crops, np.arange(5), copies=2, seed=1))
    expected = softmax(network(crops.astype(np.float32))["logits"], axis=1)
    np.testing.assert_allclose(home.said[0], expected, atol=2e-3)
    assert np.abs(home.said[1] - expected).max() > 1e-6
    np.testing.assert_array_equal(home.of(np.array([3, 1])).said, home.said[:, [3, 1]])


def test_a_network_learns_the_laboratory_and_can_take_it_back():
    keras.utils.set_random_seed(1)
    network = ARCHITECTURES["lenet5"](8, 0.0, 32)
    rng = np.random.default_rng(1)
    truth = np.repeat([0, 1, 2], 10)
    crops = (np.eye(3)[truth][:, None, None] * 120 + rng.integers(0, 100, (30, 32, 32, 3))).astype(np.uint8)
    tail = Tail(network, 1)
    lab = look(tail.trunk, crops, truth, copies=1, seed=1)
    home = tail.remember(look(tail.trunk, crops[:, :, :, ::-1], truth, copies=1, seed=1))
    before = tail.outputs(lab.activations[0])["logits"]
    tail.fit(lab, home, Strength(blocks=1, least_steps=100), seed=1)
    right = tail.outputs(lab.activations[0])["logits"].argmax(axis=1) == truth
    assert right.mean() > 0.9
    tail.reset()
    np.testing.assert_array_equal(tail.outputs(lab.activations[0])["logits"], before)


def test_every_class_is_spread_over_the_folds():
    truth = np.repeat([0, 3, 5], [2, 20, 7])
    fold = assign_folds(truth, 4, seed=1)
    assert np.bincount(fold[truth == 3]).tolist() == [5, 5, 5, 5]
    assert np.bincount(fold).max() - np.bincount(fold).min() <= 1
    assert len(set(fold[truth == 0])) == 2
    assert np.bincount(truth[some_of(truth, 0.25, seed=1)])[[0, 3, 5]].tolist() == [1, 5, 2]


def test_a_draw_leaves_a_third_of_a_small_class():
    truth = np.repeat([0, 1, 2], [3, 20, 207])
    learnt, rest = draw(truth, 20, seed=1)
    assert np.bincount(truth[learnt]).tolist() == [2, 13, 20]
    assert sorted([*learnt, *rest]) == list(range(len(truth)))
    assert learnt.tolist() != draw(truth, 20, seed=2)[0].tolist()


def test_a_version_ships_crops_of_every_class_with_their_credit(registry):
    import zipfile

    file = registry / "lenet5" / "1.0.0" / "replay.zip"
    crops, truth = read_replay(file, CLASSES, Preprocessing(32, 32))
    assert crops.shape == (32, 32, 32, 3)
    assert np.bincount(truth).tolist() == [4] * 8
    assert b"CC BY 4.0" in zipfile.ZipFile(file).read("LICENCE.txt")
    with pytest.raises(SystemExit, match="has no replay set"):
        read_replay(file.with_name("other.zip"), CLASSES, Preprocessing(32, 32))


@pytest.mark.parametrize(
    ("n", "lost", "passes"), [(240, 2, True), (240, 3, False), (1367, 2, True), (1367, 3, False)]
)
def test_home_may_lose_two_in_a_thousand(n, lost, passes):
    truth = np.zeros(n, int)
    before = np.eye(2)[truth]
    after = before.copy()
    after[:lost] = [0, 1]
    loss = home_loss(before, after, truth)
    assert loss["loss"] == pytest.approx(lost / n)
    assert home_passes(loss, 0.002) == passes
