"""FastAPI and OpenVINO in throughput mode: as many infer requests as the compiled model asks for."""

from queue import Queue

import openvino
import uvicorn
from fastapi import FastAPI, UploadFile
from model import CORES, LOGITS, ONNX_FILE, PORT, preprocess, probabilities

compiled = openvino.Core().compile_model(
    ONNX_FILE, "CPU", {"PERFORMANCE_HINT": "THROUGHPUT", "INFERENCE_NUM_THREADS": CORES}
)
requests = Queue()
for _ in range(compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS")):
    requests.put(compiled.create_infer_request())
app = FastAPI()


@app.post("/classify")
def classify(image: UploadFile) -> dict:
    crops = preprocess(image.file.read())[None]
    request = requests.get()
    try:
        logits = request.infer([crops])[LOGITS].copy()
    finally:
        requests.put(request)
    return {"probabilities": probabilities(logits)[0]}


@app.get("/ready")
def ready() -> dict:
    return {}


if __name__ == "__main__":
    uvicorn.run(app, port=PORT, access_log=False, log_level="warning")
