"""A moving average of a network's weights and statistics, which is what is validated and kept."""

import copy

import torch
from torch import nn


class Average:
    """`network` is the average, in evaluation mode."""

    def __init__(self, network: nn.Module, momentum: float):
        self.momentum = momentum
        self.network = copy.deepcopy(network).eval().requires_grad_(False)

    @torch.no_grad()
    def update(self, network: nn.Module, step: int) -> None:
        """Moves towards the network after its step, counted from 1; the first steps count more, so that the
        random start is soon forgotten."""
        kept = min(self.momentum, (1 + step) / (20 + step))
        torch._foreach_lerp_(floats(self.network), floats(network), 1 - kept)


def floats(network: nn.Module) -> list[torch.Tensor]:
    return [value for value in network.state_dict().values() if value.is_floating_point()]
