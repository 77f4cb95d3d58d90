import numpy as np
import pytest
import pyvips
from conftest import CELLS

from hemoserve_training.corrupt import write_corrupted
from hemoserve_training.corruptions import CORRUPTIONS, SEVERITIES, SIZE_PX, STAINS, corrupt
from hemoserve_training.dataset import Crop
from hemoserve_training.preprocessing import Preprocessing, preprocess


@pytest.fixture(scope="module")
def crop() -> np.ndarray:
    return preprocess(CELLS / "eosinophil.jpg", Preprocessing(SIZE_PX, SIZE_PX))


def distance(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.abs(a.astype(float) - b).mean())


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_each_severity_changes_the_crop_more(crop, name):
    changed = [corrupt(crop, name, severity) for severity in SEVERITIES]
    assert all(pixels.shape == crop.shape and pixels.dtype == np.uint8 for pixels in changed)
    distances = [distance(pixels, crop) for pixels in changed]
    assert distances[0] > 0.3
    assert distances == sorted(distances)
    assert distances[-1] < 130


def test_defocus_keeps_the_mean_and_loses_detail(crop):
    blurred = corrupt(crop, "defocus", 3)
    assert blurred.mean() == pytest.approx(crop.mean(), abs=1)
    assert (
        np.abs(np.diff(blurred.astype(float), axis=1)).mean()
        < 0.8 * np.abs(np.diff(crop.astype(float), axis=1)).mean()
    )


def test_brightness_scales(crop):
    np.testing.assert_allclose(corrupt(crop, "brightness_down", 5), crop * 0.5, atol=1)


def test_stain_shift_moves_the_dyes_apart():
    # Two pixels, each stained by one dye alone.
    pure = np.clip(np.rint(256 * np.exp(-STAINS) - 1), 0, 255).astype(np.uint8)
    azure, eosin = corrupt(np.tile(pure[:, None], (1, 2, 1)), "stain_shift", 5)[:, 0].astype(float)
    np.testing.assert_allclose(azure, 256 * np.exp(-STAINS[0] * np.exp(0.5)) - 1, atol=3)
    np.testing.assert_allclose(eosin, 256 * np.exp(-STAINS[1] * np.exp(-0.5)) - 1, atol=3)


def test_copies_are_written_without_further_loss(tmp_path, crop):
    listed = Crop("eosinophil/eosinophil.jpg", "eosinophil", "")
    (tmp_path / "data" / "eosinophil").mkdir(parents=True)
    (tmp_path / "data" / listed.path).write_bytes((CELLS / "eosinophil.jpg").read_bytes())
    write_corrupted(listed, tmp_path / "data", tmp_path / "out", ["none", "jpeg"], severity=2)
    for name, expected in (("none", crop), ("jpeg", corrupt(crop, "jpeg", 2))):
        written = pyvips.Image.new_from_file(str(tmp_path / "out" / name / "eosinophil" / "eosinophil.png"))
        assert np.array_equal(written.numpy(), expected)
