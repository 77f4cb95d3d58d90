"""What a network says of many crops: the one loop over their batches."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import onnxruntime
from tqdm import tqdm

from ..networks.ends import INPUT, LOGITS

if TYPE_CHECKING:
    import keras

# float32 logits (n, classes) of a batch of uint8 crops (n, side, side, 3).
Classifier = Callable[[np.ndarray], np.ndarray]


def keras_classifier(network: "keras.Model") -> Classifier:
    return lambda crops: np.asarray(network.predict_on_batch(crops.astype(np.float32))[LOGITS])


def onnx_classifier(file: Path) -> Classifier:
    """By onnxruntime on the processor."""
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    return lambda crops: session.run([LOGITS], {INPUT: crops})[0]


def predict(
    classify: Classifier, crops: np.ndarray, batch_size: int, progress: str | None = None
) -> np.ndarray:
    """float32 logits (n, classes) of uint8 crops (n, side, side, 3), which may be mapped from a file.

    progress: name of the bar that is shown; none without it.
    """
    starts = tqdm(range(0, len(crops), batch_size), desc=progress, unit="batch", disable=progress is None)
    return np.concatenate([classify(np.asarray(crops[start : start + batch_size])) for start in starts])
