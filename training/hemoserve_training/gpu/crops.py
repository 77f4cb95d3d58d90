"""The crops of a run, on the card as uint8."""

from pathlib import Path
from typing import NamedTuple

import torch

from ..data.crops import load_crops
from ..data.dataset import Crop
from ..data.preprocessing import Preprocessing
from .config import GpuConfig


class CropsOnCard(NamedTuple):
    """Crops at the side that close-ups are cut from and at that of the input, uint8 (n, 3, side, side), and
    the indices of their classes (n,)."""

    fine: torch.Tensor
    coarse: torch.Tensor
    truth: torch.Tensor


def pixels_on_card(
    data: Path, crops: list[Crop], side_px: int, cache: Path, device: torch.device
) -> tuple[torch.Tensor, torch.Tensor]:
    """uint8 (n, 3, side, side) by the one preprocessing, and the classes (n,)."""
    pixels, truth = load_crops(data, crops, Preprocessing(side_px, side_px), cache)
    # A card's memory has a crop's rows whole: (n, side, side, 3), seen as channels first.
    on_card = torch.empty(pixels.shape, dtype=torch.uint8, device=device)
    for start in range(0, len(pixels), 1024):
        on_card[start : start + 1024] = torch.from_numpy(pixels[start : start + 1024].copy())
    return on_card.permute(0, 3, 1, 2), torch.from_numpy(truth).long().to(device)


def training_crops(
    config: GpuConfig, data: Path, crops: list[Crop], cache: Path, device: torch.device
) -> CropsOnCard:
    fine, truth = pixels_on_card(data, crops, config.source_px, cache, device)
    coarse, _ = pixels_on_card(data, crops, config.size_px, cache, device)
    return CropsOnCard(fine, coarse, truth)
