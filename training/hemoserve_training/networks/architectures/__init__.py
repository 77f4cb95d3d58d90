"""The networks, by the name that a configuration gives in `arch`.

Each builder takes the number of classes, the dropout rate before the head and the side of the square input in
pixels. Its network takes crops as they are, values 0-255 (batch, side, side, 3), normalizes inside its graph,
and gives two outputs: `logits` (batch, classes) and `features`, the activations before the head.
"""

from .alexnet import alexnet
from .inceptionv3 import inceptionv3
from .lenet5 import lenet5, lenet5_wide
from .vgg16 import vgg16, vgg16_dense

ARCHITECTURES = {
    "alexnet": alexnet,
    "inceptionv3": inceptionv3,
    "lenet5": lenet5,
    "lenet5-wide": lenet5_wide,
    "vgg16": vgg16,
    "vgg16-dense": vgg16_dense,
}
