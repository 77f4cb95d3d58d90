"""The networks in PyTorch, layer for layer those of networks/architectures, by the same names.

Each builder takes the number of classes and the dropout rate before the head. `gpu/carry.py` carries
weights between the two definitions, and a test holds their outputs equal.
"""

from .inceptionv3 import inceptionv3
from .vgg16 import vgg16

NETWORKS = {"inceptionv3": inceptionv3, "vgg16": vgg16}
