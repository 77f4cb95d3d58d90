"""Which layers int8 renders worst."""

import math
from pathlib import Path

import numpy as np
import onnx
from onnxruntime.quantization.qdq_loss_debug import (
    collect_activations,
    compute_signal_to_quantization_noice_ratio,
    compute_weight_error,
    create_activation_matching,
    create_weight_matching,
    modify_model_output_intermediate_tensors,
)

from .quantize import WEIGHTED, Calibration


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
