"""A run's state after each epoch: weights and optimizer, in Keras' own format, so of any backend."""

from pathlib import Path

import keras

KEPT = 2
UNFINISHED = "unfinished.weights.h5"


def save_checkpoint(model: keras.Model, folder: Path, epoch: int) -> None:
    """Writes the state after `epoch` epochs; a kill at any moment leaves the earlier one."""
    folder.mkdir(exist_ok=True)
    model.save_weights(folder / UNFINISHED)
    (folder / UNFINISHED).rename(folder / f"epoch-{epoch:04}.weights.h5")
    for old in finished(folder)[:-KEPT]:
        old.unlink()


def restore_checkpoint(model: keras.Model, folder: Path, steps_per_epoch: int) -> int:
    """Brings the model to its latest state and returns the number of its epochs, 0 without any.

    Raises ValueError where the state is of another configuration.
    """
    files = finished(folder)
    if not files:
        return 0
    epoch = int(files[-1].name.split(".")[0].removeprefix("epoch-"))
    model.optimizer.build(model.trainable_variables)
    model.load_weights(files[-1])
    # Keras only warns when the optimizer's state does not fit.
    steps = int(model.optimizer.iterations)
    if steps != epoch * steps_per_epoch:
        raise ValueError(f"{files[-1]} is of another configuration: {steps} steps in {epoch} epochs")
    return epoch


def finished(folder: Path) -> list[Path]:
    return sorted(folder.glob("epoch-*.weights.h5"))
