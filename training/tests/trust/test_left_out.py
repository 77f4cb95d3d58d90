"""A class that was left out, found among squares of colours."""

import numpy as np

from hemoserve_training.trust.left_out import left_out, left_out_of_reference
from hemoserve_training.trust.seen import Seen

COLOURS = np.array([[200, 60, 60], [60, 200, 60], [60, 60, 200]])


def squares(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """uint8 crops (n, 20, 20, 3) of three classes, a square of its colour on light grey."""
    rng = np.random.default_rng(seed)
    truth = np.arange(n) % 3
    crops = 220 + rng.normal(0, 3, (n, 20, 20, 3))
    crops[:, 6:14, 6:14] = COLOURS[truth][:, None, None] + rng.normal(0, 8, (n, 8, 8, 3))
    return np.clip(crops, 0, 255).astype(np.uint8), truth


def test_a_class_of_another_colour_is_found():
    found = left_out(*squares(60, seed=1), *squares(30, seed=2), without=1, epochs=15)
    assert found["accuracyOfTheOthers"] > 0.9
    assert found["auroc"] > 0.99


def test_a_class_that_only_the_reference_lacks_is_found():
    rng = np.random.default_rng(1)
    truth = np.arange(90) % 3
    features = 5 * np.eye(8)[truth] + rng.normal(size=(90, 8))
    seen = Seen(features[:, :3], features, rng.normal(size=(90, 12)), truth)
    # Its axis is outside the principal space of the others, which is as large as there are classes.
    assert left_out_of_reference(seen, seen, without=2) > 0.5
