"""Trains a classifier as its configuration says; resumes from the last finished epoch."""

import json
import shlex
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np

from ..data.crops import load_crops
from ..data.dataset import Crop
from ..data.preprocessing import Preprocessing
from ..data.split_list import read_split
from ..networks.normalization import unfold
from .augment import source_px
from .averaging import averaged
from .batches import training_batches, validation_batches
from .checkpoints import restore_checkpoint, save_checkpoint
from .config import Config, Stage
from .student import FINAL_WEIGHTS, build_network, compile_student


def stage_of(config: Config, epoch: int) -> Stage:
    """The stage that an epoch (counted from 0) belongs to."""
    for stage in config.stages:
        if epoch < stage.epochs:
            return stage
        epoch -= stage.epochs
    raise IndexError("epoch past the last stage")


def run_folder(config: Config, work: Path) -> Path:
    folder = work / config.name
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def record_origin(run: Path) -> None:
    """Writes run.json: the commit and the command that the run began with, for the model's manifest."""
    origin = run / "run.json"
    if origin.exists():
        return
    commit = subprocess.run(
        ["git", "rev-parse", "HEAD"], check=True, capture_output=True, text=True
    ).stdout.strip()
    command = "npm run train -- " + shlex.join(sys.argv[1:])
    origin.write_text(json.dumps({"commit": commit, "command": command}, indent=2) + "\n")


def train(config: Config, data: Path, split_file: Path, work: Path) -> Path:
    """Trains to the last epoch and returns the final weights. After every epoch the whole state is
    kept in work/<name>/, so that a killed run goes on from there.

    Raises SystemExit for a split without crops to train or to validate on."""
    run = run_folder(config, work)
    parts = read_split(split_file)
    for part in ("train", "validation"):
        if not parts[part]:
            raise SystemExit(f"{split_file} has no crops in {part}")
    steps_per_epoch = len(parts["train"]) // config.batch_size
    network = build_network(config, work)
    model = compile_student(network, config, steps_per_epoch, work)
    first_epoch = restore_checkpoint(model, run / "checkpoints", steps_per_epoch)
    if first_epoch:
        print(f"resuming after epoch {first_epoch}")
    log = run / "log.jsonl"
    # An epoch is logged before its state is kept, so one that was cut off between the two comes again.
    rows = log.read_text().splitlines()[:first_epoch] if log.exists() else []

    def load(crops: list[Crop], side_px: int) -> tuple[np.ndarray, np.ndarray]:
        return load_crops(data, crops, Preprocessing(side_px, side_px), work / "cache")

    board = keras.callbacks.TensorBoard(run / "tensorboard", write_graph=False)
    board.set_model(model)
    for epoch in range(first_epoch, config.epochs):
        keras.utils.set_random_seed(config.seed + epoch)
        size_px = stage_of(config, epoch).size_px
        train_set = load(parts["train"], source_px(config.augmentation, size_px))
        validation_set = load(parts["validation"], size_px)
        batches = training_batches(*train_set, config, epoch)
        if epoch == 0 and config.start_from_version and not config.freeze_normalization:
            unfold(network, batches)
        history = model.fit(batches, initial_epoch=epoch, epochs=epoch + 1, verbose=2).history
        figures = {key: float(values[-1]) for key, values in history.items()}
        with averaged(model, batches, settle=config.schedule == "constant"):
            validation = model.evaluate(validation_batches(*validation_set, 64), verbose=0, return_dict=True)
            figures |= {f"val_{key}": float(value) for key, value in validation.items()}
            if epoch + 1 == config.epochs:
                network.save_weights(run / FINAL_WEIGHTS)
        rows.append(json.dumps({"epoch": epoch + 1, "size_px": size_px} | figures))
        print(rows[-1])
        replace_text(log, "".join(row + "\n" for row in rows))
        board.on_epoch_end(epoch, figures)
        save_checkpoint(model, run / "checkpoints", epoch + 1)
    board.on_train_end()
    return run / FINAL_WEIGHTS


def replace_text(file: Path, text: str) -> None:
    """Writes a file such that a kill leaves either the old text or the new."""
    unfinished = file.with_suffix(".part")
    unfinished.write_text(text)
    unfinished.rename(file)
