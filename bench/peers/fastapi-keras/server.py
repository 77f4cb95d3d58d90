"""FastAPI and the SavedModel in TensorFlow: a plain handler, which FastAPI runs in its thread pool."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import tensorflow as tf
import uvicorn
from fastapi import FastAPI, UploadFile
from model import CORES, FOLDER, INPUT, LOGITS, MANIFEST, PORT, preprocess, probabilities

tf.config.threading.set_intra_op_parallelism_threads(CORES)
layer = keras.layers.TFSMLayer(str(FOLDER / MANIFEST["savedModel"]), call_endpoint="serving_default")
app = FastAPI()


def logits_of(crops):
    return layer(tf.constant(crops, name=INPUT))[LOGITS].numpy()


@app.post("/classify")
def classify(image: UploadFile) -> dict:
    crops = preprocess(image.file.read())[None]
    return {"probabilities": probabilities(logits_of(crops))[0]}


@app.get("/ready")
def ready() -> dict:
    return {}


if __name__ == "__main__":
    uvicorn.run(app, port=PORT, access_log=False, log_level="warning")
