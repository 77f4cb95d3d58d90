"""Trains a classifier as its configuration says; resumes from the last finished epoch.

npm run train -- --config training/configs/inceptionv3.toml --data ../shared/pbc --work /tmp/hemoserve
"""

import argparse
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
import tensorflow as tf

from .architectures import ARCHITECTURES
from .augment import build_augmentation
from .config import CLASSES, Config, Stage, load_config
from .crops import load_crops
from .preprocessing import Preprocessing
from .split import read_split

FINAL_WEIGHTS = "final.weights.h5"


def build_model(config: Config, steps_per_epoch: int) -> keras.Model:
    """The compiled network."""
    keras.mixed_precision.set_global_policy(config.precision)
    network = ARCHITECTURES[config.arch](len(CLASSES), config.dropout, config.final_size_px)
    # The features are an output for serving, not a target.
    model = keras.Model(network.input, network.output["logits"], name=network.name)
    optimizer = keras.optimizers.AdamW(
        learning_rate(config, steps_per_epoch), weight_decay=config.weight_decay, global_clipnorm=5.0
    )
    optimizer.exclude_from_weight_decay(var_names=["bias", "beta", "gamma"])
    model.compile(
        optimizer,
        loss=keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=config.label_smoothing),
        metrics=["accuracy"],
        jit_compile=False,
    )
    return model


def learning_rate(
    config: Config, steps_per_epoch: int
) -> float | keras.optimizers.schedules.LearningRateSchedule:
    """Constant, or one cosine from warm-up to zero that spans all stages (Loshchilov & Hutter 2017)."""
    if config.schedule == "constant":
        return config.learning_rate
    warmup_steps = int(config.warmup_epochs * steps_per_epoch)
    return keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=0.0,
        warmup_target=config.learning_rate,
        warmup_steps=warmup_steps,
        decay_steps=config.epochs * steps_per_epoch - warmup_steps,
    )


def training_batches(crops: np.ndarray, labels: np.ndarray, config: Config, epoch: int) -> tf.data.Dataset:
    """One epoch of shuffled, augmented batches; the same seed and epoch give the same order."""
    order = np.random.default_rng([config.seed, epoch]).permutation(len(crops))
    augment = build_augmentation(config.augmentation, config.seed + 1000 * epoch)
    size = crops.shape[1:]

    def read(batch: np.ndarray) -> np.ndarray:
        return crops[np.sort(batch)]

    def load(batch: tf.Tensor) -> tuple:
        pixels = tf.numpy_function(read, [batch], tf.uint8)
        pixels.set_shape((None, *size))
        targets = tf.one_hot(tf.gather(labels, tf.sort(batch)), len(CLASSES))
        return augment(pixels), targets

    batches = tf.data.Dataset.from_tensor_slices(order).batch(config.batch_size, drop_remainder=True)
    return batches.map(load, num_parallel_calls=2, deterministic=True).prefetch(4)


def validation_batches(crops: np.ndarray, labels: np.ndarray, batch_size: int) -> tf.data.Dataset:
    targets = np.eye(len(CLASSES), dtype=np.float32)[labels]
    batches = tf.data.Dataset.from_tensor_slices((np.asarray(crops), targets)).batch(batch_size)
    return batches.map(lambda pixels, target: (tf.cast(pixels, tf.float32), target)).prefetch(2)


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
    """Trains to the last epoch and returns the final checkpoint. After every epoch the whole state is
    kept in work/<name>/, so that a killed run goes on from there."""
    run = run_folder(config, work)
    parts = read_split(split_file)
    steps_per_epoch = len(parts["train"]) // config.batch_size
    model = build_model(config, steps_per_epoch)
    state = tf.train.Checkpoint(model=model, optimizer=model.optimizer)
    manager = tf.train.CheckpointManager(state, str(run / "checkpoints"), max_to_keep=2)
    log = run / "log.jsonl"
    first_epoch = 0
    if manager.latest_checkpoint:
        model.optimizer.build(model.trainable_variables)
        state.restore(manager.latest_checkpoint).assert_consumed()
        first_epoch = int(manager.latest_checkpoint.rsplit("-", 1)[1])
        print(f"resuming after epoch {first_epoch}")
    elif config.start_from:
        model.load_weights(work / config.start_from / FINAL_WEIGHTS)
    for epoch in range(first_epoch, config.epochs):
        keras.utils.set_random_seed(config.seed + epoch)
        size_px = stage_of(config, epoch).size_px
        spec = Preprocessing(size_px, size_px)
        train_set = load_crops(data, parts["train"], spec, work / "cache")
        validation_set = load_crops(data, parts["validation"], spec, work / "cache")
        history = model.fit(
            training_batches(*train_set, config, epoch),
            validation_data=validation_batches(*validation_set, 64),
            initial_epoch=epoch,
            epochs=epoch + 1,
            verbose=2,
        )
        manager.save(checkpoint_number=epoch + 1)
        with log.open("a") as out:
            figures = {key: float(values[-1]) for key, values in history.history.items()}
            out.write(json.dumps({"epoch": epoch + 1, "size_px": size_px} | figures) + "\n")
    final = run / FINAL_WEIGHTS
    model.save_weights(final)
    return final


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--config", type=Path, required=True, help="TOML file of the run")
    parser.add_argument("--data", type=Path, required=True, help="folder with one folder per class")
    parser.add_argument(
        "--split", type=Path, default=Path("training/splits/pbc.csv"), help="the split's list"
    )
    parser.add_argument("--work", type=Path, required=True, help="folder for checkpoints, caches and logs")
    args = parser.parse_args()
    config = load_config(args.config)
    record_origin(run_folder(config, args.work))
    print(train(config, args.data, args.split, args.work))


if __name__ == "__main__":
    main()
