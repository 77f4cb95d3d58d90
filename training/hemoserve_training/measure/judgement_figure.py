"""Draws a judgement: training curves and ROC curves."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

DPI = 110
LEGENDS = {"": "training", "val_": "validation"}


def draw_judgement(judgement: dict, title: str) -> Figure:
    """Accuracy and loss of each epoch, and each class's ROC curve against all others.

    judgement: as `judge` gives it, with the run's curves under `epochs`.
    """
    figure = Figure(figsize=(12, 3.8), layout="constrained")
    accuracy, loss, roc = figure.subplots(1, 3)
    _draw_curves(accuracy, judgement["epochs"], "accuracy")
    _draw_curves(loss, judgement["epochs"], "loss")
    loss.set_yscale("log")
    for of_class in judgement["perClass"]:
        points = judgement["roc"][of_class["name"]]
        if points:
            roc.plot(*zip(*points, strict=True), label=f"{of_class['name']} {of_class['auc']:.4f}")
    roc.set_xlabel("false positive rate")
    roc.set_ylabel("true positive rate")
    roc.legend(frameon=False, fontsize=8, title="area under the curve", title_fontsize=8)
    figure.suptitle(title)
    return figure


def _draw_curves(ax: Axes, rows: list[dict[str, float]], figure_of_merit: str) -> None:
    for prefix, label in LEGENDS.items():
        key = prefix + figure_of_merit
        if all(key in row for row in rows):
            ax.plot([row["epoch"] for row in rows], [row[key] for row in rows], marker=".", label=label)
    ax.set_xlabel("epoch")
    ax.set_ylabel(figure_of_merit)
    ax.legend(frameon=False)
