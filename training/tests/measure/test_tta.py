import numpy as np
import pytest

from hemoserve_training.measure.tta import compare_views, views


def test_views_are_the_eight_symmetries_of_a_square():
    crops = np.arange(2 * 3 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3, 3)
    seen = [view.tobytes() for view in views(crops)]
    assert seen[0] == crops.tobytes()
    assert len(set(seen)) == 8
    transposed = crops.transpose(0, 2, 1, 3)
    assert transposed.tobytes() in seen
    assert all(np.array_equal(np.sort(view.ravel()), np.sort(crops.ravel())) for view in views(crops))


def test_a_network_that_errs_on_some_views_is_right_on_their_mean():
    # The network looks at the top left corner alone, which both crops have bright.
    crops = np.zeros((2, 3, 3, 1), np.uint8)
    crops[0, 0, 0] = 1
    crops[1, 0, 0] = 1
    crops[1, 0, 2] = 1
    labels = np.array([0, 1])

    def predict(seen: np.ndarray) -> np.ndarray:
        corner = seen[:, 0, 0, 0].astype(float)
        return np.stack([0 * corner + 0.4, corner], axis=1)

    compared = compare_views(predict, crops, labels)
    # Alone both look like class 1; over the views the first has its corner in 2 of 8, the second in 4.
    assert compared["alone"]["value"] == pytest.approx(0.5)
    assert compared["views"]["value"] == pytest.approx(1.0)
