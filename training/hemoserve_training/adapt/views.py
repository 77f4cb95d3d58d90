"""What the trunk makes of crops and of changed copies of them, calculated once: it stays as it is."""

from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf

from ..runs.augment import build_augmentation
from ..runs.config import Augmentation

BATCH = 32
# Mild: another focus, lamp or cut within one laboratory.
MILD = Augmentation(
    rotation=1.0,
    zoom=0.22,
    shift=0.06,
    brightness=0.25,
    contrast=0.2,
    saturation=0.35,
    hue=0.05,
    channel=0.15,
    blur_sigma=1.5,
    jpeg=0.15,
)


@dataclass(frozen=True)
class Views:
    """float16 activations (views, n, ...) of crops and of changed copies; the first view is the crops
    themselves; truth: index of each crop's class (n,); said: the probabilities that the network gave each
    view before it learnt anything (views, n, classes), where they are what is to be learnt; colours: the
    crops' colour values (n, values), see networks/colours.py."""

    activations: np.ndarray
    truth: np.ndarray
    said: np.ndarray | None = None
    colours: np.ndarray | None = None

    def of(self, chosen: np.ndarray) -> "Views":
        said = None if self.said is None else self.said[:, chosen]
        colours = None if self.colours is None else self.colours[chosen]
        return Views(self.activations[:, chosen], self.truth[chosen], said, colours)


def look(trunk: keras.Model, crops: np.ndarray, truth: np.ndarray, copies: int, seed: int) -> Views:
    """Runs the trunk on uint8 crops (n, side, side, 3) and on so many changed copies of each."""
    augment = build_augmentation(MILD)
    tf.random.set_seed(seed)
    run = tf.function(lambda batch: trunk(batch, training=False), reduce_retracing=True)

    def batches(change) -> np.ndarray:
        starts = range(0, len(crops), BATCH)
        inputs = (tf.constant(crops[start : start + BATCH]) for start in starts)
        return np.concatenate([run(change(batch)).numpy().astype(np.float16) for batch in inputs])

    plain = batches(lambda batch: tf.cast(batch, tf.float32))
    return Views(np.stack([plain, *(batches(augment) for _ in range(copies))]), truth)
