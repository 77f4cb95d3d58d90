"""A network in two parts: what stays as it is, and the last blocks, which may be trained."""

import keras

from ..networks.ends import FEATURES, LOGITS

# Layers that a block ends with: inception's joins, and poolings.
ENDS = (keras.layers.Concatenate, keras.layers.MaxPooling2D)


def block_ends(network: keras.Model) -> list[keras.layers.Layer]:
    """The layers that end a block: all that comes later depends on what comes before through them alone."""
    position_of = {layer.name: position for position, layer in enumerate(network.layers)}
    last_use = dict.fromkeys(position_of, 0)
    for position, layer in enumerate(network.layers):
        for node in layer._inbound_nodes:
            for parent in node.parent_nodes:
                name = parent.operation.name
                last_use[name] = max(last_use.get(name, 0), position)
    ends, reach = [], 0
    for position, layer in enumerate(network.layers):
        # `reach` is the last layer that takes something from before this one.
        if isinstance(layer, ENDS) and reach <= position:
            ends.append(layer)
        reach = max(reach, last_use[layer.name])
    return ends


def split(network: keras.Model, blocks: int) -> tuple[keras.Model, keras.Model]:
    """The trunk, from crops to what the last `blocks` blocks take, and the rest, with both outputs; they
    share the network's weights. With 0 blocks the rest is what follows the last of them.

    Raises SystemExit where the network has fewer blocks.
    """
    cut = _end(network, blocks).output
    outputs = {name: network.output[name] for name in (FEATURES, LOGITS)}
    return keras.Model(network.input, cut), keras.Model(cut, outputs, name=f"last_{blocks}")


def trained_variables(network: keras.Model, blocks: int) -> list[keras.Variable]:
    """Those of the head and of the last blocks that may change: all but statistics."""
    if blocks == 0:
        return network.get_layer(LOGITS).trainable_variables
    first = network.layers.index(_end(network, blocks)) + 1
    return [variable for layer in network.layers[first:] for variable in layer.trainable_variables]


def _end(network: keras.Model, blocks: int) -> keras.layers.Layer:
    ends = block_ends(network)
    if not 0 <= blocks < len(ends):
        raise SystemExit(f"{network.name}: 0 to {len(ends) - 1} blocks can be trained, not {blocks}")
    return ends[-1 - blocks]
