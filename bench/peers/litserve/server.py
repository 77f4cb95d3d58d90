"""LitServe and onnxruntime, with its dynamic batches."""

import litserve
import numpy as np
from model import (
    CORES,
    MAX_BATCH_SIZE,
    PORT,
    onnx_session,
    preprocess,
    probabilities,
    run,
)


class Classifier(litserve.LitAPI):
    def setup(self, device):
        self.session = onnx_session(CORES)

    def decode_request(self, request):
        return preprocess(request["image"].file.read())

    def batch(self, inputs):
        return np.stack(inputs)

    def predict(self, crops):
        return probabilities(run(self.session, crops))

    def unbatch(self, output):
        return output

    def encode_response(self, output):
        return {"probabilities": output}


if __name__ == "__main__":
    api = Classifier(max_batch_size=MAX_BATCH_SIZE, batch_timeout=0.005, api_path="/classify")
    server = litserve.LitServer(api, accelerator="cpu", workers_per_device=1)
    server.run(port=PORT, log_level="warning", generate_client_file=False)
