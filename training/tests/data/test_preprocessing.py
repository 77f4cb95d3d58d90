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


def test_what_decodes_whole_is_read():
    whole = find("rgb.jpg").read_bytes()
    spec = Preprocessing(96, 96)
    # The scan's spectral selection, which a sequential JPEG does not need, ends at 0 in place of 63.
    scan = whole.index(b"\xff\xda")
    end = scan + 2 + whole[scan + 3] - 2
    odd = whole[:end] + b"\0" + whole[end + 1 :]
    with pytest.raises(pyvips.Error):
        pyvips.Image.new_from_buffer(odd, "", fail_on="warning").numpy()
    assert np.array_equal(preprocess(odd, spec), preprocess(whole, spec))


@pytest.mark.parametrize("end", [b"", b"\xff\xd9"])
def test_what_is_cut_off_is_an_error(end):
    whole = find("rgb.jpg").read_bytes()
    with pytest.raises(pyvips.Error):
        preprocess(whole[: len(whole) // 2] + end, Preprocessing(96, 96))


def test_unsupported_parameters_are_errors():
    with pytest.raises(ValueError, match="fit=cover"):
        preprocess(find("ig.jpg"), Preprocessing(96, 96, fit="cover"))
