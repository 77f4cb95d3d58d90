"""The loss: labels, and what a trained network says of the same changed crops (Hinton et al. 2015)."""

from collections.abc import Callable
from pathlib import Path

import torch
from torch.nn import functional

from ..data.classes import CLASSES
from ..runs.config import Distillation
from ..runs.student import load_teacher
from .carry import carry_from_keras
from .config import GpuConfig
from .device import half_precision
from .networks import NETWORKS

# The teacher's logits (n, classes) of crops (n, 3, side, side) of the student's side.
Teacher = Callable[[torch.Tensor], torch.Tensor]


def build_teacher(distillation: Distillation, work: Path, device: torch.device) -> Teacher:
    """A finished run in the work folder or a published version, as the configuration says."""
    network = NETWORKS[distillation.teacher_arch](len(CLASSES), 0.0)
    carry_from_keras(load_teacher(distillation, work), network)
    network = network.to(device, memory_format=torch.channels_last).eval().requires_grad_(False)
    sides = [distillation.teacher_size_px] * 2

    @torch.no_grad()
    def teach(crops: torch.Tensor) -> torch.Tensor:
        if crops.shape[-2:] != torch.Size(sides):
            crops = functional.interpolate(crops, sides, mode="bilinear", antialias=True)
        with half_precision(device):
            return network(crops)

    return teach


def loss_of(
    logits: torch.Tensor, truth: torch.Tensor, config: GpuConfig, taught: torch.Tensor | None
) -> torch.Tensor:
    """Cross-entropy of the labels; with a teacher's logits, mixed with the divergence from its softmax."""
    loss = functional.cross_entropy(logits, truth, label_smoothing=config.label_smoothing)
    if taught is None:
        return loss
    weight, temperature = config.distillation.weight, config.distillation.temperature
    return (1 - weight) * loss + weight * soft_loss(taught, logits, temperature)


def soft_loss(taught: torch.Tensor, logits: torch.Tensor, temperature: float) -> torch.Tensor:
    """As runs/student.py's: the divergence at a temperature, scaled by its square."""
    soft = (taught / temperature).softmax(1)
    said = (logits / temperature).log_softmax(1)
    return temperature**2 * functional.kl_div(said, soft, reduction="batchmean")
