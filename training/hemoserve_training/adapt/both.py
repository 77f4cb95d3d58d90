"""What is learnt from: the laboratory's crops and home's, as the tail and the colours see them."""

from dataclasses import replace

import numpy as np

from ..networks.magnification import Magnification, shrink
from .colours import colour_levels, values_of
from .fit import Tail
from .views import Views, look

# Changed copies of each crop; home has the more crops.
COPIES, HOME_COPIES = 6, 4


def both_views(
    tail: Tail,
    lab: tuple[np.ndarray, np.ndarray],
    home: tuple[np.ndarray, np.ndarray],
    magnification: Magnification | None,
    seed: int,
) -> tuple[Views, Views, np.ndarray]:
    """The views of both, and the levels of their colour values.

    lab, home: uint8 crops (n, side, side, 3) and the index of each one's class (n,).
    """
    (pixels, truth), (home_pixels, home_truth) = lab, home
    levels = colour_levels(pixels)
    # Changed copies are made of what the network sees; of home nothing is shrunk.
    seen = look(tail.trunk, shrink(pixels, magnification), truth, COPIES, seed)
    home_seen = tail.remember(look(tail.trunk, home_pixels, home_truth, HOME_COPIES, seed))
    return (
        replace(seen, colours=values_of(pixels, levels)),
        replace(home_seen, colours=values_of(home_pixels, levels)),
        levels,
    )
