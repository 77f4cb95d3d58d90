"""Writes one network as SavedModel and as ONNX, whose large kernels are stored once.

They are the SavedModel's variables, in float16, which halves them; all arithmetic stays float32. The ONNX
file has them as external data: it says where each one begins in the SavedModel's file. It takes them as
TensorFlow lays them out, and its runtime turns, converts and folds them once, when it loads them.
"""

from pathlib import Path

import keras
import numpy as np
import onnx
import tensorflow as tf
import tf2onnx
from onnx import TensorProto, helper

from ..networks.activation_maps import with_activation_maps
from ..networks.ends import INPUT

# Below this many values a tensor is kept as float32: biases and batch statistics cost nothing.
LARGE = 4096
SIGNATURE = "serving_default"
# TensorFlow's name for the file of all variables.
VARIABLES = "variables/variables.data-00000-of-00001"


def is_large(variable: keras.Variable) -> bool:
    return bool(np.prod(variable.shape) >= LARGE)


def freeze(network: keras.Model) -> None:
    """Rounds large kernels to values that float16 holds exactly, so what is stored is what was evaluated."""
    for variable in filter(is_large, network.variables):
        variable.assign(np.asarray(variable).astype(np.float16).astype(np.float32))


def signature(size_px: int) -> tf.TensorSpec:
    """uint8 (batch, side, side, 3): normalization is in the graph, so nobody can get it wrong."""
    return tf.TensorSpec((None, size_px, size_px, 3), tf.uint8, name=INPUT)


def serve(network: keras.Model, crops, weights: dict) -> dict:
    """What the network says of uint8 crops; weights: values, of any type, to take for some of its variables
    (by `id`)."""
    mapping = [
        (variable, tf.cast(weights[id(variable)], tf.float32))
        for variable in network.variables
        if id(variable) in weights
    ]
    with keras.StatelessScope(state_mapping=mapping):
        outputs = network(tf.cast(crops, tf.float32), training=False)
    return {name: tf.identity(output, name=name) for name, output in outputs.items()}


def export_savedmodel(network: keras.Model, size_px: int, folder: Path) -> None:
    """Writes a SavedModel with one signature; its variables are in the order of the network's."""
    served = with_activation_maps(network)
    stored = {id(variable): _stored(variable) for variable in network.variables}
    module = tf.Module()
    # Attributes of the module, so that the variables are saved.
    module.trainable_weights = [stored[id(variable)] for variable in network.trainable_variables]
    module.other_weights = [stored[id(variable)] for variable in network.non_trainable_variables]
    module.serve = tf.function(
        lambda crops: serve(served, crops, stored), input_signature=[signature(size_px)]
    )
    tf.saved_model.save(module, str(folder), signatures={SIGNATURE: module.serve})


def _stored(variable: keras.Variable) -> tf.Variable:
    value = tf.convert_to_tensor(np.asarray(variable))
    large = value.dtype == tf.float32 and is_large(variable)
    return tf.Variable(tf.cast(value, tf.float16) if large else value, trainable=False)


def export_onnx(network: keras.Model, size_px: int, file: Path, saved_model: Path) -> None:
    """Writes an ONNX file beside the SavedModel of the same network, whose kernels it uses.

    Raises ValueError where the SavedModel holds other kernels.
    """
    served = with_activation_maps(network)
    large = [variable for variable in network.variables if is_large(variable)]
    names = [f"kernel_{index}" for index in range(len(large))]
    kernels = [
        tf.TensorSpec(variable.shape, tf.float16, name=name)
        for variable, name in zip(large, names, strict=True)
    ]

    # As inputs, so that the conversion keeps its hands off them; they become initializers afterwards.
    @tf.function(input_signature=[signature(size_px), *kernels])
    def with_kernels(crops, *values):
        return serve(served, crops, {id(v): value for v, value in zip(large, values, strict=True)})

    model, _ = tf2onnx.convert.from_function(
        with_kernels, input_signature=[signature(size_px), *kernels], opset=17
    )
    data = saved_model / VARIABLES
    content = data.read_bytes()
    location = data.relative_to(file.parent).as_posix()
    for variable, name in zip(large, names, strict=True):
        value = np.asarray(variable).astype(np.float16)
        offset = content.find(value.tobytes())
        if offset < 0:
            raise ValueError(f"{data} lacks the kernel {variable.path}")
        tensor = TensorProto(name=name, data_type=TensorProto.FLOAT16, dims=value.shape)
        tensor.data_location = TensorProto.EXTERNAL
        for key, entry in {"location": location, "offset": offset, "length": value.nbytes}.items():
            tensor.external_data.add(key=key, value=str(entry))
        model.graph.initializer.append(tensor)
    inputs = [given for given in model.graph.input if given.name not in names]
    del model.graph.input[:]
    model.graph.input.extend(inputs)
    _turn_in_two_steps(model.graph)
    file.write_bytes(model.SerializeToString())
    onnx.checker.check_model(file)


def _turn_in_two_steps(graph: onnx.GraphProto) -> None:
    """Splits the turning of each kernel from (h, w, in, out) to (out, in, h, w): onnxruntime moves one axis
    at a time six times faster than two at once, 0.1 s instead of 0.6 s for InceptionV3's.
    """
    nodes = []
    for node in graph.node:
        nodes.append(node)
        if node.op_type == "Transpose" and list(node.attribute[0].ints) == [3, 2, 0, 1]:
            halfway = f"{node.output[0]}__halfway"
            nodes.append(helper.make_node("Transpose", [halfway], list(node.output), perm=[0, 3, 1, 2]))
            node.output[0] = halfway
            node.attribute[0].ints[:] = [3, 0, 1, 2]
    del graph.node[:]
    graph.node.extend(nodes)
