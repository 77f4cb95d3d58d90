"""Stain, lamp, white balance and camera: colours changed by two linear maps, contrast and gamma."""

import math
from typing import NamedTuple

import torch

from ..config import Changes
from .random import chance, each, uniform

# Weights of red, green and blue in the luma of ITU-R BT.601.
LUMA = (0.299, 0.587, 0.114)
# This share of the crops is changed at all.
CHANGED = 0.9


class Colours(NamedTuple):
    """For each crop: stain, a map of optical densities (n, 3, 3); light, a map of RGB values (n, 3, 3);
    contrast, a factor about the crop's mean (n,); gamma, an exponent (n,)."""

    stain: torch.Tensor
    light: torch.Tensor
    contrast: torch.Tensor
    gamma: torch.Tensor


def draw_colours(n: int, changes: Changes, device: torch.device) -> Colours:
    """Each crop draws first how much of the strengths it gets: most are changed little, so that colour
    still tells cells apart, and some much."""
    share = torch.rand(n, 1, 1, device=device) ** 1.5 * chance(CHANGED, n, device).view(n, 1, 1)

    def around_zero(limit: float, *shape: int) -> torch.Tensor:
        return share * uniform(-limit, limit, n, *shape, device=device)

    identity = torch.eye(3, device=device)
    mixed = identity + around_zero(changes.stain_mix, 3, 3)
    balance = around_zero(1, 3, 1) * torch.tensor(changes.channel, device=device).view(3, 1)
    brightness = around_zero(changes.brightness, 1, 1)
    hue = turn_of_hue(around_zero(math.pi * changes.hue, 1, 1))
    return Colours(
        stain=mixed * around_zero(changes.stain, 3, 1).exp(),
        light=(balance + brightness).exp() * (hue @ saturation(around_zero(changes.saturation, 1, 1).exp())),
        contrast=around_zero(changes.contrast, 1, 1).exp().view(n),
        gamma=around_zero(changes.gamma, 1, 1).exp().view(n),
    )


def saturation(factor: torch.Tensor) -> torch.Tensor:
    """Maps that multiply the distance from grey of the same luma; factor: (n, 1, 1), gives (n, 3, 3)."""
    grey = torch.tensor(LUMA, device=factor.device).expand(3, 3)
    return factor * torch.eye(3, device=factor.device) + (1 - factor) * grey


def turn_of_hue(angle: torch.Tensor) -> torch.Tensor:
    """Turns about the axis of greys (Rodrigues' formula); angle: (n, 1, 1) in radians, gives (n, 3, 3)."""
    cross = torch.tensor([[0.0, -1, 1], [1, 0, -1], [-1, 1, 0]], device=angle.device) / math.sqrt(3)
    along = torch.full((3, 3), 1 / 3, device=angle.device)
    return angle.cos() * torch.eye(3, device=angle.device) + angle.sin() * cross + (1 - angle.cos()) * along


def recolour(crops: torch.Tensor, colours: Colours) -> torch.Tensor:
    """Crops in other colours. White stays white under a stain, as its optical density is none."""
    density = -torch.log((crops + 1) / 256)
    density = torch.einsum("nij,njhw->nihw", colours.stain, density)
    crops = (256 * torch.exp(-density) - 1).clamp(0, 255)
    crops = torch.einsum("nij,njhw->nihw", colours.light, crops)
    mean = crops.mean((1, 2, 3), keepdim=True)
    crops = (mean + each(colours.contrast) * (crops - mean)).clamp(0, 255)
    return 255 * (crops / 255).clamp(1e-4, 1) ** each(colours.gamma)
