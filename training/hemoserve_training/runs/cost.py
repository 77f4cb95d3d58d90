"""What a run would cost on this machine, from a few steps of each of its stages."""

import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from ..data.crops import load_crops
from ..data.dataset import Crop
from ..data.preprocessing import Preprocessing
from .augment import source_px
from .batches import training_batches
from .config import Config
from .student import build_network, compile_student

# Steps of each stage: the first ones compile and are not counted; more are timed until the time is up.
WARMUP_STEPS = 2
MOST_STEPS = 40
TIMED_S = 20.0


@dataclass(frozen=True)
class StepTime:
    """Seconds a training step: by the clock, and of all cores together."""

    wall_s: float
    cpu_s: float


def estimate_cost(config: Config, data: Path, crops: list[Crop]) -> str:
    """A line for each stage and one for the run, without validation. The hours by the clock are true of a
    machine that does nothing else; the CPU hours change little with what else runs.

    crops: the training part.
    """
    steps_per_epoch = len(crops) // config.batch_size
    lines, wall_h, cpu_h = [], 0.0, 0.0
    for stage in config.stages:
        step = time_steps(config, stage.size_px, data, crops)
        steps = stage.epochs * steps_per_epoch
        wall_h += steps * step.wall_s / 3600
        cpu_h += steps * step.cpu_s / 3600
        lines.append(
            f"{stage.size_px} px: {stage.epochs} epochs of {steps_per_epoch} steps, "
            f"{step.wall_s:.3f} s ({step.cpu_s:.3f} CPU s) a step of {config.batch_size} crops"
        )
    lines.append(f"{config.name}: {wall_h:.1f} h here, {cpu_h:.1f} CPU h on {os.cpu_count()} cores")
    return "\n".join(lines)


def time_steps(config: Config, size_px: int, data: Path, crops: list[Crop]) -> StepTime:
    """The mean over some steps, their augmentation included."""
    # Without the weights that the run would start or learn from, which need not be there.
    network = build_network(config, None)
    model = compile_student(network, config, len(crops) // config.batch_size, None)
    with tempfile.TemporaryDirectory() as scratch:
        some = crops[: config.batch_size * min(MOST_STEPS, len(crops) // config.batch_size)]
        side = source_px(config.augmentation, size_px)
        pixels, truth = load_crops(data, some, Preprocessing(side, side), Path(scratch))
        batches = training_batches(pixels, truth, config, 0)
        wall, cpu, steps = 0.0, 0.0, 0
        for index, batch in enumerate(batches.as_numpy_iterator()):
            if index == WARMUP_STEPS:
                wall, cpu = time.perf_counter(), time.process_time()
            model.train_on_batch(*batch)
            steps = index + 1 - WARMUP_STEPS
            if steps > 0 and time.perf_counter() - wall > TIMED_S:
                break
        if steps < 1:
            raise ValueError(f"{len(some)} crops are too few to time steps of {config.batch_size}")
        return StepTime((time.perf_counter() - wall) / steps, (time.process_time() - cpu) / steps)
