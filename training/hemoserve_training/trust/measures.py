"""Measures of a crop's image, the twin of the service's src/trust/measures.ts, which says what each is and
whose.

Both are held equal by test/fixtures/measures.json.
"""

import numpy as np
from scipy.ndimage import label

# src/vocabulary/measures.ts.
MEASURES = (
    "focus",
    "detail",
    "exposure",
    "contrast",
    "saturation",
    "backgroundRedGreen",
    "backgroundBlueGreen",
    "stain",
    "stainRedGreen",
    "stainBlueGreen",
    "cellArea",
    "borderCut",
)


def measure_crops(crops: np.ndarray) -> np.ndarray:
    """float64 (n, measures) of uint8 crops (n, height, width, 3), which may be mapped from a file."""
    return np.array([measure_crop(np.asarray(crop)) for crop in crops]).reshape(len(crops), len(MEASURES))


def measure_crop(crop: np.ndarray) -> np.ndarray:
    """float64 (measures) of a uint8 crop (height, width, 3) of three pixels a side at least, in the order of
    `MEASURES`."""
    pixels = crop.astype(np.int64)
    red = pixels[..., 0]
    luma = _luma(pixels) >> 8
    exposure = _percentile(luma, 0.9)
    most, least = pixels.max(axis=2), pixels.min(axis=2)
    stained = red <= _otsu_threshold(red)
    background = _mean_colour(pixels[luma >= exposure])
    stain = _mean_colour(pixels[stained])
    size, on_border = _largest_component(stained)
    height, width = luma.shape
    values = {
        "focus": _focus(luma),
        "detail": _detail(luma),
        "exposure": exposure,
        "contrast": exposure - _percentile(luma, 0.05),
        "saturation": ((most - least) / np.maximum(most, 1)).mean(),
        "backgroundRedGreen": background[0] - background[1],
        "backgroundBlueGreen": background[2] - background[1],
        "stain": _luma(stain) / 256,
        "stainRedGreen": stain[0] - stain[1],
        "stainBlueGreen": stain[2] - stain[1],
        "cellArea": size / luma.size,
        "borderCut": on_border / (2 * (width + height) - 4),
    }
    return np.array([values[name] for name in MEASURES], float)


def _luma(colours: np.ndarray) -> np.ndarray:
    """256 times ITU-R BT.601's luma."""
    return 77 * colours[..., 0] + 150 * colours[..., 1] + 29 * colours[..., 2]


def _percentile(levels: np.ndarray, share: float) -> int:
    """The least level that at least this share of the values do not exceed."""
    counts = np.bincount(levels.ravel(), minlength=256).cumsum()
    return int(np.searchsorted(counts, np.ceil(share * levels.size)))


def _otsu_threshold(levels: np.ndarray) -> int:
    """The lowest threshold of the largest variance between; -1 where all values are alike (Otsu 1979)."""
    counts = np.bincount(levels.ravel(), minlength=256)
    below, above = counts.cumsum(), levels.size - counts.cumsum()
    total = counts @ np.arange(256)
    sum_below = (counts * np.arange(256)).cumsum()
    between = (below > 0) & (above > 0)
    gap = sum_below / np.maximum(below, 1) - (total - sum_below) / np.maximum(above, 1)
    variance = np.where(between, below * above * gap * gap, 0.0)
    return int(variance.argmax()) if variance.max() > 0 else -1


def _mean_colour(colours: np.ndarray) -> np.ndarray:
    """(3,) of colours (n, 3); 0 without any."""
    return colours.mean(axis=0) if len(colours) else np.zeros(3)


def _largest_component(mask: np.ndarray) -> tuple[int, int]:
    """Pixels of the largest 4-connected part, and how many of them are on the crop's border; the first of
    several alike, row by row."""
    parts, count = label(mask)
    if count == 0:
        return 0, 0
    sizes = np.bincount(parts.ravel())[1:]
    largest = parts == sizes.argmax() + 1
    return int(sizes.max()), int(largest.sum() - largest[1:-1, 1:-1].sum())


def _focus(luma: np.ndarray) -> float:
    neighbours = luma[1:-1, :-2] + luma[1:-1, 2:] + luma[:-2, 1:-1] + luma[2:, 1:-1]
    return float((4 * luma[1:-1, 1:-1] - neighbours).var())


def _detail(luma: np.ndarray) -> float:
    here = luma[:-2, :-2]
    steps = ((luma[:-2, 1:-1] - here) ** 2).sum() + ((luma[1:-1, :-2] - here) ** 2).sum()
    wide_steps = ((luma[:-2, 2:] - here) ** 2).sum() + ((luma[2:, :-2] - here) ** 2).sum()
    return float(steps / wide_steps) if wide_steps else 0.0
