"""Adds an int8 network to an exported version: static QDQ, calibrated on training crops.

    npm run quantize -- --model inceptionv3@1.4.0 --data ../shared/pbc

Where it loses too much accuracy, --keep-float N keeps the N layers in float32 whose weights or input int8
renders worst. The manifest lists the file; an engine serves it once its own loss is recorded (npm run
record), which the service's evaluation measures. The loss that is printed here is onnxruntime's in Python.
"""

import argparse
import json
import math
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, numpy_helper
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.qdq_loss_debug import (
    collect_activations,
    compute_signal_to_quantization_noice_ratio,
    compute_weight_error,
    create_activation_matching,
    create_weight_matching,
    modify_model_output_intermediate_tensors,
)
from onnxruntime.quantization.shape_inference import quant_pre_process
from scipy.special import softmax
from tqdm import tqdm

from .config import CLASSES
from .crops import load_crops
from .dataset import Crop
from .manifest import INT8_FILE, list_files, preprocessing_of, read_manifest, write_manifest
from .metrics import estimate
from .preprocessing import preprocess
from .serialize import INPUT, LOGITS
from .split import read_split

BATCH = 16
# Layers with weights, which int8 speeds up.
WEIGHTED = ("Conv", "MatMul", "Gemm")
# Crops that the layers are ranked with; all their activations are in memory.
RANKED_CROPS = 8
# Margin of another engine's or processor's rounding over the difference that was measured here.
GOLDEN_MARGIN = 3


class Calibration(CalibrationDataReader):
    """Crops for the observation of the activations' ranges."""

    def __init__(self, crops: np.ndarray):
        self.batches: Iterator[dict] = iter(
            {INPUT: np.asarray(crops[start : start + BATCH])} for start in range(0, len(crops), BATCH)
        )

    def get_next(self) -> dict | None:
        return next(self.batches, None)


def choose_crops(crops: list[Crop], per_class: int, seed: int) -> list[Crop]:
    """As many random crops of every class."""
    rng = np.random.default_rng(seed)
    chosen = []
    for label in CLASSES:
        of_class = [crop for crop in crops if crop.label == label]
        chosen += [of_class[index] for index in rng.permutation(len(of_class))[:per_class]]
    return chosen


def as_float32(model: onnx.ModelProto) -> None:
    """Replaces weights stored as float16 and their casts by float32 weights, which the quantizer expects."""
    graph = model.graph
    stored = {tensor.name: tensor for tensor in graph.initializer}
    for node in list(graph.node):
        weight = stored.get(node.input[0]) if node.op_type == "Cast" else None
        if weight is not None and weight.data_type == TensorProto.FLOAT16:
            value = numpy_helper.to_array(weight).astype(np.float32)
            graph.initializer.remove(weight)
            graph.initializer.append(numpy_helper.from_array(value, node.output[0]))
            graph.node.remove(node)


def prepare(source: Path, target: Path) -> None:
    """Writes the network with folded constants and shapes, ready for quantization."""
    model = onnx.load(source)
    as_float32(model)
    onnx.save(model, target)
    # The symbolic inference needs another package; every shape but the batch is known without it.
    quant_pre_process(target, target, skip_symbolic_shape=True)


def quantize(prepared: Path, target: Path, calibration: np.ndarray, keep_float: list[str]) -> None:
    """Writes the int8 network: the layers with weights but the named ones, weights per channel, activations
    per tensor. These are unsigned, as x86's 8-bit products take them: with signed ones OpenVINO's outputs
    moved several times as far from float32's as onnxruntime's, with unsigned ones both are alike.
    """
    quantize_static(
        prepared,
        target,
        Calibration(calibration),
        quant_format=QuantFormat.QDQ,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        per_channel=True,
        op_types_to_quantize=list(WEIGHTED),
        nodes_to_exclude=keep_float,
    )


def logits_of(file: Path, crops: np.ndarray) -> np.ndarray:
    """float32 logits (n, classes) of uint8 crops (n, side, side, 3), by onnxruntime."""
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    starts = tqdm(range(0, len(crops), BATCH), desc=file.name, unit="batch")
    batches = [session.run([LOGITS], {INPUT: np.asarray(crops[start : start + BATCH])}) for start in starts]
    return np.concatenate([outputs[0] for outputs in batches])


def rank_layers(prepared: Path, quantized: Path, crops: np.ndarray) -> list[str]:
    """Names of the layers with weights; first the one whose weights or input have the lowest ratio of signal
    to quantization noise in the int8 network."""
    observed = quantized.with_name("observed.onnx")
    modify_model_output_intermediate_tensors(quantized, observed)
    pairs = create_activation_matching(collect_activations(observed, Calibration(crops)))
    weights = create_weight_matching(prepared, quantized)
    # Scalars, such as that of the normalization, are matched too, and the comparison fails on them.
    ratios = compute_weight_error({name: pair for name, pair in weights.items() if pair["float"].ndim > 0})
    for tensor, pair in pairs.items():
        ratios[tensor] = compute_signal_to_quantization_noice_ratio(pair["pre_qdq"], pair["post_qdq"])
    layers = [node for node in onnx.load(prepared).graph.node if node.op_type in WEIGHTED]
    layers.sort(key=lambda node: min(ratios.get(tensor, math.inf) for tensor in node.input[:2]))
    return [node.name for node in layers]


def golden_tolerance(folder: Path, manifest: dict, target: Path) -> float:
    """What the int8 probabilities of the golden images may differ by, in whole percent."""
    golden = json.loads((folder / manifest["golden"]["file"]).read_text())
    spec = preprocessing_of(manifest)
    crops = np.stack([preprocess(folder / entry["image"], spec) for entry in golden])
    said = softmax(logits_of(target, crops) / manifest["calibration"]["temperature"], axis=1)
    difference = np.abs(said - np.array([entry["probabilities"] for entry in golden])).max()
    return math.ceil(100 * GOLDEN_MARGIN * difference) / 100


def add_int8(args: argparse.Namespace) -> dict[str, object]:
    """Writes the version's int8 file and its entry in the manifest, and returns what was found.

    args: the command's.
    """
    name, _, version = args.model.partition("@")
    folder = args.models / name / version
    manifest = read_manifest(args.models, name, version)
    spec = preprocessing_of(manifest)
    parts = read_split(args.split)
    part = manifest["metrics"]["part"]
    with tempfile.TemporaryDirectory() as scratch:
        prepared, target = Path(scratch, "float32.onnx"), Path(scratch, INT8_FILE)
        prepare(folder / manifest["onnx"], prepared)
        chosen = choose_crops(parts["train"], args.per_class, args.seed)
        calibration, _ = load_crops(args.data, chosen, spec, Path(scratch))
        quantize(prepared, target, calibration, [])
        keep_float = []
        if args.keep_float:
            keep_float = rank_layers(prepared, target, calibration[:RANKED_CROPS])[: args.keep_float]
            quantize(prepared, target, calibration, keep_float)
        crops, truth = load_crops(args.data, parts[part], spec, Path(scratch))
        float32, int8 = (logits_of(file, crops).argmax(axis=1) for file in (prepared, target))
        entry = {"onnx": INT8_FILE, "goldenTolerance": golden_tolerance(folder, manifest, target)}
        shutil.copy(target, folder / INT8_FILE)
    manifest.setdefault("precisions", {})["int8"] = entry
    manifest["files"] = list_files(folder)
    write_manifest(folder, manifest)
    return {
        "sizeMb": round((folder / INT8_FILE).stat().st_size / 1e6, 1),
        "keptFloat32": keep_float,
        "part": part,
        "n": len(truth),
        "float32": estimate(int((float32 == truth).sum()), len(truth)),
        "int8": estimate(int((int8 == truth).sum()), len(truth)),
        "accuracyLoss": float((float32 == truth).mean() - (int8 == truth).mean()),
        "changedPredictions": int((float32 != int8).sum()),
    } | entry


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--model", required=True, help="the version, as NAME@VERSION")
    parser.add_argument("--models", type=Path, default=Path("models"), help="the registry's folder")
    parser.add_argument("--data", type=Path, required=True, help="folder with one folder per class")
    parser.add_argument(
        "--split", type=Path, default=Path("training/splits/pbc.csv"), help="the split's list"
    )
    parser.add_argument("--per-class", type=int, default=32, help="calibration crops of each class")
    parser.add_argument("--keep-float", type=int, default=0, help="layers that stay float32")
    parser.add_argument("--seed", type=int, default=1)
    print(json.dumps(add_int8(parser.parse_args()), indent=2))


if __name__ == "__main__":
    main()
