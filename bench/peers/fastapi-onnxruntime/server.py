"""FastAPI and onnxruntime: a plain handler, which FastAPI runs in its thread pool; a process per core."""

import uvicorn
from fastapi import FastAPI, UploadFile
from model import CORES, PORT, onnx_session, preprocess, probabilities, run

session = onnx_session(threads=1)
app = FastAPI()


@app.post("/classify")
def classify(image: UploadFile) -> dict:
    crops = preprocess(image.file.read())[None]
    return {"probabilities": probabilities(run(session, crops))[0]}


@app.get("/ready")
def ready() -> dict:
    return {}


if __name__ == "__main__":
    uvicorn.run("server:app", port=PORT, workers=CORES, access_log=False, log_level="warning")
