"""Blur, sharpening, JPEG, patches and noise against slow, obvious versions."""

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from scipy.fft import dctn, idctn
from scipy.ndimage import convolve1d
from small_runs import NOTHING, STRONG, WHY

torch = pytest.importorskip("torch", reason=WHY)

from conftest import CELLS

from hemoserve_training.data.preprocessing import Preprocessing, preprocess
from hemoserve_training.gpu.augment import augment
from hemoserve_training.gpu.augment.jpeg import LUMA_STEPS, compress, draw_qualities, quantize, recompress
from hemoserve_training.gpu.augment.patches import Patches, cover, draw_patches
from hemoserve_training.gpu.augment.sharpness import Sharpness, draw_sharpness, sharpen

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def cells():
    """Generated cells, uint8 (8, 3, 48, 48)."""
    pixels = [preprocess(file, Preprocessing(48, 48)) for file in sorted(CELLS.glob("*.jpg"))]
    return torch.from_numpy(np.stack(pixels)).permute(0, 3, 1, 2)


def test_sharpening_is_scipys_gaussian_and_what_it_takes_away(cells):
    crops = cells[:4].float()
    drawn = Sharpness(torch.tensor([0.3, 1.0, 2.2, 1.5]), torch.tensor([-1.0, 0.8, -0.6, 0.0]))
    changed = sharpen(crops, drawn, 2.2)
    distance = np.arange(-6, 7)
    for crop, out, sigma, amount in zip(
        crops.numpy(), changed.numpy(), *map(torch.Tensor.tolist, drawn), strict=True
    ):
        weights = np.exp(-0.5 * (distance / sigma) ** 2)
        blurred = crop.astype(float)
        for axis in (1, 2):
            # scipy calls "mirror" what does not repeat the pixel at the edge.
            blurred = convolve1d(blurred, weights / weights.sum(), axis=axis, mode="mirror")
        np.testing.assert_allclose(out, np.clip(crop + amount * (crop - blurred), 0, 255), atol=0.01)
    torch.testing.assert_close(changed[3], crops[3])


def test_sharpness_is_drawn_for_its_share():
    torch.manual_seed(1)
    drawn = draw_sharpness(4000, STRONG, CPU)
    changed = drawn.amount != 0
    assert changed.float().mean() == pytest.approx(STRONG.blur, abs=0.03)
    assert (drawn.amount[changed] < 0).float().mean() == pytest.approx(0.75, abs=0.04)
    assert drawn.amount.min() >= -1 and drawn.amount.max() <= 0.8
    assert drawn.sigma.min() >= 0.3 and drawn.sigma.max() <= STRONG.blur_sigma


@pytest.mark.parametrize("quality", [10, 40, 75])
def test_quantizing_is_scipys_cosine_transform_of_each_block(cells, quality):
    plane = cells[:1, :1, :16, :24].float() - 128
    scale = 5000 / quality if quality < 50 else 200 - 2 * quality
    steps = np.clip(np.floor((np.reshape(LUMA_STEPS, (8, 8)) * scale + 50) / 100), 1, 255)
    expected = np.zeros((16, 24))
    for y in range(0, 16, 8):
        for x in range(0, 24, 8):
            block = plane[0, 0, y : y + 8, x : x + 8].double().numpy()
            rounded = np.round(dctn(block, norm="ortho") / steps) * steps
            expected[y : y + 8, x : x + 8] = idctn(rounded, norm="ortho")
    ours = quantize(plane, LUMA_STEPS, torch.tensor([float(quality)]))
    np.testing.assert_allclose(ours[0, 0], expected, atol=1e-3)


@pytest.mark.parametrize("quality", [10, 40, 75])
def test_compressing_is_libjpegs_to_the_rounding(cells, quality):
    ours = compress(cells.float(), torch.full((len(cells),), float(quality))).numpy()
    for crop, out in zip(cells.numpy().transpose(0, 2, 3, 1), ours.transpose(0, 2, 3, 1), strict=True):
        file = io.BytesIO()
        Image.fromarray(crop).save(file, "jpeg", quality=quality, subsampling="4:2:0")
        theirs = np.asarray(Image.open(file), float)
        done = np.abs(theirs - crop).mean()
        # What differs is rounding to whole values, and how chroma is enlarged.
        assert np.abs(out - theirs).mean() < 0.25 * done + 0.5


def test_recompressing_changes_its_share_alone(cells):
    torch.manual_seed(1)
    qualities = draw_qualities(4000, 0.3, CPU)
    assert (qualities > 0).float().mean() == pytest.approx(0.3, abs=0.03)
    assert qualities[qualities > 0].min() >= 10 and qualities.max() <= 75
    crops = cells[:4].float()
    changed = recompress(crops, torch.tensor([0.0, 10, 75, 0]))
    torch.testing.assert_close(changed[[0, 3]], crops[[0, 3]])
    error = (changed - crops).abs().mean((1, 2, 3))
    assert 0.2 < error[2] < error[1] < 15
    assert recompress(crops, torch.zeros(4)) is crops


def test_patches_cover_what_a_pixel_at_a_time_would():
    torch.manual_seed(5)
    drawn = draw_patches(40, 0.7, None, CPU)
    crops = torch.full((40, 3, 24, 24), -1.0)
    covered = cover(crops, drawn).numpy()
    for index in range(40):
        present, middle, radius, ellipse, colour = (part[index].numpy() for part in drawn)
        for y in range(24):
            for x in range(24):
                down, across = abs(y / 24 - middle[0]) / radius[0], abs(x / 24 - middle[1]) / radius[1]
                inside = down**2 + across**2 < 1 if ellipse else down < 1 and across < 1
                expected = colour if present and inside else [-1] * 3
                np.testing.assert_array_equal(covered[index, :, y, x], np.float32(expected))
    assert 0.5 < drawn.present.float().mean() < 0.9
    assert drawn.radius.min() >= 0.02 and drawn.radius.max() <= 0.12


def test_patches_have_their_colour():
    for fill in (0.0, 255.0):
        drawn = draw_patches(10, 1.0, fill, CPU)
        assert isinstance(drawn, Patches)
        assert (drawn.colour == fill).all()


def test_augmenting_gives_crops_of_the_side_in_the_range(cells):
    torch.manual_seed(1)
    fine, coarse = cells, cells[..., ::2, ::2]
    chosen = torch.arange(8).repeat(8)
    for changes in (STRONG, NOTHING):
        changed = augment(fine, coarse, chosen, changes)
        assert changed.shape == (64, 3, 24, 24) and changed.dtype == torch.float32
        assert changed.min() >= 0 and changed.max() <= 255
    # Each crop draws its own.
    assert (
        len({round(value, 3) for value in augment(fine, coarse, chosen, STRONG).mean((1, 2, 3)).tolist()})
        > 60
    )


def test_noise_is_that_of_its_deviation():
    torch.manual_seed(1)
    grey = torch.full((1, 3, 48, 48), 128, dtype=torch.uint8)
    changed = augment(grey, grey, torch.zeros(500, dtype=torch.long), replace(NOTHING, noise=6.0))
    deviations = changed.std((1, 2, 3))
    # The mean of the square of what is drawn evenly is a third.
    assert deviations.max() == pytest.approx(6.0, abs=0.3)
    assert deviations.mean() == pytest.approx(2.0, abs=0.3)
    assert changed.mean() == pytest.approx(128, abs=0.2)
