"""What a version's network and the image measures say of crops: all that its trust data are fitted from."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from scipy.special import softmax
from tqdm import tqdm

from ..data.crops import load_crops
from ..data.dataset import Crop, fingerprint
from ..data.preprocessing import Preprocessing
from ..networks.ends import FEATURES, INPUT, LOGITS
from .measures import measure_crops

BATCH = 16


@dataclass(frozen=True)
class Seen:
    """Of n crops: logits (n, classes), features (n, featureCount), measures (n, measures) and the indices of
    their classes (n,), -1 where they have none."""

    logits: np.ndarray
    features: np.ndarray
    measures: np.ndarray
    truth: np.ndarray

    def __len__(self) -> int:
        return len(self.truth)

    def __getitem__(self, chosen: np.ndarray) -> "Seen":
        return Seen(self.logits[chosen], self.features[chosen], self.measures[chosen], self.truth[chosen])

    def probabilities(self, temperature: float) -> np.ndarray:
        """(n, classes), calibrated."""
        return softmax(self.logits.astype(float) / temperature, axis=1)

    @property
    def predicted(self) -> np.ndarray:
        return self.logits.argmax(axis=1)


def see(network: Path, crops: np.ndarray, truth: np.ndarray, measures: np.ndarray | None = None) -> Seen:
    """By onnxruntime on the processor.

    crops: uint8 (n, side, side, 3), which may be mapped from a file; measures: theirs, where they are known.
    """
    options = onnxruntime.SessionOptions()
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(network, options, providers=["CPUExecutionProvider"])
    starts = tqdm(range(0, len(crops), BATCH), desc=network.name, unit="batch", mininterval=5)
    outputs = [
        session.run([LOGITS, FEATURES], {INPUT: np.asarray(crops[start : start + BATCH])}) for start in starts
    ]
    logits, features = (np.concatenate(output) for output in zip(*outputs, strict=True))
    return Seen(logits, features, measure_crops(crops) if measures is None else measures, truth)


def see_crops(network: Path, data: Path, crops: list[Crop], spec: Preprocessing, work: Path) -> Seen:
    """The same of a split's crops; kept in `work` by the network's bytes and the crops, since it takes
    minutes. So are their measures, which all networks of one input share."""
    name = fingerprint(crops)[:16]
    kept = work / f"seen-{_digest(network)[:16]}-{name}.npz"
    kept_measures = work / f"measures-{spec.width}x{spec.height}-{name}.npy"
    if not kept.exists():
        pixels, truth = load_crops(data, crops, spec, work)
        if not kept_measures.exists():
            np.save(kept_measures, measure_crops(pixels))
        np.savez(kept, **vars(see(network, pixels, truth, np.load(kept_measures))))
    return Seen(**np.load(kept))


def choose_reference(crops: list[Crop], n: int, seed: int) -> list[Crop]:
    """As many of the training crops at random, in their order."""
    order = np.random.default_rng(seed).permutation(len(crops))[:n]
    return [crops[index] for index in sorted(order)]


def _digest(network: Path) -> str:
    """SHA-256 of an ONNX file and of the files that have its weights."""
    tensors = onnx.load(network, load_external_data=False).graph.initializer
    external = {
        entry.value for tensor in tensors for entry in tensor.external_data if entry.key == "location"
    }
    files = [network, *(network.parent / location for location in sorted(external))]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
