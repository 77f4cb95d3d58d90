"""What the networks are built of. All take and give activations (n, channels, height, width)."""

import torch
from torch import nn
from torch.nn import functional


class Unit(nn.Module):
    """A convolution without bias, a batch normalization without scale, a rectifier; as Keras': epsilon
    .001, and running statistics that keep .99. pad: whether the output keeps the side, at stride 1."""

    def __init__(
        self, inputs: int, outputs: int, kernel: int | tuple[int, int], stride: int = 1, pad: bool = True
    ):
        super().__init__()
        sides = (kernel, kernel) if isinstance(kernel, int) else kernel
        padding = tuple(side // 2 for side in sides) if pad else 0
        self.convolution = nn.Conv2d(inputs, outputs, sides, stride, padding, bias=False)
        self.normalization = nn.BatchNorm2d(outputs, eps=1e-3, momentum=0.01)
        self.normalization.weight.requires_grad_(False)

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        return functional.relu(self.normalization(self.convolution(values)), inplace=True)


class Branches(nn.Module):
    """Several ways side by side, their channels after one another."""

    def __init__(self, *ways: nn.Module):
        super().__init__()
        self.ways = nn.ModuleList(ways)

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        return torch.cat([way(values) for way in self.ways], 1)


class AveragePool(nn.Module):
    """Means over 3 by 3 values; those beyond the edge are not counted, as in Keras."""

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        return functional.avg_pool2d(values, 3, 1, 1, count_include_pad=False)


class Network(nn.Module):
    """Crops, float32 0-255 (n, 3, side, side), to float32 logits (n, classes): normalization, body, global
    average pooling, dropout and one dense layer."""

    def __init__(self, body: nn.Module, feature_count: int, class_count: int, dropout: float):
        super().__init__()
        self.body = body
        self.dropout = nn.Dropout(dropout)
        self.logits = nn.Linear(feature_count, class_count)

    def units(self) -> list[Unit]:
        """In the order in which they were created, which is that of the Keras network's layers too."""
        return [module for module in self.modules() if isinstance(module, Unit)]

    def forward(self, crops: torch.Tensor) -> torch.Tensor:
        features = self.body(crops / 127.5 - 1).mean((2, 3))
        # The head in float32, as in Keras.
        with torch.autocast(crops.device.type, enabled=False):
            return self.logits(self.dropout(features.float()))
