"""What home lost, on crops of home that nothing was trained on; only who has them can measure it."""

from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from ..data.preprocessing import preprocess
from ..data.split_list import read_split
from ..measure.predict import keras_classifier, predict
from ..release.promote import Gate
from .judge import home_loss, home_passes
from .run import Base

BATCH = 32


@dataclass(frozen=True)
class Home:
    """uint8 crops (n, side, side, 3), and the index of each one's class (n,)."""

    crops: np.ndarray
    truth: np.ndarray

    def predict(self, network: keras.Model) -> np.ndarray:
        """float32 logits (n, classes)."""
        return predict(keras_classifier(network), self.crops, BATCH, "home")


def home_crops(base: Base, data: Path, split_file: Path, most: int | None = None) -> Home:
    """The crops of the split's validation part, or so many random ones."""
    chosen = read_split(split_file)["validation"]
    if most is not None:
        order = np.random.default_rng(0).permutation(len(chosen))[:most]
        chosen = [chosen[index] for index in sorted(order)]
    pixels = np.stack([preprocess(data / crop.path, base.spec) for crop in chosen])
    return Home(pixels, np.array([base.classes.index(crop.label) for crop in chosen]))


def with_home(
    found: dict, before: np.ndarray, after: np.ndarray, truth: np.ndarray, most_loss: float
) -> None:
    """Puts the loss on those crops into the report, in place of that on the replay set."""
    loss = home_loss(before, after, truth)
    detail = f"lost {100 * loss['loss']:.2f} points, at most {100 * most_loss:.2f}"
    found["home"] = loss | {"of": "the validation part"}
    others = [gate for gate in found["gates"] if gate["name"] != "home"]
    found["gates"] = [*others, vars(Gate("home", home_passes(loss, most_loss), detail))]
