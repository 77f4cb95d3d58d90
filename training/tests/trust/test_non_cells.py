"""Each kind of picture without a cell is what its name says, drawn from generated cells."""

import numpy as np
import pytest
from conftest import CELLS
from PIL import Image

from hemoserve_training.trust import non_cells

CROP = np.asarray(Image.open(CELLS / "neutrophil.jpg").convert("RGB"))
OTHER = np.asarray(Image.open(CELLS / "eosinophil.jpg").convert("RGB"))


@pytest.mark.parametrize("name", [*non_cells.FROM_CROP, *non_cells.SHIFTED, *non_cells.FROM_PICTURES])
def test_a_kind_changes_the_crop_and_is_the_same_for_the_same_seed(name):
    draw = (non_cells.FROM_CROP | non_cells.SHIFTED | non_cells.FROM_PICTURES)[name]
    first, again = (draw(np.random.default_rng(1), CROP) for _ in range(2))
    assert first.dtype == np.uint8
    assert np.array_equal(first, again)
    assert first.shape != CROP.shape or np.abs(first.astype(int) - CROP).mean() > 1


def test_two_cells_have_one_of_each_crop():
    both = non_cells.two_cells(np.random.default_rng(4), CROP, OTHER)
    assert sorted(both.shape) == sorted(CROP.shape)
    upright = next(
        turned
        for turns in range(4)
        if np.array_equal((turned := np.rot90(both, turns))[5, 5], CROP[5, CROP.shape[1] // 4 + 5])
    )
    quarter = CROP.shape[1] // 4
    assert np.array_equal(upright[:, :quarter], CROP[:, quarter : 2 * quarter])


def test_half_a_cell_is_cut_at_its_middle():
    cut = non_cells.half_cell(np.random.default_rng(2), CROP)
    half = CROP.shape[1] - CROP.shape[1] // 2
    assert any(np.array_equal(np.rot90(cut, turns)[:, :half], CROP[:, -half:]) for turns in range(4))


def test_zoom_is_three():
    assert non_cells.zoomed_in(None, CROP).shape[0] == CROP.shape[0] // 3
    assert non_cells.zoomed_out(None, CROP).shape[0] == CROP.shape[0] * 3
