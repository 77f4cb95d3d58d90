"""Flips, turns, magnifications and shifts against a pixel at a time."""

import math

import numpy as np
import pytest
from small_runs import NOTHING, STRONG, WHY

torch = pytest.importorskip("torch", reason=WHY)

from dataclasses import replace

from hemoserve_training.gpu.augment.places import FINE_FROM, Places, draw_places, resample

FINE, COARSE = 12, 8


@pytest.fixture
def crops():
    rng = np.random.default_rng(1)
    fine = rng.integers(0, 256, (6, 3, FINE, FINE), np.uint8)
    return torch.from_numpy(fine), torch.from_numpy(rng.integers(0, 256, (6, 3, COARSE, COARSE), np.uint8))


def mirrored(index: int, side: int) -> int:
    while not 0 <= index < side:
        index = -1 - index if index < 0 else 2 * side - 1 - index
    return index


def value_at(crop: np.ndarray, y: float, x: float) -> np.ndarray:
    """Bilinear between pixels, whose middles are at whole numbers; mirrored at the edge."""
    side, top, left = crop.shape[-1], math.floor(y), math.floor(x)
    total = np.zeros(3)
    for row in (top, top + 1):
        for column in (left, left + 1):
            weight = (1 - abs(y - row)) * (1 - abs(x - column))
            total += weight * crop[:, mirrored(row, side), mirrored(column, side)]
    return total


def slow(fine: np.ndarray, coarse: np.ndarray, place: dict[str, float]) -> np.ndarray:
    """One crop: each output pixel is looked up where turning back finds it, in pixels of the source."""
    source = fine if place["magnification"] > FINE_FROM else coarse
    side, scale = source.shape[-1], source.shape[-1] / COARSE
    middle = (side - 1) / 2
    out = np.zeros((3, COARSE, COARSE))
    for row in range(COARSE):
        for column in range(COARSE):
            y, x = (row - (COARSE - 1) / 2) * scale, (column - (COARSE - 1) / 2) * scale
            x *= place["flip"]
            cos, sin = math.cos(place["angle"]), math.sin(place["angle"])
            # As the crop is flipped first, its flip turns the sine's part of x with it.
            turned_x = (cos * x - sin * y) * place["aspect"]
            turned_y = (sin * x + cos * y) / place["aspect"]
            away_x = turned_x / place["magnification"] + place["shift_x"] * side / place["magnification"]
            away_y = turned_y / place["magnification"] + place["shift_y"] * side / place["magnification"]
            out[:, row, column] = value_at(source, middle + away_y, middle + away_x)
    return out


def test_resampling_is_that_of_a_pixel_at_a_time(crops):
    fine, coarse = crops
    chosen = torch.tensor([3, 0, 5, 3, 1, 2])
    drawn = {
        "magnification": [1.0, 0.75, 2.6, 1.3, 1.4, 1.0],
        "angle": [0.0, 0.4, -2.0, 3.0, 1.0, 0.0],
        "flip": [1.0, -1.0, 1.0, -1.0, -1.0, -1.0],
        "aspect": [1.0, 1.08, 0.93, 1.0, 1.05, 1.0],
        "shift_x": [0.0, 0.05, -0.06, 0.02, 0.0, 0.0],
        "shift_y": [0.0, -0.03, 0.04, 0.06, 0.01, 0.0],
    }
    moved = resample(fine, coarse, chosen, Places(**{name: torch.tensor(row) for name, row in drawn.items()}))
    for index, crop in enumerate(chosen.tolist()):
        place = {name: row[index] for name, row in drawn.items()}
        expected = slow(fine[crop].numpy(), coarse[crop].numpy(), place)
        np.testing.assert_allclose(moved[index], expected, atol=2e-3)
    # One that nothing happens to, and one that is only flipped.
    torch.testing.assert_close(moved[0], coarse[3].float(), atol=1e-3, rtol=0)
    torch.testing.assert_close(moved[5], coarse[2].flip(-1).float(), atol=1e-3, rtol=0)


def test_what_is_drawn_keeps_its_limits():
    torch.manual_seed(1)
    drawn = draw_places(4000, STRONG, torch.device("cpu"))
    assert drawn.magnification.min() > 0.75 and drawn.magnification.max() < 2.6
    wide = (drawn.magnification.log().abs() > STRONG.zoom).float().mean()
    # The share of the wide ones that lie beyond the narrow ones' limits.
    span = math.log(2.6) - math.log(0.75)
    beyond = 1 - 2 * STRONG.zoom / span
    assert wide == pytest.approx(STRONG.wide * beyond, abs=0.03)
    for value, limit in ((drawn.aspect.log(), 0.08), (drawn.shift_x, 0.06), (drawn.shift_y, 0.06)):
        assert 0.95 * limit < value.abs().max() <= limit
    assert 0.45 < (drawn.flip == 1).float().mean() < 0.55
    assert drawn.angle.abs().max() > 3.1
    close = draw_places(50, replace(NOTHING, wide=1.0, magnification=(3.0, 3.0)), torch.device("cpu"))
    torch.testing.assert_close(close.magnification, torch.full((50,), 3.0))
