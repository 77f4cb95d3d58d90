"""Static QDQ quantization of an ONNX file to int8, calibrated on crops."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, numpy_helper
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

from ..networks.ends import INPUT

BATCH = 16
# Layers that int8 speeds up. The head costs nothing in float32, and its logits and maps stay exact.
WEIGHTED = ("Conv",)


class Calibration(CalibrationDataReader):
    """Crops for the observation of the activations' ranges."""

    def __init__(self, crops: np.ndarray):
        self.batches: Iterator[dict] = iter(
            {INPUT: np.asarray(crops[start : start + BATCH])} for start in range(0, len(crops), BATCH)
        )

    def get_next(self) -> dict | None:
        return next(self.batches, None)


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
    """Writes the int8 network: all convolutions but the named ones, weights per channel, activations per
    tensor. These are unsigned, as x86's 8-bit products take them: with signed ones OpenVINO's outputs moved
    several times as far from float32's as onnxruntime's, with unsigned ones both are alike. Weights have 7
    bits, so that the sum of two products fits 16, in which processors without VNNI add them.
    """
    quantize_static(
        prepared,
        target,
        Calibration(calibration),
        quant_format=QuantFormat.QDQ,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        per_channel=True,
        reduce_range=True,
        op_types_to_quantize=list(WEIGHTED),
        nodes_to_exclude=keep_float,
    )
