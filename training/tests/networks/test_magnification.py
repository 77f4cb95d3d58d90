"""What shrinks crops whose cells are larger than home's."""

import numpy as np
import pyvips
from conftest import CELLS

from hemoserve_training.adapt.magnify import choose_magnification
from hemoserve_training.networks.activation_maps import with_activation_maps
from hemoserve_training.networks.architectures import ARCHITECTURES
from hemoserve_training.networks.ends import LOGITS, MAPS
from hemoserve_training.networks.magnification import (
    Magnification,
    magnified,
    nucleus_share,
    resampling,
    shrink,
)
from hemoserve_training.release.exported import check_exports
from hemoserve_training.release.serialize import export_onnx, export_savedmodel, freeze

SIDE = 75


def read(file, side=SIDE, cut=1.0) -> np.ndarray:
    """A crop at the size of a network, of it the middle part."""
    image = pyvips.Image.new_from_file(str(file))
    left, top = (round((1 - cut) / 2 * length) for length in (image.width, image.height))
    middle = image.crop(left, top, round(cut * image.width), round(cut * image.height))
    return middle.thumbnail_image(side, height=side, size="force").numpy()


def disc(radius: float, side: int = 160) -> np.ndarray:
    """A dark nucleus on a bright ground."""
    rows, columns = np.indices((side, side)) - (side - 1) / 2
    return np.where((rows**2 + columns**2 < radius**2)[..., None], [90, 40, 120], [250, 225, 200]).astype(
        np.uint8
    )


def test_the_share_of_a_nucleus_is_that_of_its_area_in_any_stain():
    crops = np.stack([disc(20), disc(40), disc(40) // 2 + 100])
    expected = np.array([np.pi * 20**2, np.pi * 40**2, np.pi * 40**2]) / 160**2
    np.testing.assert_allclose(nucleus_share(crops), expected, rtol=0.02)


def test_resampling_keeps_brightness_and_mirrors_what_is_outside():
    rows = resampling(160, 0.5)
    np.testing.assert_allclose(rows.sum(axis=1), 1, rtol=1e-6)
    ramp = rows @ np.arange(160)
    # The middle half is the whole ramp, twice as steep; beyond it the ramp goes back.
    np.testing.assert_allclose(np.diff(ramp)[42:118], 2, atol=1e-4)
    np.testing.assert_allclose(ramp[:40], ramp[79:39:-1], atol=1e-4)
    np.testing.assert_allclose(resampling(160, 1), np.eye(160), atol=1e-6)


def test_only_a_large_nucleus_is_shrunk_and_both_files_say_what_the_network_says(tmp_path):
    import keras

    keras.utils.set_random_seed(1)
    network = ARCHITECTURES["inceptionv3"](8, 0.0, SIDE)
    freeze(network)
    small, large = disc(9, SIDE), disc(24, SIDE)
    crops = np.stack([small, large])
    both = magnified(with_activation_maps(network), Magnification(0.5, 0.1), SIDE)
    rows = resampling(SIDE, 0.5)
    shrunk = np.einsum("ai,bj,ijc->abc", rows, rows, large.astype(np.float32))
    expected = network(np.stack([small.astype(np.float32), shrunk]))[LOGITS]
    said = both(crops.astype(np.float32))
    np.testing.assert_allclose(said[LOGITS], expected, atol=1e-4)
    plain = with_activation_maps(network)(np.stack([small.astype(np.float32), shrunk]))[MAPS]
    np.testing.assert_allclose(said[MAPS][0], plain[0], atol=1e-4)
    export_savedmodel(both, SIDE, tmp_path / "saved_model")
    export_onnx(both, SIDE, tmp_path / "model.onnx", tmp_path / "saved_model")
    check_exports(both, tmp_path, crops)


def test_the_scale_is_found_by_the_nuclei_and_not_used_where_it_does_not_help():
    network = ARCHITECTURES["lenet5"](8, 0.0, 160)
    files = sorted(CELLS.glob("*.jpg"))
    truth = np.arange(len(files))
    home = np.stack([read(file, 160) for file in files])
    _, same = choose_magnification(network, (home, truth), (home, truth))
    assert same == {"size": 1.0, "scale": 1.0}
    lab = np.stack([read(file, 160, cut=0.6) for file in files])
    magnification, found = choose_magnification(network, (lab, truth), (home, truth))
    assert 0.5 < found["size"] < 0.7
    assert (magnification is not None) == (found["scale"] < 1) == ("accuracy" in found)


def test_what_a_network_is_shown_is_what_it_sees_behind_it():
    network = ARCHITECTURES["lenet5"](8, 0.0, 160)
    crops = np.stack([disc(15), disc(60)])
    way = Magnification(0.5, 0.1)
    shown = shrink(crops, way)
    np.testing.assert_array_equal(shown[0], crops[0])
    expected = magnified(network, way, 160)(crops.astype(np.float32))[LOGITS]
    np.testing.assert_allclose(network(shown)[LOGITS], expected, atol=1e-4)
    assert shrink(crops, None) is crops
