"""Crops that were compressed as JPEG once more, with the cosine transform as a product of matrices."""

import math

import torch
from torch.nn import functional

from .random import chance, uniform

LOWEST_QUALITY, HIGHEST_QUALITY = 10, 75
# The files that arrive are larger than the input by about this factor, and so are their blocks of 8 pixels.
ENLARGEMENT = 2
BLOCK = 8

# ITU-T T.81, annex K: steps of luma and of chroma at quality 50.
LUMA_STEPS = (
    *(16, 11, 10, 16, 24, 40, 51, 61),
    *(12, 12, 14, 19, 26, 58, 60, 55),
    *(14, 13, 16, 24, 40, 57, 69, 56),
    *(14, 17, 22, 29, 51, 87, 80, 62),
    *(18, 22, 37, 56, 68, 109, 103, 77),
    *(24, 35, 55, 64, 81, 104, 113, 92),
    *(49, 64, 78, 87, 103, 121, 120, 101),
    *(72, 92, 95, 98, 112, 100, 103, 99),
)
CHROMA_STEPS = (
    *(17, 18, 24, 47, *[99] * 4),
    *(18, 21, 26, 66, *[99] * 4),
    *(24, 26, 56, *[99] * 5),
    *(47, 66, *[99] * 6),
    *[99] * 32,
)


def draw_qualities(n: int, probability: float, device: torch.device) -> torch.Tensor:
    """libjpeg's quality for each crop (n,); 0 for one that is not compressed."""
    return uniform(LOWEST_QUALITY, HIGHEST_QUALITY, n, device=device) * chance(probability, n, device)


def recompress(crops: torch.Tensor, qualities: torch.Tensor) -> torch.Tensor:
    """Crops as after libjpeg with 4:2:0, at ENLARGEMENT times the side and scaled down again; those of
    quality 0 stay.

    The side must be a multiple of 8.
    """
    picked = (qualities > 0).nonzero()[:, 0]
    if not len(picked):
        return crops
    enlarged = functional.interpolate(crops[picked], scale_factor=ENLARGEMENT, mode="bilinear")
    compressed = compress(enlarged, qualities[picked])
    out = crops.clone()
    out[picked] = functional.avg_pool2d(compressed, ENLARGEMENT)
    return out


def compress(crops: torch.Tensor, qualities: torch.Tensor) -> torch.Tensor:
    """What a JPEG file of each crop would show; its side is a multiple of 16."""
    red, green, blue = crops.unbind(1)
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    chroma = torch.stack([0.564 * (blue - luma), 0.713 * (red - luma)], 1)
    luma = quantize(luma[:, None] - 128, LUMA_STEPS, qualities)[:, 0] + 128
    chroma = quantize(functional.avg_pool2d(chroma, 2), CHROMA_STEPS, qualities)
    to_blue, to_red = functional.interpolate(chroma, scale_factor=2, mode="bilinear").unbind(1)
    green = luma - 0.344 * to_blue - 0.714 * to_red
    return torch.stack([luma + 1.403 * to_red, green, luma + 1.773 * to_blue], 1).clamp(0, 255)


def quantize(planes: torch.Tensor, steps: tuple[int, ...], qualities: torch.Tensor) -> torch.Tensor:
    """Planes (n, planes, height, width) whose blocks' frequencies are rounded to steps of the quality."""
    n, count, height, width = planes.shape
    blocks = planes.view(n, count, height // BLOCK, BLOCK, width // BLOCK, BLOCK).transpose(3, 4)
    scale = torch.where(qualities < 50, 5000 / qualities, 200 - 2 * qualities).view(n, 1, 1, 1, 1, 1)
    table = torch.tensor(steps, dtype=torch.float32, device=planes.device).view(BLOCK, BLOCK)
    step = ((table * scale + 50) / 100).floor().clamp(1, 255)
    cosines = cosine_matrix(planes.device)
    frequencies = ((cosines @ blocks @ cosines.T) / step).round() * step
    return (cosines.T @ frequencies @ cosines).transpose(3, 4).reshape(n, count, height, width)


def cosine_matrix(device: torch.device) -> torch.Tensor:
    """The orthonormal cosine transform of 8 values (Ahmed et al. 1974), a frequency a row."""
    index = torch.arange(BLOCK, dtype=torch.float32, device=device)
    cosines = torch.cos((2 * index + 1) * index[:, None] * math.pi / (2 * BLOCK)) / 2
    cosines[0] *= math.sqrt(0.5)
    return cosines
