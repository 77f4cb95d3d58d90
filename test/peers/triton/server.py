"""NVIDIA Triton through PyTriton, with onnxruntime."""

import os
import sys
from pathlib import Path

import numpy as np
from pytriton.decorators import batch
from pytriton.model_config import DynamicBatcher, ModelConfig, Tensor
from pytriton.triton import Triton, TritonConfig

sys.path.append(str(Path(__file__).parents[1]))
import network

session = network.load()


@batch
def infer(crops):
    return network.run(session, crops)


def tensor(name, shape, dtype=np.float32):
    return Tensor(name=name, dtype=dtype, shape=shape)


config = TritonConfig(
    http_address="127.0.0.1",
    http_port=int(os.environ["PORT"]),
    allow_grpc=False,
    allow_metrics=False,
    log_verbose=0,
)
with Triton(config=config) as triton:
    triton.bind(
        model_name="cells",
        infer_func=infer,
        inputs=[tensor("crops", (160, 160, 3), np.uint8)],
        outputs=[tensor("logits", (8,)), tensor("features", (2048,)), tensor("activationMaps", (3, 3, 8))],
        # The outputs' types are left to the network, so that a test can have wrong ones.
        config=ModelConfig(max_batch_size=16, batcher=DynamicBatcher()),
        strict=False,
    )
    triton.serve()
