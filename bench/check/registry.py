"""Writes a registry with one small model, whose weights are random: the service's own cost shows beside it.

python bench/check/registry.py FOLDER
"""

import hashlib
import json
import os
import shutil
import sys
from pathlib import Path

os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # onnxruntime would look up a host of Microsoft's

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from scipy.special import softmax

from hemoserve_training.data.classes import CLASSES
from hemoserve_training.data.preprocessing import Preprocessing, preprocess

SIDE_PX = 160
FEATURES = 16
PATCH_PX = 16

root = Path(__file__).parents[2]
folder = Path(sys.argv[1]) / "small" / "1.0.0"
folder.mkdir(parents=True)
random = np.random.default_rng(20261124)


def model() -> onnx.ModelProto:
    """Patches of the crop through one convolution, averaged (features), and a linear head (logits)."""
    weights = {
        "scale": np.float32(1 / 255),
        "kernel": random.normal(0, 0.1, (FEATURES, 3, PATCH_PX, PATCH_PX)),
        "head": random.normal(0, 1, (FEATURES, len(CLASSES))),
    }
    nodes = [
        helper.make_node("Cast", ["crops"], ["float"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["float", "scale"], ["scaled"]),
        helper.make_node("Transpose", ["scaled"], ["channels_first"], perm=[0, 3, 1, 2]),
        helper.make_node(
            "Conv",
            ["channels_first", "kernel"],
            ["patches"],
            strides=[PATCH_PX, PATCH_PX],
        ),
        helper.make_node("Relu", ["patches"], ["active"]),
        helper.make_node("ReduceMean", ["active"], ["features"], axes=[2, 3], keepdims=0),
        helper.make_node("MatMul", ["features", "head"], ["logits"]),
    ]
    tensors = [numpy_helper.from_array(value.astype(np.float32), name) for name, value in weights.items()]
    crops = helper.make_tensor_value_info("crops", TensorProto.UINT8, ["n", SIDE_PX, SIDE_PX, 3])
    outputs = [
        helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", len(CLASSES)]),
        helper.make_tensor_value_info("features", TensorProto.FLOAT, ["n", FEATURES]),
    ]
    graph = helper.make_graph(nodes, "small", [crops], outputs, tensors)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


spec = Preprocessing(SIDE_PX, SIDE_PX)
onnx.save(model(), folder / "model.onnx")
session = onnxruntime.InferenceSession(folder / "model.onnx", providers=["CPUExecutionProvider"])
cell = root / "test/fixtures/cells/neutrophil.jpg"
[logits] = session.run(["logits"], {"crops": preprocess(cell, spec)[None]})
shutil.copy(cell, folder / "golden.jpg")
golden = [
    {
        "image": "golden.jpg",
        "probabilities": softmax(logits[0].astype(np.float64)).tolist(),
    }
]
(folder / "golden.json").write_text(json.dumps(golden))

default = json.loads((root / "models/default.json").read_text())
manifest = json.loads((root / "models" / default["name"] / default["version"] / "manifest.json").read_text())
kept = (
    "formatVersion",
    "classes",
    "normalization",
    "training",
    "metrics",
    "licences",
    "intendedUse",
)
files = [file for file in folder.rglob("*") if file.is_file()]
manifest = {key: manifest[key] for key in kept} | {
    "name": "small",
    "version": "1.0.0",
    "architecture": "small",
    "input": {
        "name": "crops",
        "dataType": "uint8",
        "layout": "NHWC",
        "width": SIDE_PX,
        "height": SIDE_PX,
        "channels": 3,
    },
    "preprocessing": {key: value for key, value in spec.manifest().items() if key not in ("width", "height")},
    "outputs": {"logits": "logits", "features": "features", "featureCount": FEATURES},
    "calibration": {"method": "temperature", "temperature": 1},
    "onnx": "model.onnx",
    "golden": {"file": "golden.json", "tolerance": 0.01},
    "files": {
        file.relative_to(folder).as_posix(): {
            "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
            "sizeBytes": file.stat().st_size,
        }
        for file in files
    },
}
(folder / "manifest.json").write_text(json.dumps(manifest))
(folder.parents[1] / "default.json").write_text(json.dumps({"name": "small", "version": "1.0.0"}))
