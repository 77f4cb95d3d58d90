"""Patches that may cover a part of a crop: deposits of stain, bubbles, glare (random erasing, Zhong et al.
2020)."""

from typing import NamedTuple

import torch

from .random import chance, uniform

# Least and largest half height and half width, as fractions of the side.
RADIUS = (0.02, 0.12)
# Values of the patches, in turn; None is a colour at random.
FILLS = (0.0, None, 255.0)


class Patches(NamedTuple):
    """For each crop: whether it gets a patch (n,); middle and radius as fractions of the side, y and x (n,
    2); whether it is an ellipse, otherwise a rectangle (n,); its colour, 0-255 (n, 3)."""

    present: torch.Tensor
    middle: torch.Tensor
    radius: torch.Tensor
    ellipse: torch.Tensor
    colour: torch.Tensor


def draw_patches(n: int, probability: float, fill: float | None, device: torch.device) -> Patches:
    return Patches(
        present=chance(probability, n, device),
        middle=uniform(0, 1, n, 2, device=device),
        radius=uniform(*RADIUS, n, 2, device=device),
        ellipse=chance(0.5, n, device),
        colour=uniform(0, 255, n, 3, device=device)
        if fill is None
        else torch.full((n, 3), fill, device=device),
    )


def cover(crops: torch.Tensor, patches: Patches) -> torch.Tensor:
    """Crops with their patches."""
    n, _, side, _ = crops.shape
    place = torch.arange(side, device=crops.device) / side
    # Distance from the middle in radii: down (n, side, 1) and across (n, 1, side).
    away = (place - patches.middle[..., None]).abs() / patches.radius[..., None]
    down, across = away[:, 0, :, None], away[:, 1, None, :]
    inside = torch.where(patches.ellipse.view(n, 1, 1), down**2 + across**2 < 1, (down < 1) & (across < 1))
    covered = inside & patches.present.view(n, 1, 1)
    return torch.where(covered[:, None], patches.colour.view(n, 3, 1, 1), crops)
