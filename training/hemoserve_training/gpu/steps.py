"""One epoch of a run, and what the average makes of the validation part."""

import time
from collections.abc import Iterator
from itertools import islice

import torch
from torch import nn
from torch.nn import functional

from ..networks.normalization import STATISTICS_BATCHES
from .augment import augment
from .averaging import Average
from .config import GpuConfig
from .crops import CropsOnCard
from .device import half_precision
from .networks.units import Network
from .schedule import Elapsed, changes_at, learning_rate
from .teacher import Teacher, loss_of

CLIP_NORM = 5.0
VALIDATION_BATCH = 512


def build_optimizer(network: Network, config: GpuConfig) -> torch.optim.Optimizer:
    """SGD with Nesterov's momentum; kernels alone decay."""
    trained = [parameter for parameter in network.parameters() if parameter.requires_grad]
    kernels = [parameter for parameter in trained if parameter.ndim > 1]
    others = [parameter for parameter in trained if parameter.ndim == 1]
    groups = [
        {"params": kernels, "weight_decay": config.weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]
    fused = next(network.parameters()).is_cuda
    return torch.optim.SGD(groups, lr=config.learning_rate, momentum=0.9, nesterov=True, fused=fused)


class Tally:
    """Means over the steps of some epochs, gathered on the card, since asking it at each step would hold it
    up."""

    def __init__(self, device: torch.device):
        self._sums = torch.zeros(2, device=device)
        self._steps = 0
        self._start = time.perf_counter()

    def add(self, loss: torch.Tensor, correct: torch.Tensor) -> None:
        self._sums += torch.stack([loss.detach(), correct])
        self._steps += 1

    def means(self, batch_size: int) -> dict[str, float]:
        loss, accuracy = (self._sums / max(1, self._steps)).tolist()
        seconds = time.perf_counter() - self._start
        return {
            "loss": loss,
            "accuracy": accuracy,
            "crops_per_s": round(self._steps * batch_size / seconds, 1),
        }


def train_epoch(
    network: Network,
    optimizer: torch.optim.Optimizer,
    average: Average,
    crops: CropsOnCard,
    config: GpuConfig,
    elapsed: Elapsed,
    teacher: Teacher | None,
    first_step: int,
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Trains on each crop once, in whole batches, as long as there is time; gives each step's loss and
    accuracy."""
    network.train()
    for step, chosen in enumerate(shuffled(crops, config), first_step + 1):
        share = elapsed.share
        if share >= 1:
            return
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(config, share)
        truth = crops.truth[chosen]
        seen = changed(crops, chosen, config, share)
        with half_precision(seen.device):
            logits = network(seen)
        loss = loss_of(logits, truth, config, teacher(seen) if teacher else None)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), CLIP_NORM, foreach=True)
        optimizer.step()
        average.update(network, step)
        yield loss, (logits.argmax(1) == truth).float().mean()


def shuffled(crops: CropsOnCard, config: GpuConfig) -> tuple[torch.Tensor, ...]:
    """Indices of all crops, in whole batches."""
    size = config.batch_size
    order = torch.randperm(len(crops.truth), device=crops.truth.device)
    return order[: len(order) // size * size].split(size)


@torch.no_grad()
def changed(crops: CropsOnCard, chosen: torch.Tensor, config: GpuConfig, share: float) -> torch.Tensor:
    """The chosen crops as the network sees them at that share of the time."""
    seen = augment(crops.fine, crops.coarse, chosen, changes_at(config, share))
    return seen.contiguous(memory_format=torch.channels_last)


def statistics_batches(crops: CropsOnCard, config: GpuConfig, share: float) -> Iterator[torch.Tensor]:
    """What an average's statistics are measured on."""
    return (
        changed(crops, chosen, config, share)
        for chosen in islice(shuffled(crops, config), STATISTICS_BATCHES)
    )


@torch.no_grad()
def validate(network: Network, pixels: torch.Tensor, truth: torch.Tensor) -> dict[str, float]:
    """Loss and accuracy of a network in evaluation mode on uint8 crops (n, 3, side, side)."""
    logits = []
    for batch in pixels.split(VALIDATION_BATCH):
        with half_precision(batch.device):
            logits.append(network(batch.float().contiguous(memory_format=torch.channels_last)))
    logits = torch.cat(logits)
    accuracy = (logits.argmax(1) == truth).float().mean().item()
    return {"val_loss": functional.cross_entropy(logits, truth).item(), "val_accuracy": accuracy}
