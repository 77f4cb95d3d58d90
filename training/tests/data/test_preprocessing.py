"""The stored tensors in test/fixtures/preprocessed are what this module makes of the fixtures; the service's
own test holds them against what sharp makes."""

import numpy as np
import pytest
import pyvips
from conftest import ROOT

from hemoserve_training.data.preprocessing import Preprocessing, preprocess

FIXTURES = ROOT / "test" / "fixtures"
STORED = sorted((FIXTURES / "preprocessed").glob("*.png"))


def find(name: str):
    return next(file for folder in ("cells", "formats") if (file := FIXTURES / folder / name).exists())


@pytest.mark.parametrize("stored", STORED, ids=lambda file: file.stem)
def test_stored_tensor_is_up_to_date(stored):
    expected = pyvips.Image.new_from_file(str(stored)).numpy()
    image = find(stored.stem)
    spec = Preprocessing(96, 96)
    assert np.array_equal(preprocess(image, spec), expected)
    assert np.array_equal(preprocess(image.read_bytes(), spec), expected)


def test_there_are_stored_tensors():
    assert len(STORED) >= 25


@pytest.mark.parametrize("name", ["truncated.jpg", "truncated.png", "text.jpg", "empty.jpg"])
def test_bad_images_are_errors(name):
    with pytest.raises(pyvips.Error):
        preprocess(FIXTURES / "formats" / name, Preprocessing(96, 96))


def test_unsupported_parameters_are_errors():
    with pytest.raises(ValueError, match="fit=cover"):
        preprocess(find("ig.jpg"), Preprocessing(96, 96, fit="cover"))
