"""Generated data for the tests: no test needs a real crop."""

from dataclasses import replace
from pathlib import Path

import numpy as np
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


# Of eight classes the laboratory labels five.
LABELLED = CLASSES[:5]


@pytest.fixture(scope="session")
def registry(generated_crops, split_file, tmp_path_factory) -> Path:
    """A registry with a small network, lenet5 1.0.0, and its replay set."""
    # What needs TensorFlow takes seconds to import.
    from hemoserve_training.adapt.replay import add_replay
    from hemoserve_training.release.export import export
    from hemoserve_training.runs.config import Stage, load_config
    from hemoserve_training.runs.train import record_origin, run_folder, train

    work = tmp_path_factory.mktemp("adapt")
    # So many epochs that there is something to adapt.
    config = replace(load_config(TINY), stages=[Stage(32, 40)])
    record_origin(run_folder(config, work))
    train(config, generated_crops, split_file, work)
    models = work / "models"
    export(run_folder(config, work), config, generated_crops, split_file, CELLS, models, "1.0.0")
    add_replay(models / "lenet5" / "1.0.0", generated_crops, split_file, per_class=4, seed=1)
    return models


@pytest.fixture(scope="session")
def laboratory(generated_crops, tmp_path_factory) -> Path:
    """Ten crops of each of five classes, with red and blue exchanged, and darker."""
    root = tmp_path_factory.mktemp("laboratory")
    for label in LABELLED:
        (root / label).mkdir()
        for file in (generated_crops / label).iterdir():
            pixels = pyvips.Image.new_from_file(str(file)).numpy()[:, :, ::-1] * 0.8
            image = pyvips.Image.new_from_array(pixels.astype(np.uint8), interpretation="srgb")
            image.write_to_file(str(root / label / file.name), Q=95)
    return root
