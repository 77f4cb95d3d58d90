"""What a version's two files say, and whether it is what their network says."""

from pathlib import Path

import keras
import numpy as np
import onnxruntime
import tensorflow as tf

from ..networks.activation_maps import with_activation_maps
from ..networks.ends import INPUT

# Largest accepted difference of one value between the exported files and the network.
EXPORT_TOLERANCE = 1e-3


def onnx_outputs(file: Path, crops: np.ndarray) -> dict[str, np.ndarray]:
    """Every output for uint8 crops (n, side, side, 3), by onnxruntime."""
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, {INPUT: crops}), strict=True))


def savedmodel_outputs(folder: Path, crops: np.ndarray) -> dict[str, np.ndarray]:
    """Every output for uint8 crops (n, side, side, 3), by TensorFlow."""
    outputs = tf.saved_model.load(str(folder)).signatures["serving_default"](**{INPUT: tf.constant(crops)})
    return {name: output.numpy() for name, output in outputs.items()}


def check_exports(network: keras.Model, folder: Path, crops: np.ndarray) -> dict[str, float]:
    """Largest difference of each exported file's outputs from the network's.

    Raises SystemExit when one is over the tolerance.
    """
    expected = with_activation_maps(network).predict_on_batch(crops.astype(np.float32))
    differences = {}
    for kind, outputs in (
        ("ONNX", onnx_outputs(folder / "model.onnx", crops)),
        ("SavedModel", savedmodel_outputs(folder / "saved_model", crops)),
    ):
        differences[kind] = max(
            float(np.abs(outputs[name] - value).max()) for name, value in expected.items()
        )
        if not differences[kind] <= EXPORT_TOLERANCE:
            raise SystemExit(f"outputs of the {kind} file differ from the network's by {differences[kind]}")
    return differences
