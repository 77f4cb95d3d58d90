"""KServe's Python server (V1 protocol) and onnxruntime: a process per core; it has no batches of its own."""

import base64

from kserve import Model, ModelServer
from model import CORES, PORT, onnx_session, preprocess, probabilities, run

session = onnx_session(threads=1)  # of each process, which imports this file


class Classifier(Model):
    def __init__(self):
        super().__init__("classifier")
        self.ready = True

    def predict(self, payload, headers=None, response_headers=None):
        jpegs = [base64.b64decode(instance["image"]["b64"]) for instance in payload["instances"]]
        return {"predictions": [probabilities(run(session, preprocess(jpeg)[None]))[0] for jpeg in jpegs]}


if __name__ == "__main__":
    ModelServer(http_port=PORT, workers=CORES, enable_grpc=False, access_log_format=None).start(
        [Classifier()]
    )
