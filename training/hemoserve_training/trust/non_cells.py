"""What no answer may be accepted for: pictures that show no cell of the model's kind, drawn from crops and
from pictures that packages ship."""

from collections.abc import Callable

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter

from ..measure.corruptions import SIZE_PX, STAINS, corrupt

# The magnification of a lens of 100x beside one of 33x, and a step beyond what training's augmentation shows.
ZOOM = 3


def blank(rng: np.random.Generator, crop: np.ndarray) -> np.ndarray:
    """A field without a cell: one colour, half of them the crop's own background; uneven light, a little
    noise."""
    height, width, _ = crop.shape
    colour = background(crop) if rng.random() < 0.5 else rng.uniform(0, 255, 3)
    slope = np.linspace(-1, 1, width)[None, :] * rng.uniform(-12, 12)
    return _uint8(colour + slope[..., None] + rng.normal(0, rng.uniform(0, 4), (height, width, 3)))


def noise(rng: np.random.Generator, crop: np.ndarray) -> np.ndarray:
    """Independent or cloudy noise, grey or coloured."""
    channels = rng.choice([1, 3])
    values = rng.normal(size=(*crop.shape[:2], channels))
    values = gaussian_filter(values, (*[rng.choice([0.0, 1.0, 3.0, 8.0])] * 2, 0))
    values = 127 + rng.uniform(20, 90) * values / values.std()
    return _uint8(np.broadcast_to(values, crop.shape))


def tile(rng: np.random.Generator, picture: np.ndarray) -> np.ndarray:
    """A square of a picture, its side a quarter of the picture's to all of it."""
    height, width, _ = picture.shape
    side = int(min(height, width) * rng.uniform(0.25, 1))
    top, left = (rng.integers(0, length - side, endpoint=True) for length in (height, width))
    return picture[top : top + side, left : left + side]


def smudge(rng: np.random.Generator, crop: np.ndarray) -> np.ndarray:
    """A cell that broke when the film was made: what it was, drawn out and pale. Its surroundings stay."""
    height, width, _ = crop.shape
    y, x = np.mgrid[:height, :width]
    angle = rng.uniform(0, np.pi)
    bend = [_cloud(rng, height, width) * rng.uniform(20, 40) for _ in "yx"]
    steps = np.linspace(-width / 8, width / 8, 9)
    smeared = np.mean(
        [
            crop[
                np.clip(y + bend[0] + step * np.sin(angle), 0, height - 1).astype(int),
                np.clip(x + bend[1] + step * np.cos(angle), 0, width - 1).astype(int),
            ]
            for step in steps
        ],
        axis=0,
    )
    smeared = 0.8 * smeared + 0.2 * background(crop)
    middle = 1 / (1 + np.exp((np.hypot(y / height - 0.5, x / width - 0.5) - 0.38) * 25))
    return _uint8(crop + middle[..., None] * (smeared - crop))


def _cloud(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    """Smooth noise (height, width) of standard deviation 1, a twentieth of the width from light to dark."""
    coarse = gaussian_filter(rng.normal(size=(64, 64)), 64 / 20)
    image = Image.fromarray((coarse / coarse.std()).astype(np.float32))
    return np.asarray(image.resize((width, height), Image.Resampling.BILINEAR))


def two_cells(rng: np.random.Generator, crop: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Two cells side by side, each at its own scale."""
    height, width, _ = crop.shape
    other = np.asarray(Image.fromarray(other).resize((width, height)))
    half, quarter = width // 2, width // 4
    both = np.concatenate(
        [crop[:, quarter : quarter + half], other[:, quarter : quarter + width - half]], axis=1
    )
    seam = slice(half - 8, half + 8)
    weights = np.linspace(0, 1, 16)[None, :, None]
    left = crop[:, quarter + half - 8 : quarter + half + 8]
    right = other[:, quarter - 8 : quarter + 8]
    mixed = both.astype(float)
    mixed[:, seam] = (1 - weights) * left + weights * right
    return np.rot90(_uint8(mixed), rng.integers(4))


def half_cell(rng: np.random.Generator, crop: np.ndarray) -> np.ndarray:
    """A cell cut through its middle by the border; the outer quarter of the crop, mirrored, fills the
    rest."""
    width = crop.shape[1]
    quarter = width // 4
    columns = np.arange(width) + width // 2
    beyond = (columns - width) % (2 * quarter)
    mirrored = width - 1 - np.where(beyond < quarter, beyond, 2 * quarter - 1 - beyond)
    return np.rot90(crop[:, np.where(columns < width, columns, mirrored)], rng.integers(4))


def zoomed_in(rng: np.random.Generator, crop: np.ndarray) -> np.ndarray:
    """The middle of the crop, `ZOOM` times as large."""
    height, width = crop.shape[0] // ZOOM, crop.shape[1] // ZOOM
    return crop[height : 2 * height, width : 2 * width]


def zoomed_out(rng: np.random.Generator, crop: np.ndarray) -> np.ndarray:
    """The crop in the middle at a third of its size, its mirror images around it."""
    return np.pad(
        crop, [(crop.shape[0], crop.shape[0]), (crop.shape[1], crop.shape[1]), (0, 0)], mode="symmetric"
    )


def inverted(rng: np.random.Generator, crop: np.ndarray) -> np.ndarray:
    return 255 - crop


def swapped_colours(rng: np.random.Generator, crop: np.ndarray) -> np.ndarray:
    """Red for blue, as of a reader that takes BGR for RGB."""
    return crop[..., ::-1]


def grey(rng: np.random.Generator, crop: np.ndarray) -> np.ndarray:
    """Without colour, as of a monochrome camera."""
    return np.asarray(Image.fromarray(crop).convert("L").convert("RGB"))


def darker_stain(rng: np.random.Generator, crop: np.ndarray) -> np.ndarray:
    """Both dyes half as much again: their optical density times 1.5."""
    density = -np.log((crop.astype(float) + 1) / 256)
    amounts = density @ np.linalg.pinv(STAINS)
    return _uint8(256 * np.exp(-(density + 0.5 * amounts @ STAINS)) - 1)


def blurred(rng: np.random.Generator, crop: np.ndarray) -> np.ndarray:
    """Out of focus: BloodMNIST-C's defocus of severity 5."""
    small = Image.fromarray(crop).resize((SIZE_PX, SIZE_PX))
    return corrupt(np.asarray(small), "defocus", 5)


# From one crop, from two crops, and from pictures.
Drawing = Callable[..., np.ndarray]
FROM_CROP: dict[str, Drawing] = {
    "blank": blank,
    "noise": noise,
    "smudge": smudge,
    "half_cell": half_cell,
    "zoomed_in": zoomed_in,
    "zoomed_out": zoomed_out,
    "inverted": inverted,
    "swapped_colours": swapped_colours,
    "grey": grey,
}
FROM_TWO_CROPS: dict[str, Drawing] = {"two_cells": two_cells}
FROM_PICTURES: dict[str, Drawing] = {"everyday": tile, "tissue": tile}
# Cells still, but not as the model's laboratory shows them: for the drift of a source, not for novelty's
# target.
SHIFTED: dict[str, Drawing] = {"darker_stain": darker_stain, "blurred": blurred}


def background(crop: np.ndarray) -> np.ndarray:
    """The colour (3,) between the cells: the median of the brightest quarter of the pixels."""
    pixels = crop.reshape(-1, 3).astype(float)
    brightness = pixels.sum(axis=1)
    return np.median(pixels[brightness >= np.quantile(brightness, 0.75)], axis=0)


def _uint8(values: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)
