"""What every Python peer shares: the model's manifest, the preprocessing that it asks for, and the softmax.

The preprocessing is training's and the service's own, libvips' (here through pyvips, which is as fast as
Pillow and lets threads run meanwhile): every peer does the same work and gives the same probabilities.
"""

import json
import os
from pathlib import Path

os.environ.setdefault("VIPS_CONCURRENCY", "1")  # one crop is too small to be shared out between threads
os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # onnxruntime would look up a host of Microsoft's

import numpy as np
import pyvips

FOLDER = Path(os.environ["BENCH_MODEL_DIR"])
PORT = int(os.environ.get("BENCH_PORT", "0"))
CORES = int(os.environ["BENCH_CORES"])
MAX_BATCH_SIZE = int(os.environ["BENCH_MAX_BATCH_SIZE"])

MANIFEST = json.loads((FOLDER / "manifest.json").read_text())
CLASSES = MANIFEST["classes"]
INPUT = MANIFEST["input"]["name"]
LOGITS = MANIFEST["outputs"]["logits"]
WIDTH, HEIGHT = MANIFEST["input"]["width"], MANIFEST["input"]["height"]
ONNX_FILE = str(FOLDER / MANIFEST["onnx"])

pyvips.cache_set_max(0)  # every crop is another image


def preprocess(jpeg: bytes) -> np.ndarray:
    """uint8 (height, width, 3), RGB, of the model's size. Raises pyvips.Error for a bad image."""
    image = pyvips.Image.new_from_buffer(jpeg, "", fail_on="truncated", access="sequential").autorot()
    kernel = MANIFEST["preprocessing"]["kernel"]
    image = image.resize(WIDTH / image.width, vscale=HEIGHT / image.height, kernel=kernel)
    return image.colourspace("srgb").cast("uchar").numpy()


def probabilities(logits: np.ndarray) -> list[list[float]]:
    """Class probabilities (n, classes) of logits (n, classes), in the manifest's order."""
    scaled = logits / MANIFEST["calibration"]["temperature"]
    exponentials = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    return (exponentials / exponentials.sum(axis=1, keepdims=True)).tolist()


def onnx_session(threads: int):
    """An onnxruntime session of the model with that many threads, which don't spin: the cores are shared."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(ONNX_FILE, options, providers=["CPUExecutionProvider"])


def run(session, crops: np.ndarray) -> np.ndarray:
    """Logits (n, classes) of crops, uint8 (n, height, width, 3)."""
    return session.run([LOGITS], {INPUT: crops})[0]
