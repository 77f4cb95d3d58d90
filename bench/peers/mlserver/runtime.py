"""MLServer and onnxruntime, with its adaptive batches and one inference process."""

import base64

import numpy as np
from mlserver import MLModel
from mlserver.codecs import NumpyCodec
from mlserver.types import InferenceRequest, InferenceResponse
from model import CORES, onnx_session, preprocess, probabilities, run


class Classifier(MLModel):
    async def load(self) -> bool:
        self.session = onnx_session(CORES)
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        jpegs = [base64.b64decode(jpeg) for jpeg in payload.inputs[0].data]
        logits = run(self.session, np.stack([preprocess(jpeg) for jpeg in jpegs]))
        output = NumpyCodec.encode_output("probabilities", np.asarray(probabilities(logits), np.float32))
        return InferenceResponse(model_name=self.name, outputs=[output])
