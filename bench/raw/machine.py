"""The machine's and the model's arithmetic: `python bench/raw/machine.py` prints JSON with

peakGflops: float32 matrix multiplication by numpy on all cores, GFLOP/s, the best of several runs
gflopPerCrop: of one crop through the model's convolutions and matrix products, two per multiply-add
"""

import json
import math
import time

import numpy as np
import onnx
from model import ONNX_FILE

SIDE = 2048
RUNS = 12


def peak_gflops() -> float:
    a, b = (np.random.default_rng(seed).random((SIDE, SIDE), np.float32) for seed in (1, 2))
    durations = []
    for _ in range(RUNS):
        start = time.perf_counter()
        np.matmul(a, b)
        durations.append(time.perf_counter() - start)
    return 2 * SIDE**3 / min(durations) / 1e9


def gflop_per_crop() -> float:
    model = onnx.load(ONNX_FILE, load_external_data=False)
    model.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 1
    graph = onnx.shape_inference.infer_shapes(model).graph
    shapes = {
        value.name: [dimension.dim_value for dimension in value.type.tensor_type.shape.dim]
        for value in [*graph.value_info, *graph.output]
    } | {tensor.name: list(tensor.dims) for tensor in graph.initializer}
    multiply_adds = 0
    for node in graph.node:
        if node.op_type == "Conv":  # each output value sums over the kernel's input channels and area
            multiply_adds += math.prod(shapes[node.output[0]]) * math.prod(shapes[node.input[1]][1:])
        elif node.op_type in ("MatMul", "Gemm"):
            multiply_adds += math.prod(shapes[node.input[1]])
    return 2 * multiply_adds / 1e9


print(json.dumps({"peakGflops": peak_gflops(), "gflopPerCrop": gflop_per_crop()}))
