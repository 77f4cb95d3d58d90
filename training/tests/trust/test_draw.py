"""Pictures without a cell as the network would get them, drawn from generated cells."""

import numpy as np
import pytest
from conftest import CELLS

from hemoserve_training.data.preprocessing import Preprocessing
from hemoserve_training.trust import non_cells
from hemoserve_training.trust.draw import draw_kinds

SPEC = Preprocessing(32, 24)
EVERY_KIND = non_cells.FROM_CROP | non_cells.FROM_TWO_CROPS | non_cells.FROM_PICTURES | non_cells.SHIFTED


def drawn(pictures: dict, seed: int) -> dict[str, np.ndarray]:
    return dict(draw_kinds(sorted(CELLS.glob("*.jpg")), pictures, 2, SPEC, seed))


@pytest.fixture(scope="module")
def kinds():
    pictures = sorted(CELLS.glob("p*.jpg"))
    return drawn({"everyday": pictures, "tissue": pictures}, seed=1)


def test_every_kind_is_drawn_at_the_networks_size(kinds):
    assert kinds.keys() == EVERY_KIND.keys()
    assert all(of.shape == (2, 24, 32, 3) and of.dtype == np.uint8 for of in kinds.values())


def test_the_same_seed_draws_the_same_and_kinds_without_pictures_are_left_out(kinds):
    again = drawn({}, seed=1)
    assert again.keys() == EVERY_KIND.keys() - non_cells.FROM_PICTURES.keys()
    assert all(np.array_equal(of, kinds[kind]) for kind, of in again.items())
    assert not np.array_equal(drawn({}, seed=2)["noise"], kinds["noise"])
