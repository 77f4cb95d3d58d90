"""Colours against numpy and scipy, a crop at a time."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from small_runs import NOTHING, STRONG, WHY

torch = pytest.importorskip("torch", reason=WHY)

from hemoserve_training.gpu.augment.colour import Colours, draw_colours, recolour, saturation, turn_of_hue

CPU = torch.device("cpu")
LUMA = np.array([0.299, 0.587, 0.114])


@pytest.fixture
def crops():
    return torch.from_numpy(np.random.default_rng(1).uniform(0, 255, (5, 3, 8, 8)).astype(np.float32))


def slow(crop: np.ndarray, stain, light, contrast, gamma) -> np.ndarray:
    """One crop, a pixel at a time."""
    out = np.zeros_like(crop)
    for y in range(8):
        for x in range(8):
            density = stain @ -np.log((crop[:, y, x] + 1) / 256)
            stained = np.clip(256 * np.exp(-density) - 1, 0, 255)
            out[:, y, x] = light @ stained
    out = np.clip(out.mean() + contrast * (out - out.mean()), 0, 255)
    return 255 * np.clip(out / 255, 1e-4, 1) ** gamma


def test_recolouring_is_that_of_a_pixel_at_a_time(crops):
    torch.manual_seed(3)
    drawn = draw_colours(5, STRONG, CPU)
    changed = recolour(crops, drawn)
    assert (changed - crops).abs().mean() > 3
    for index in range(5):
        expected = slow(crops[index].double().numpy(), *(part[index].double().numpy() for part in drawn))
        np.testing.assert_allclose(changed[index], expected, atol=0.02)


def test_no_strength_changes_nothing(crops):
    changed = recolour(crops, draw_colours(5, NOTHING, CPU))
    torch.testing.assert_close(changed, crops, atol=0.05, rtol=0)


def test_saturation_moves_from_the_grey_of_the_same_luma():
    factors = torch.tensor([0.0, 0.5, 1.0, 1.7]).view(-1, 1, 1)
    colour = np.array([200.0, 90.0, 160.0])
    for factor, matrix in zip(factors.flatten().tolist(), saturation(factors), strict=True):
        grey = LUMA @ colour
        np.testing.assert_allclose(matrix.numpy() @ colour, grey + factor * (colour - grey), rtol=1e-5)


def test_a_turn_of_the_hue_is_a_rotation_about_the_greys():
    angles = torch.tensor([0.0, 0.3, -1.2, 3.0]).view(-1, 1, 1)
    for angle, matrix in zip(angles.flatten().tolist(), turn_of_hue(angles), strict=True):
        expected = Rotation.from_rotvec(angle / np.sqrt(3) * np.ones(3)).as_matrix()
        np.testing.assert_allclose(matrix, expected, atol=1e-6)


def test_white_stays_white_under_a_stain():
    white = torch.full((200, 3, 4, 4), 255.0)
    drawn = draw_colours(200, replace(NOTHING, stain=0.5, stain_mix=0.2), CPU)
    assert drawn.stain.std() > 0.05
    torch.testing.assert_close(recolour(white, drawn), white)


def test_each_strength_has_its_limits_and_most_crops_change_little():
    torch.manual_seed(1)
    drawn = draw_colours(4000, replace(NOTHING, brightness=0.4, contrast=0.3, gamma=0.2), CPU)
    # Brightness alone is a multiple of the identity.
    brightness = drawn.light[:, 0, 0].log()
    torch.testing.assert_close(drawn.light[:, 1, 1].log(), brightness, atol=1e-5, rtol=0)
    for value, limit in ((brightness, 0.4), (drawn.contrast.log(), 0.3), (drawn.gamma.log(), 0.2)):
        assert 0.9 * limit < value.abs().max() <= limit
        assert value.abs().median() < 0.25 * limit
        assert value.mean().abs() < 0.03 * limit
    unchanged = (brightness == 0).float().mean()
    assert 0.07 < unchanged < 0.13
    channels = draw_colours(4000, replace(NOTHING, channel=(0.3, 0.3, 0.65)), CPU).light
    for index, limit in enumerate((0.3, 0.3, 0.65)):
        assert 0.9 * limit < channels[:, index, index].log().abs().max() <= limit


def test_the_tuple_has_what_recolour_takes():
    one = Colours(torch.eye(3)[None], 0.5 * torch.eye(3)[None], torch.ones(1), torch.ones(1))
    torch.testing.assert_close(recolour(torch.full((1, 3, 2, 2), 100.0), one), torch.full((1, 3, 2, 2), 50.0))
