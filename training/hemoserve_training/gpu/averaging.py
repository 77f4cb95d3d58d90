"""A moving average of a network's weights and statistics, which is what is validated and kept."""

import copy
from collections.abc import Iterable

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


@torch.no_grad()
def settle(network: nn.Module, batches: Iterable[torch.Tensor]) -> None:
    """Sets the statistics of a network's normalizations to their means over the batches, and leaves it in
    evaluation mode. Those that training gathered belong to other weights than an average's (Izmailov et al.
    2018, arXiv:1803.05407); after few steps they are far off."""
    norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        # PyTorch's word for a plain mean.
        norm.momentum = None
    network.train()
    for batch in batches:
        network(batch)
    network.eval()
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum


def floats(network: nn.Module) -> list[torch.Tensor]:
    return [value for value in network.state_dict().values() if value.is_floating_point()]
