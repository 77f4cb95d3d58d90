"""MLServer with onnxruntime."""

import sys
from pathlib import Path

from mlserver import MLModel
from mlserver.codecs import NumpyCodec
from mlserver.types import InferenceRequest, InferenceResponse

sys.path.append(str(Path(__file__).parents[1]))
import network


class Cells(MLModel):
    async def load(self) -> bool:
        self.session = network.load()
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        crops = NumpyCodec.decode_input(payload.inputs[0])
        outputs = network.run(self.session, crops)
        wanted = [output.name for output in payload.outputs]
        return InferenceResponse(
            model_name=self.name,
            outputs=[NumpyCodec.encode_output(name, outputs[name]) for name in wanted],
        )
