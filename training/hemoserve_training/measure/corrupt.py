"""Corrupted copies of crops: with BloodMNIST-C's corruptions, and as other laboratories cut or scale them."""

from pathlib import Path

import numpy as np
import pyvips

from ..data.dataset import Crop
from ..data.preprocessing import Preprocessing, preprocess
from .corruptions import CORRUPTIONS, SIZE_PX, corrupt

NONE = "none"


def centre(file: Path, side_px: int) -> np.ndarray:
    """The middle of a crop at its own scale; at most what there is."""
    upright = pyvips.Image.new_from_file(str(file)).autorot()
    width, height = upright.width, upright.height
    pixels = preprocess(file, Preprocessing(width, height))
    left, top = max(0, width - side_px) // 2, max(0, height - side_px) // 2
    return pixels[top : top + side_px, left : left + side_px]


def resized(file: Path, side_px: int) -> np.ndarray:
    return preprocess(file, Preprocessing(side_px, side_px))


# Crops as other laboratories cut them, from the original file.
SHIFTED = {"centre_300": (centre, 300), "centre_120": (centre, 120), "size_120": (resized, 120)}

NAMES = [NONE, *CORRUPTIONS, *SHIFTED]


def write_corrupted(crop: Crop, data: Path, out: Path, names: list[str], severity: int) -> None:
    """Writes out/NAME/CLASS/FILE.png for each corruption; PNG, so that nothing else changes."""
    pixels = resized(data / crop.path, SIZE_PX)
    for name in names:
        file = (out / name / crop.path).with_suffix(".png")
        file.parent.mkdir(parents=True, exist_ok=True)
        if name in SHIFTED:
            function, side_px = SHIFTED[name]
            changed = function(data / crop.path, side_px)
        else:
            changed = pixels if name == NONE else corrupt(pixels, name, severity)
        pyvips.Image.new_from_array(changed, interpretation="srgb").write_to_file(str(file))
