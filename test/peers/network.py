"""The network that the peers run, and the faults that a test asks for."""

import os
import time
from pathlib import Path

import numpy as np
import onnxruntime

NETWORK = os.environ["NETWORK"]
INPUT = "crops"
OUTPUTS = ["logits", "features", "activationMaps"]
# One word; the file is not there while all is well.
FAULT = Path(os.environ["FAULT_FILE"])

options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 2


def load() -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(NETWORK, options, providers=["CPUExecutionProvider"])


def run(session: onnxruntime.InferenceSession, crops: np.ndarray) -> dict[str, np.ndarray]:
    fault = FAULT.read_text() if FAULT.exists() else ""
    if fault == "error":
        raise RuntimeError("it is broken")
    if fault == "slow":
        time.sleep(7)
    outputs = dict(zip(OUTPUTS, session.run(OUTPUTS, {INPUT: crops}), strict=True))
    if fault == "shape":
        outputs["logits"] = outputs["logits"][:, 1:]
    if fault == "datatype":
        outputs["logits"] = outputs["logits"].astype(np.int32)
    return outputs
