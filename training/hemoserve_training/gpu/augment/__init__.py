"""Random changes to training crops, on the card. Each crop draws its own, and each change is a few tensor
operations on the whole batch: a `draw_…` chooses at random, and a function of what was drawn does it.

They stand for another scale, cut, stain, lamp, camera or focus, and for what may lie on a cell. Crops are
float32 (n, 3, side, side), values 0-255; draws are from PyTorch's global generators.
"""

import torch

from ..config import Changes
from .colour import draw_colours, recolour
from .jpeg import draw_qualities, recompress
from .patches import FILLS, cover, draw_patches
from .places import draw_places, resample
from .sharpness import draw_sharpness, sharpen


def augment(fine: torch.Tensor, coarse: torch.Tensor, chosen: torch.Tensor, changes: Changes) -> torch.Tensor:
    """Changed crops of the side of `coarse`.

    fine, coarse: uint8 (all crops, 3, side, side) at two sides; chosen: indices of the batch's crops (n,).
    """
    n, device = len(chosen), coarse.device
    crops = resample(fine, coarse, chosen, draw_places(n, changes, device))
    crops = recolour(crops, draw_colours(n, changes, device))
    for fill in FILLS:
        crops = cover(crops, draw_patches(n, changes.erase, fill, device))
    crops = sharpen(crops, draw_sharpness(n, changes, device), changes.blur_sigma)
    deviation = changes.noise * torch.rand(n, 1, 1, 1, device=device) ** 2
    crops = (crops + deviation * torch.randn_like(crops)).clamp(0, 255)
    return recompress(crops, draw_qualities(n, changes.jpeg, device))
