"""Batches of crops for training and validation; tf.data feeds every backend of Keras."""

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from ..data.classes import CLASSES
from .augment import build_augmentation
from .config import Augmentation, Config


def training_batches(crops: np.ndarray, truth: np.ndarray, config: Config, epoch: int) -> tf.data.Dataset:
    """One epoch of shuffled, augmented batches; the same seed and epoch give the same order.

    truth: index of each crop's class (n,).
    """
    order = np.random.default_rng([config.seed, epoch]).permutation(len(crops))
    seed = config.seed + 1000 * epoch
    augment = build_augmentation(config.augmentation)
    mix = build_mixing(config.augmentation, seed)
    size = crops.shape[1:]

    def read(batch: np.ndarray) -> np.ndarray:
        return crops[np.sort(batch)]

    def load(batch: tf.Tensor) -> tuple:
        pixels = tf.numpy_function(read, [batch], tf.uint8)
        pixels.set_shape((config.batch_size, *size))
        targets = tf.one_hot(tf.gather(truth, tf.sort(batch)), len(CLASSES))
        return mix(augment(pixels), targets)

    batches = tf.data.Dataset.from_tensor_slices(order).batch(config.batch_size, drop_remainder=True)
    return batches.map(load, num_parallel_calls=2, deterministic=True).prefetch(4)


def build_mixing(strength: Augmentation, seed: int) -> Callable[[tf.Tensor, tf.Tensor], tuple]:
    """A function that mixes a batch's float32 crops, and their targets in the same proportion."""
    # In float32, since mixed precision's bfloat16 holds no 8-bit pixel exactly.
    layers = []
    if strength.mixup > 0:
        layers.append(keras.layers.MixUp(alpha=strength.mixup, seed=seed, dtype="float32"))
    if strength.cutmix > 0:
        layers.append(keras.layers.CutMix(factor=(strength.cutmix,) * 2, seed=seed, dtype="float32"))

    def mixed_by(layer: keras.layers.Layer, crops: tf.Tensor, targets: tf.Tensor) -> tuple:
        mixed = layer({"images": crops, "labels": targets}, training=True)
        return mixed["images"], mixed["labels"]

    def mix(crops: tf.Tensor, targets: tf.Tensor) -> tuple:
        if not layers:
            return crops, targets
        if len(layers) == 1:
            return mixed_by(layers[0], crops, targets)
        return tf.cond(
            tf.random.uniform(()) < 0.5,
            lambda: mixed_by(layers[0], crops, targets),
            lambda: mixed_by(layers[1], crops, targets),
        )

    return mix


def validation_batches(crops: np.ndarray, truth: np.ndarray, batch_size: int) -> tf.data.Dataset:
    targets = np.eye(len(CLASSES), dtype=np.float32)[truth]
    batches = tf.data.Dataset.from_tensor_slices((np.asarray(crops), targets)).batch(batch_size)
    return batches.map(lambda pixels, target: (tf.cast(pixels, tf.float32), target)).prefetch(2)
