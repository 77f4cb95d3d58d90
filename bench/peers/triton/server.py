"""NVIDIA Triton through PyTriton, with Triton's dynamic batches, and onnxruntime."""

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
from pytriton.decorators import batch
from pytriton.model_config import DynamicBatcher, ModelConfig, Tensor
from pytriton.triton import Triton, TritonConfig

session = onnx_session(CORES)


@batch
def classify(image):
    crops = np.stack([preprocess(jpeg) for jpeg in image[:, 0]])
    return {"probabilities": np.asarray(probabilities(run(session, crops)), np.float32)}


if __name__ == "__main__":
    config = TritonConfig(
        http_address="127.0.0.1",
        http_port=PORT,
        allow_grpc=False,
        allow_metrics=False,
        log_verbose=0,
    )
    with Triton(config=config) as triton:
        triton.bind(
            model_name="classifier",
            infer_func=classify,
            inputs=[Tensor(name="image", dtype=bytes, shape=(1,))],
            outputs=[Tensor(name="probabilities", dtype=np.float32, shape=(-1,))],
            config=ModelConfig(max_batch_size=MAX_BATCH_SIZE, batcher=DynamicBatcher()),
        )
        triton.serve()
