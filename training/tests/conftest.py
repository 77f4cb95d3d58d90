"""Generated data for the tests: no test needs a real crop."""

from pathlib import Path

import pytest
import pyvips

from hemoserve_training.data.classes import CLASSES
from hemoserve_training.data.dataset import Crop
from hemoserve_training.data.split_list import write_split

ROOT = Path(__file__).parents[2]
TINY = Path(__file__).with_name("tiny.toml")
CELLS = ROOT / "test" / "fixtures" / "cells"


@pytest.fixture(scope="session")
def generated_crops(tmp_path_factory) -> Path:
    """A data set as PBC is laid out: ten variants of each class's generated cell."""
    root = tmp_path_factory.mktemp("generated")
    for label in CLASSES:
        (root / label).mkdir()
        cell = pyvips.Image.new_from_file(str(CELLS / f"{label}.jpg"))
        for index in range(10):
            variant = cell.rotate(36 * index, background=[243, 230, 223]).linear(1 - index / 50, index)
            variant.cast("uchar").write_to_file(str(root / label / f"{label}_{index}.jpg"), Q=90)
    return root


@pytest.fixture(scope="session")
def split_file(generated_crops, tmp_path_factory) -> Path:
    """64 crops to train on, 8 to validate on and 8 to test."""
    crops, part_of = [], {}
    for label in CLASSES:
        for index in range(10):
            crops.append(Crop(f"{label}/{label}_{index}.jpg", label, f"{label}-{index}"))
            part_of[crops[-1].sha256] = "train" if index < 8 else ("validation", "test")[index - 8]
    file = tmp_path_factory.mktemp("split") / "split.csv"
    write_split(file, crops, part_of)
    return file
