"""A run's state after some of its epochs, so that a killed run goes on from there."""

import json
from pathlib import Path
from typing import NamedTuple

import torch
from torch import nn

from .config import GpuConfig

KEPT = 2
UNFINISHED = "unfinished.pt"


class Progress(NamedTuple):
    """Finished epochs, steps and seconds of a run."""

    epoch: int = 0
    step: int = 0
    seconds: float = 0.0


# What of a run has a state: its network, the average, the optimizer.
Parts = dict[str, nn.Module | torch.optim.Optimizer]


def save_checkpoint(folder: Path, config: GpuConfig, parts: Parts, progress: Progress) -> None:
    """Writes the state; a kill at any moment leaves the earlier one."""
    folder.mkdir(exist_ok=True)
    states = {name: part.state_dict() for name, part in parts.items()}
    torch.save({"config": identity(config), "progress": tuple(progress)} | states, folder / UNFINISHED)
    (folder / UNFINISHED).rename(folder / f"epoch-{progress.epoch:05}.pt")
    for old in finished(folder)[:-KEPT]:
        old.unlink()


def restore_checkpoint(folder: Path, config: GpuConfig, parts: Parts, device: torch.device) -> Progress:
    """Brings the parts to their latest state; the start of a run without any.

    Raises ValueError where the state is of another configuration.
    """
    files = finished(folder)
    if not files:
        return Progress()
    stored = torch.load(files[-1], map_location=device, weights_only=True)
    if stored["config"] != identity(config):
        raise ValueError(f"{files[-1]} is of another configuration")
    for name, part in parts.items():
        part.load_state_dict(stored[name])
    return Progress(*stored["progress"])


def identity(config: GpuConfig) -> str:
    return json.dumps(config.without_minutes(), sort_keys=True)


def finished(folder: Path) -> list[Path]:
    return sorted(folder.glob("epoch-*.pt"))
