"""Corruptions of a crop, five severities each, to measure how a model bears another camera, focus or stain.

All but `stain_shift` are BloodMNIST-C's eleven, with its parameters (Di Salvo, Doerrich & Ledig 2024,
arXiv:2406.17536; its package medmnistc 0.1.0), for crops of 224 x 224 pixels. The package's masks of stain
deposits are not shipped: ours are drawn, of the same sizes and shares of black.
"""

import zlib
from collections.abc import Callable
from io import BytesIO

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance
from scipy.ndimage import convolve, gaussian_filter, shift

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


def motion_blur(crop: Image.Image, blur: tuple[int, float], rng: np.random.Generator) -> Image.Image:
    """ImageMagick's MotionBlurImage along an angle of -45 to 45 degrees: half a Gaussian over 2 x radius + 1
    pixels. blur: radius and standard deviation in pixels."""
    radius, sigma = blur
    angle = np.deg2rad(rng.uniform(-45, 45))
    steps = np.arange(2 * radius + 1)
    weights = np.exp(-(steps**2) / (2 * sigma**2))
    # Whole pixels, as ImageMagick's.
    right, down = (np.ceil(steps * along - 0.5) for along in (np.cos(angle), np.sin(angle)))
    pixels = np.asarray(crop, float)
    moved = [
        weight * shift(pixels, (-y, -x, 0), order=0, mode="nearest")
        for weight, x, y in zip(weights / weights.sum(), right, down, strict=True)
    ]
    return _image(sum(moved))


def stain_deposit(crop: Image.Image, most: tuple[int, int], rng: np.random.Generator) -> Image.Image:
    """Some black deposits, at least 10 pixels from the edges; most: their number; side of each in pixels."""
    most_deposits, side = most
    pixels = np.array(crop)
    for _ in range(rng.integers(1, most_deposits, endpoint=True)):
        left = rng.integers(10, crop.width - side - 10, endpoint=True)
        top = rng.integers(10, crop.height - side - 10, endpoint=True)
        pixels[top : top + side, left : left + side][_blot(side, rng)] = 0
    return Image.fromarray(pixels)


def _blot(side: int, rng: np.random.Generator) -> np.ndarray:
    """A ragged spot in a square: 46 to 84 % of it, as of the benchmark's masks."""
    y, x = np.mgrid[:side, :side] - (side - 1) / 2
    closeness = -np.hypot(x, y) / side + 1.5 * gaussian_filter(rng.normal(size=(side, side)), side / 12)
    return closeness > np.quantile(closeness, 1 - rng.uniform(0.46, 0.84))


def bubble(crop: Image.Image, most: tuple[int, int], rng: np.random.Generator) -> Image.Image:
    """7 or more translucent white discs with a rim; most: radius in pixels, number."""
    most_radius, most_bubbles = most
    opacity = Image.new("L", crop.size, 0)
    draw = ImageDraw.Draw(opacity)
    for _ in range(rng.integers(7, most_bubbles, endpoint=True)):
        radius = int(rng.integers(3, most_radius, endpoint=True))
        centre = [int(rng.integers(radius, side - radius, endpoint=True)) for side in crop.size]
        draw.circle(centre, radius + 2, fill=130)
        draw.circle(centre, radius, fill=100)
    return Image.composite(Image.new("RGB", crop.size, "white"), crop, opacity)


# Those that draw where, how many or which way.
RANDOM = (motion_blur, stain_deposit, bubble)

CORRUPTIONS: dict[str, tuple[Callable, tuple]] = {
    "pixelate": (pixelate, (0.6, 0.5, 0.4, 0.3, 0.25)),
    "jpeg": (jpeg, (50, 30, 15, 10, 7)),
    "defocus": (defocus, ((2, 0.01), (3, 0.1), (4, 0.1), (5, 0.1), (6, 0.1))),
    "motion_blur": (motion_blur, ((3, 3), (5, 5), (10, 5), (10, 7), (10, 9))),
    "brightness_up": (brightness, (1.1, 1.2, 1.3, 1.35, 1.4)),
    "brightness_down": (brightness, (0.9, 0.8, 0.7, 0.6, 0.5)),
    "contrast_up": (contrast, (1.1, 1.15, 1.2, 1.25, 1.3)),
    "contrast_down": (contrast, (0.9, 0.8, 0.7, 0.6, 0.5)),
    "saturate": (saturate, (0.05, 0.10, 0.15, 0.17, 0.20)),
    # medmnistc takes the larger blots for its last severity alone.
    "stain_deposit": (stain_deposit, ((1, 24), (2, 24), (3, 24), (3, 24), (3, 32))),
    "bubble": (bubble, ((5, 10), (7, 10), (10, 10), (12, 12), (15, 12))),
    "stain_shift": (stain_shift, (0.1, 0.2, 0.3, 0.4, 0.5)),
}


def corrupt(crop: np.ndarray, name: str, severity: int) -> np.ndarray:
    """A corrupted copy of a uint8 crop (SIZE_PX, SIZE_PX, 3), the same for the same crop; severity 1-5.

    Raises KeyError for a name that is not in CORRUPTIONS.
    """
    function, parameters = CORRUPTIONS[name]
    drawn = [np.random.default_rng(zlib.crc32(crop.tobytes()))] if function in RANDOM else []
    return np.asarray(function(Image.fromarray(crop), parameters[severity - 1], *drawn))


def _image(values: np.ndarray) -> Image.Image:
    return Image.fromarray(np.clip(np.rint(values), 0, 255).astype(np.uint8))
