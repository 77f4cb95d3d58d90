"""Crops as arrays: decoded once per resolution by the one preprocessing and kept on disk."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from tqdm import tqdm

from .classes import CLASSES
from .dataset import Crop, fingerprint
from .preprocessing import Preprocessing, preprocess


def load_crops(
    root: Path, crops: list[Crop], spec: Preprocessing, cache: Path
) -> tuple[np.ndarray, np.ndarray]:
    """uint8 crops (n, height, width, 3), mapped from a file under `cache`, and the int32 indices of
    their classes (n,)."""
    truth = np.array([CLASSES.index(crop.label) for crop in crops], np.int32)
    file = cache / f"{fingerprint(crops)[:16]}-{spec.width}x{spec.height}.npy"
    if not file.exists():
        _decode(root, crops, spec, file)
    return np.load(file, mmap_mode="r"), truth


def _decode(root: Path, crops: list[Crop], spec: Preprocessing, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_suffix(".part")
    shape = (len(crops), spec.height, spec.width, 3)
    pixels = np.lib.format.open_memmap(unfinished, mode="w+", dtype=np.uint8, shape=shape)

    def decode(index: int) -> None:
        pixels[index] = preprocess(root / crops[index].path, spec)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(tqdm(pool.map(decode, range(len(crops))), total=len(crops), desc=f"decode {spec.width} px"))
    pixels.flush()
    unfinished.rename(file)
