"""A run's training curves from its log: loss and accuracy of both parts, and where the resolution grew."""

import json
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

DPI = 150
# Keras' names in the log, and the words of the legend.
PARTS = {"": "training (augmented)", "val_": "validation"}


def read_log(run: Path) -> list[dict[str, float]]:
    """One row an epoch, in order; raises ValueError for a run that has not finished one."""
    rows = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    if not rows:
        raise ValueError(f"no epoch in {run / 'log.jsonl'}")
    return rows


def draw_curves(rows: list[dict[str, float]], title: str) -> Figure:
    figure = Figure(figsize=(10, 3.8), layout="constrained")
    loss, accuracy = figure.subplots(1, 2)
    _draw(loss, rows, "loss")
    loss.set_yscale("log")
    _draw(accuracy, rows, "accuracy")
    best = max(rows, key=lambda row: row["val_accuracy"])
    figure.suptitle(
        f"{title}: validation accuracy {rows[-1]['val_accuracy']:.4f} at the end, "
        f"{best['val_accuracy']:.4f} at best (epoch {best['epoch']})"
    )
    return figure


def _draw(ax: Axes, rows: list[dict[str, float]], figure_of_merit: str) -> None:
    epochs = [row["epoch"] for row in rows]
    for prefix, label in PARTS.items():
        ax.plot(epochs, [row[prefix + figure_of_merit] for row in rows], marker=".", label=label)
    for before, after in zip(rows, rows[1:], strict=False):
        if before["size_px"] != after["size_px"]:
            ax.axvline(before["epoch"] + 0.5, color="grey", linewidth=0.8, linestyle=":")
            ax.annotate(
                f"{after['size_px']} px",
                (before["epoch"] + 0.6, 0.02),
                xycoords=("data", "axes fraction"),
                color="grey",
                fontsize=8,
            )
    ax.set_xlabel("epoch")
    ax.set_ylabel(figure_of_merit)
    ax.legend(frameon=False)
