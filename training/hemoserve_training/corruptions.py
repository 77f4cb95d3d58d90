"""Corruptions of a crop, five severities each, to measure how a model bears another camera, focus or stain.

All but `stain_shift` are BloodMNIST-C's, with its parameters (Di Salvo, Doerrich & Ledig 2024,
arXiv:2406.17536), for crops of 224 x 224 pixels; of that benchmark motion blur, bubbles and stain deposits
are not here.
"""

from collections.abc import Callable
from io import BytesIO

import numpy as np
from PIL import Image, ImageEnhance
from scipy.ndimage import convolve, gaussian_filter

SIZE_PX = 224
SEVERITIES = (1, 2, 3, 4, 5)

# Optical density of the two dyes of a Romanowsky stain, azure B and eosin Y, by channel: unit vectors, as in
# the colour deconvolution of Ruifrok & Johnston 2001.
STAINS = np.array([[0.82, 0.55, 0.15], [0.09, 0.95, 0.29]])


def pixelate(crop: Image.Image, factor: float) -> Image.Image:
    small = crop.resize((int(crop.width * factor), int(crop.height * factor)), Image.Resampling.BOX)
    return small.resize(crop.size, Image.Resampling.BOX)


def jpeg(crop: Image.Image, quality: int) -> Image.Image:
    encoded = BytesIO()
    crop.save(encoded, "JPEG", quality=quality)
    return Image.open(encoded).convert("RGB")


def defocus(crop: Image.Image, disk: tuple[float, float]) -> Image.Image:
    """Blurs by a disk of a radius in pixels, whose edge is softened by a standard deviation."""
    radius, softness = disk
    y, x = np.mgrid[-8:9, -8:9]
    kernel = (x**2 + y**2 <= radius**2).astype(float)
    kernel = gaussian_filter(kernel / kernel.sum(), softness)
    channels = np.moveaxis(np.asarray(crop, float), -1, 0)
    blurred = [convolve(channel, kernel, mode="mirror") for channel in channels]
    return _image(np.moveaxis(np.stack(blurred), 0, -1))


def brightness(crop: Image.Image, factor: float) -> Image.Image:
    return ImageEnhance.Brightness(crop).enhance(factor)


def contrast(crop: Image.Image, factor: float) -> Image.Image:
    return ImageEnhance.Contrast(crop).enhance(factor)


def saturate(crop: Image.Image, added: float) -> Image.Image:
    """Adds to the saturation of HSV, 0-1."""
    hue, saturation, value = crop.convert("HSV").split()
    return Image.merge("HSV", (hue, saturation.point(lambda s: s + 255 * added), value)).convert("RGB")


def stain_shift(crop: Image.Image, strength: float) -> Image.Image:
    """More azure and less eosin, as of a longer staining or a higher pH: their amounts at each pixel, found
    by least squares of the optical density, are multiplied by e^strength and e^-strength."""
    density = -np.log((np.asarray(crop, float) + 1) / 256)
    amounts = density @ np.linalg.pinv(STAINS)
    changed = density + (amounts * (np.exp([strength, -strength]) - 1)) @ STAINS
    return _image(256 * np.exp(-changed) - 1)


CORRUPTIONS: dict[str, tuple[Callable, tuple]] = {
    "pixelate": (pixelate, (0.6, 0.5, 0.4, 0.3, 0.25)),
    "jpeg": (jpeg, (50, 30, 15, 10, 7)),
    "defocus": (defocus, ((2, 0.01), (3, 0.1), (4, 0.1), (5, 0.1), (6, 0.1))),
    "brightness_up": (brightness, (1.1, 1.2, 1.3, 1.35, 1.4)),
    "brightness_down": (brightness, (0.9, 0.8, 0.7, 0.6, 0.5)),
    "contrast_up": (contrast, (1.1, 1.15, 1.2, 1.25, 1.3)),
    "contrast_down": (contrast, (0.9, 0.8, 0.7, 0.6, 0.5)),
    "saturate": (saturate, (0.05, 0.10, 0.15, 0.17, 0.20)),
    "stain_shift": (stain_shift, (0.1, 0.2, 0.3, 0.4, 0.5)),
}


def corrupt(crop: np.ndarray, name: str, severity: int) -> np.ndarray:
    """A corrupted copy of a uint8 crop (SIZE_PX, SIZE_PX, 3); severity 1-5. Raises KeyError for a name that
    is not in CORRUPTIONS."""
    function, parameters = CORRUPTIONS[name]
    return np.asarray(function(Image.fromarray(crop), parameters[severity - 1]))


def _image(values: np.ndarray) -> Image.Image:
    return Image.fromarray(np.clip(np.rint(values), 0, 255).astype(np.uint8))
