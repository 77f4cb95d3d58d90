"""The raw engine: OpenVINO in a loop, without HTTP, with decoding and without: by libjpeg-turbo where the
service finds it too, else by libvips (pyvips).

    python bench/raw/openvino_loop.py ONNX_FILE PRECISION CROPS_FOLDER SECONDS

prints JSON, as bench/raw/raw.ts describes it; a process of its own, started by the benchmark.
"""

import ctypes
import json
import sys
import threading
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median

import numpy as np
import openvino
import pyvips
from model import CORES, HEIGHT, MANIFEST, WIDTH
from model import preprocess as libvips_preprocess

onnx_file, precision, crops_folder = sys.argv[1:4]
jpegs = [file.read_bytes() for file in sorted(Path(crops_folder).iterdir())]
seconds = float(sys.argv[4])
# What is not quantized in an int8 network is left to OpenVINO's float32.
HINTS = {"float32": "f32", "bfloat16": "bf16", "int8": "f32"}
core = openvino.Core()
pool = ThreadPoolExecutor(CORES)


try:
    turbo = ctypes.CDLL("libturbojpeg.so.0")
    turbo.tjInitDecompress.restype = ctypes.c_void_p
except OSError:
    turbo = None
TJPF_RGB, TJFLAG_ACCURATEDCT = 0, 4096
decoders = threading.local()


def preprocess(jpeg: bytes) -> np.ndarray:
    """uint8 (height, width, 3), RGB, of the model's size."""
    if turbo is None:
        return libvips_preprocess(jpeg)
    if not hasattr(decoders, "one"):
        decoders.one = ctypes.c_void_p(turbo.tjInitDecompress())
    width, height, length = ctypes.c_int(), ctypes.c_int(), ctypes.c_ulong(len(jpeg))
    ignored = ctypes.byref(ctypes.c_int())
    turbo.tjDecompressHeader3(
        decoders.one, jpeg, length, ctypes.byref(width), ctypes.byref(height), ignored, ignored
    )
    pixels = ctypes.create_string_buffer(3 * width.value * height.value)
    to = (pixels, width, 0, height, TJPF_RGB, TJFLAG_ACCURATEDCT)
    if turbo.tjDecompress2(decoders.one, jpeg, length, *to) != 0:
        raise ValueError("libjpeg-turbo does not decode a crop")
    image = pyvips.Image.new_from_memory(pixels, width.value, height.value, 3, "uchar")
    scale, vscale = WIDTH / width.value, HEIGHT / height.value
    return image.resize(scale, vscale=vscale, kernel=MANIFEST["preprocessing"]["kernel"]).numpy()


def compiled(hint: str, size: int):
    """For batches of one size, which is faster than for any."""
    model = core.read_model(onnx_file)
    shape = model.input().partial_shape
    shape[0] = size
    model.reshape(shape)
    options = {
        "PERFORMANCE_HINT": hint,
        "INFERENCE_NUM_THREADS": CORES,
        "INFERENCE_PRECISION_HINT": HINTS[precision],
    }
    return core.compile_model(model, "CPU", options)


def pace(how: str, model, size: int, batches) -> dict:
    """Keeps as many inferences in flight as the model asks for, each of a batch from the iterator."""
    queue = openvino.AsyncInferQueue(model)
    queue.start_async([next(batches)])
    queue.wait_all()
    crops, start, cpu = 0, time.perf_counter(), time.process_time()
    while time.perf_counter() - start < seconds:
        queue.start_async([next(batches)])
        crops += size
    queue.wait_all()
    elapsed, used = time.perf_counter() - start, time.process_time() - cpu
    return {
        "how": how,
        "cropsPerSecond": crops / elapsed,
        "cpuSecondsPer1000": used / crops * 1000,
    }


def same(size: int):
    batch = np.stack([preprocess(jpegs[0])] * size)
    while True:
        yield batch


def decoded(size: int):
    """Batches of crops that the pool decodes ahead."""
    futures = deque()
    index = 0
    while True:
        while len(futures) < 2 * max(size, CORES):
            futures.append(pool.submit(preprocess, jpegs[index % len(jpegs)]))
            index += 1
        yield np.stack([futures.popleft().result() for _ in range(size)])


def one_at_a_time(model) -> float:
    request, durations, end = (
        model.create_infer_request(),
        [],
        time.perf_counter() + seconds,
    )
    while time.perf_counter() < end:
        start = time.perf_counter()
        request.infer([preprocess(jpegs[len(durations) % len(jpegs)])[None]])
        durations.append((time.perf_counter() - start) * 1000)
    return median(durations)


ways = [
    ("throughput mode", compiled("THROUGHPUT", 1), 1),
    ("throughput mode", compiled("THROUGHPUT", 8), 8),
    ("latency mode", compiled("LATENCY", 16), 16),
]


def best(batches) -> dict:
    paces = [pace(f"{mode}, batches of {size}", model, size, batches(size)) for mode, model, size in ways]
    return max(paces, key=lambda figures: figures["cropsPerSecond"])


decoding = "libjpeg-turbo and pyvips" if turbo else "pyvips"
result = {
    "engine": f"openvino {precision}",
    "title": f"OpenVINO {openvino.__version__.split('-')[0]} {precision}, {CORES} threads, {decoding}",
    "withDecoding": best(decoded),
    "withoutDecoding": best(same),
    "oneCropP50Ms": one_at_a_time(compiled("LATENCY", 1)),
}
print(json.dumps(result))
