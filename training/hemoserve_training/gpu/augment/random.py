"""What all draws need."""

import torch


def uniform(low: float, high: float, *shape: int, device: torch.device) -> torch.Tensor:
    return torch.empty(shape, device=device).uniform_(low, high)


def chance(probability: float, n: int, device: torch.device) -> torch.Tensor:
    """Whether something happens, for each of n crops."""
    return torch.rand(n, device=device) < probability


def each(values: torch.Tensor) -> torch.Tensor:
    """A value for each crop (n,), in the shape that works with crops (n, 3, side, side)."""
    return values.view(-1, 1, 1, 1)
