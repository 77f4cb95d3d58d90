"""Trains a classifier on a GPU for as many minutes as its configuration says; resumes from its last
checkpoint."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import torch

from ..data.classes import CLASSES
from ..data.split_list import read_split
from ..networks.architectures import ARCHITECTURES
from ..runs.student import FINAL_WEIGHTS
from ..runs.train import replace_text, run_folder
from .averaging import Average, settle
from .carry import carry_to_keras
from .checkpoints import Progress, restore_checkpoint, save_checkpoint
from .config import GpuConfig
from .crops import pixels_on_card, training_crops
from .device import describe, half_precision
from .networks import NETWORKS
from .schedule import Elapsed
from .steps import Tally, build_optimizer, statistics_batches, train_epoch, validate
from .teacher import build_teacher


def train(
    config: GpuConfig,
    data: Path,
    split_file: Path,
    work: Path,
    device: torch.device,
    now: Callable[[], float] = time.monotonic,
) -> Path:
    """Trains until the time is up and returns the final weights, the average's, in Keras' format. State,
    log and weights are in work/<name>/.

    now: a clock in seconds. Raises SystemExit for a split with too few crops.
    """
    run, cache = run_folder(config, work), work / "cache"
    parts = read_split(split_file)
    if len(parts["train"]) < config.batch_size or not parts["validation"]:
        raise SystemExit(f"{split_file} has no {config.batch_size} crops in train, or none in validation")
    crops = training_crops(config, data, parts["train"], cache, device)
    validation = pixels_on_card(data, parts["validation"], config.size_px, cache, device)
    teacher = build_teacher(config.distillation, work, device) if config.distillation else None

    torch.manual_seed(config.seed)
    network = NETWORKS[config.arch](len(CLASSES), config.dropout)
    network = network.to(device, memory_format=torch.channels_last)
    average, optimizer = Average(network, config.ema_momentum), build_optimizer(network, config)
    state = {"network": network, "average": average.network, "optimizer": optimizer}
    progress = restore_checkpoint(run / "checkpoints", config, state, device)
    if progress.epoch:
        print(f"resuming after epoch {progress.epoch}, {progress.seconds:.0f} s")
    log = run / "log.jsonl"
    rows = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
    rows = [row for row in rows if row["epoch"] <= progress.epoch]

    elapsed = Elapsed(config.minutes, now)
    elapsed.resume(progress.seconds)
    tally = Tally(device)
    while elapsed.share < 1:
        # Each epoch has a seed of its own, so one that comes again after a stop is the same.
        torch.manual_seed(1_000_003 * config.seed + progress.epoch + 1)
        steps = 0
        for loss, correct in train_epoch(
            network, optimizer, average, crops, config, elapsed, teacher, progress.step
        ):
            tally.add(loss, correct)
            steps += 1
        progress = Progress(progress.epoch + 1, progress.step + steps, elapsed.seconds)
        done = elapsed.share >= 1
        if done or progress.epoch % config.validate_every == 0:
            with half_precision(device):
                settle(average.network, statistics_batches(crops, config, min(1.0, elapsed.share)))
            figures = tally.means(config.batch_size) | validate(average.network, *validation)
            rows.append({"epoch": progress.epoch, "size_px": config.size_px, "step": progress.step} | figures)
            rows[-1]["seconds"] = round(progress.seconds, 1)
            print(json.dumps(rows[-1]), flush=True)
            replace_text(log, "".join(json.dumps(row) + "\n" for row in rows))
            save_checkpoint(run / "checkpoints", config, state, progress)
            tally = Tally(device)
    record_end(run, config, device, progress)
    return save_final(average, config, run)


def save_final(average: Average, config: GpuConfig, run: Path) -> Path:
    """The average's weights as the Keras network's, from which `train:export` goes on."""
    network = ARCHITECTURES[config.arch](len(CLASSES), config.dropout, config.size_px)
    carry_to_keras(average.network, network)
    network.save_weights(run / FINAL_WEIGHTS)
    return run / FINAL_WEIGHTS


def record_end(run: Path, config: GpuConfig, device: torch.device, progress: Progress) -> None:
    """Adds to run.json what the run had: device, version of PyTorch, seed, seconds, epochs and steps."""
    origin = run / "run.json"
    told = json.loads(origin.read_text()) if origin.exists() else {}
    told |= {"device": describe(device), "torch": torch.__version__, "seed": config.seed}
    told |= {"seconds": round(progress.seconds, 1), "epochs": progress.epoch, "steps": progress.step}
    replace_text(origin, json.dumps(told, indent=2) + "\n")
