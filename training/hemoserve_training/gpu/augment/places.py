"""Flips, turns, magnifies, stretches and shifts crops, all in one bilinear resampling: every further one
would blur."""

import math
from typing import NamedTuple

import torch
from torch.nn import functional

from ..config import Changes
from .random import chance, uniform

# From this magnification on, a crop is taken from its fine pixels.
FINE_FROM = 1.35


class Places(NamedTuple):
    """For each crop (n,): magnification; angle in radians; flip, 1 or -1; aspect, the factor by which x is
    stretched against y; shift_x, shift_y: of the middle, as fractions of the part that is seen."""

    magnification: torch.Tensor
    angle: torch.Tensor
    flip: torch.Tensor
    aspect: torch.Tensor
    shift_x: torch.Tensor
    shift_y: torch.Tensor


def draw_places(n: int, changes: Changes, device: torch.device) -> Places:
    def between(low: float, high: float) -> torch.Tensor:
        return uniform(low, high, n, device=device)

    widely = between(*map(math.log, changes.magnification))
    narrowly = between(-changes.zoom, changes.zoom)
    return Places(
        magnification=torch.where(chance(changes.wide, n, device), widely, narrowly).exp(),
        angle=between(-math.pi, math.pi),
        flip=torch.where(chance(0.5, n, device), -1.0, 1.0),
        aspect=between(-changes.aspect, changes.aspect).exp(),
        shift_x=between(-changes.shift, changes.shift),
        shift_y=between(-changes.shift, changes.shift),
    )


def matrices(places: Places) -> torch.Tensor:
    """From a point of the output to the point of the crop (n, 2, 3); coordinates go from -1 to 1 over a
    side."""
    cos, sin = places.angle.cos() / places.magnification, places.angle.sin() / places.magnification
    # The side is 2 in these coordinates.
    right, down = (2 * shift / places.magnification for shift in (places.shift_x, places.shift_y))
    return torch.stack(
        [
            torch.stack([cos * places.flip * places.aspect, -sin * places.aspect, right], 1),
            torch.stack([sin * places.flip / places.aspect, cos / places.aspect, down], 1),
        ],
        1,
    )


def resample(fine: torch.Tensor, coarse: torch.Tensor, chosen: torch.Tensor, places: Places) -> torch.Tensor:
    """The chosen crops at their places, float32 of the side of `coarse`. What lies beyond the edge is
    mirrored.

    fine, coarse: uint8 (all crops, 3, side, side) at two sides.
    """
    side = coarse.shape[-1]
    grid = functional.affine_grid(matrices(places), [len(chosen), 3, side, side], align_corners=False)
    out = torch.empty(len(chosen), 3, side, side, device=coarse.device)
    magnified = places.magnification > FINE_FROM
    for mask, source in ((magnified, fine), (~magnified, coarse)):
        picked = mask.nonzero()[:, 0]
        if len(picked):
            out[picked] = functional.grid_sample(
                source[chosen[picked]].float(), grid[picked], padding_mode="reflection", align_corners=False
            )
    return out
