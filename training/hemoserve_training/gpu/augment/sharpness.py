"""Crops out of focus, or sharpened by a camera: x + amount (x - blurred x)."""

import math
from typing import NamedTuple

import torch
from torch.nn import functional

from ..config import Changes
from .random import chance, each, uniform

SMALLEST_SIGMA = 0.3
# Of the changed crops this share is blurred, the others are sharpened by at most this amount.
BLURRED = 0.75
SHARPEST = 0.8


class Sharpness(NamedTuple):
    """For each crop (n,): sigma, the blur's standard deviation in pixels; amount, from -1 (blurred) over 0
    (as it is) to SHARPEST."""

    sigma: torch.Tensor
    amount: torch.Tensor


def draw_sharpness(n: int, changes: Changes, device: torch.device) -> Sharpness:
    drawn = torch.rand(n, device=device)
    amount = torch.where(chance(BLURRED, n, device), -(drawn**0.5), SHARPEST * drawn)
    return Sharpness(
        sigma=uniform(SMALLEST_SIGMA, max(SMALLEST_SIGMA, changes.blur_sigma), n, device=device),
        amount=amount * chance(changes.blur, n, device),
    )


def sharpen(crops: torch.Tensor, sharpness: Sharpness, largest_sigma: float) -> torch.Tensor:
    """Crops blurred by a Gaussian or sharpened; mirrored at the edge.

    largest_sigma: of all that were drawn; it sets how far the Gaussian reaches, 2.5 of it.
    """
    n, channels, side, _ = crops.shape
    reach = max(1, math.ceil(2.5 * largest_sigma))
    distance = torch.arange(-reach, reach + 1, device=crops.device)
    weights = torch.softmax(-0.5 * (distance / sharpness.sigma.view(n, 1)) ** 2, 1).repeat_interleave(
        channels, 0
    )
    # Each crop's channels are a group of their own, with the crop's Gaussian.
    channel_by_channel = crops.reshape(1, n * channels, side, side)
    blurred = functional.pad(channel_by_channel, [reach] * 4, mode="reflect")
    blurred = functional.conv2d(blurred, weights.view(n * channels, 1, 1, -1), groups=n * channels)
    blurred = functional.conv2d(blurred, weights.view(n * channels, 1, -1, 1), groups=n * channels)
    return (crops + each(sharpness.amount) * (crops - blurred.view_as(crops))).clamp(0, 255)
