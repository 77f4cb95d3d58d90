import numpy as np
import pytest
import pyvips
from conftest import CELLS

from hemoserve_training.data.dataset import Crop
from hemoserve_training.data.preprocessing import Preprocessing, preprocess
from hemoserve_training.measure.corrupt import write_corrupted
from hemoserve_training.measure.corruptions import CORRUPTIONS, SEVERITIES, SIZE_PX, STAINS, corrupt


@pytest.fixture(scope="module")
def crop() -> np.ndarray:
    return preprocess(CELLS / "eosinophil.jpg", Preprocessing(SIZE_PX, SIZE_PX))


def distance(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.abs(a.astype(float) - b).mean())


# More severe allows more and larger deposits, and need not draw them.
@pytest.mark.parametrize("name", CORRUPTIONS.keys() - {"stain_deposit"})
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


def test_random_corruptions_are_the_same_for_the_same_crop(crop):
    for name in ("motion_blur", "stain_deposit", "bubble"):
        assert np.array_equal(corrupt(crop, name, 3), corrupt(crop, name, 3))
        other = corrupt(crop[::-1].copy(), name, 3)[::-1]
        assert not np.array_equal(corrupt(crop, name, 3), other)


def test_motion_blur_smears_a_point_one_way(crop):
    point = np.zeros_like(crop)
    point[112, 112] = 255
    y, x = np.nonzero(corrupt(point, "motion_blur", 2)[..., 0])
    # 11 pixels with half a Gaussian: those that are a rounded grey level at least, from the point on.
    assert 9 <= len(x) <= 11
    assert x.max() == 112 and 112 - x.min() >= 6
    blurred = corrupt(crop, "motion_blur", 5)
    assert blurred.mean() == pytest.approx(crop.mean(), abs=1.5)


def test_stain_deposits_are_black_and_away_from_the_edges(crop):
    for seed in range(20):
        white = np.full_like(crop, 255)
        white[0, 0] = seed
        deposits = corrupt(white, "stain_deposit", 5)[..., 0] == 0
        assert 0.46 * 32**2 - 1 <= deposits.sum() <= 3 * 0.84 * 32**2 + 1
        deposits[0, 0] = False
        y, x = np.nonzero(deposits)
        assert min(y.min(), x.min()) >= 10 and max(y.max(), x.max()) <= SIZE_PX - 11


def test_bubbles_are_translucent_white(crop):
    black = np.zeros_like(crop)
    values, counts = np.unique(corrupt(black, "bubble", 1), return_counts=True)
    assert values.tolist() == [0, 100, 130]
    assert counts[1] / 3 <= 10 * np.pi * 5.6**2


def test_crops_of_other_laboratories_are_cut_at_their_own_scale(tmp_path):
    listed = Crop("ig/ig.jpg", "ig", "")
    (tmp_path / "data" / "ig").mkdir(parents=True)
    (tmp_path / "data" / listed.path).write_bytes((CELLS / "ig.jpg").read_bytes())
    names = ["centre_300", "centre_120", "size_120"]
    write_corrupted(listed, tmp_path / "data", tmp_path / "out", names, severity=1)
    whole = preprocess(CELLS / "ig.jpg", Preprocessing(360, 363))
    expected = [whole[31:331, 30:330], whole[121:241, 120:240]]
    expected.append(preprocess(CELLS / "ig.jpg", Preprocessing(120, 120)))
    for name, pixels in zip(names, expected, strict=True):
        written = pyvips.Image.new_from_file(str(tmp_path / "out" / name / "ig" / "ig.png"))
        assert np.array_equal(written.numpy(), pixels)


def test_copies_are_written_without_further_loss(tmp_path, crop):
    listed = Crop("eosinophil/eosinophil.jpg", "eosinophil", "")
    (tmp_path / "data" / "eosinophil").mkdir(parents=True)
    (tmp_path / "data" / listed.path).write_bytes((CELLS / "eosinophil.jpg").read_bytes())
    write_corrupted(listed, tmp_path / "data", tmp_path / "out", ["none", "jpeg"], severity=2)
    for name, expected in (("none", crop), ("jpeg", corrupt(crop, "jpeg", 2))):
        written = pyvips.Image.new_from_file(str(tmp_path / "out" / name / "eosinophil" / "eosinophil.png"))
        assert np.array_equal(written.numpy(), expected)
