"""BentoML and onnxruntime, with its adaptive batches."""

from pathlib import Path

import bentoml
import numpy as np
from model import CORES, MAX_BATCH_SIZE, onnx_session, preprocess, probabilities, run


@bentoml.service(workers=1, traffic={"timeout": 60}, logging={"access": {"enabled": False}})
class Classifier:
    def __init__(self):
        self.session = onnx_session(CORES)

    @bentoml.api(batchable=True, max_batch_size=MAX_BATCH_SIZE, max_latency_ms=60_000)
    def classify(self, images: list[Path]) -> list[list[float]]:
        crops = np.stack([preprocess(image.read_bytes()) for image in images])
        return probabilities(run(self.session, crops))
