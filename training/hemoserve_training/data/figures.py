"""Pictures of a data set, from its audit: crops of every class, class counts, dimensions."""

import csv
from collections import Counter
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from tqdm import tqdm

from .classes import CLASSES
from .preprocessing import Preprocessing, preprocess
from .source import Folder, open_source

DPI = 150
SAMPLE_PX = 240
BAR_COLOUR = "#4c72b0"

# Dimensions with a bar of their own; the rarer ones share one.
SHOWN_DIMENSIONS = 12


def read_used(audit_csv: Path) -> list[dict[str, str]]:
    """The rows of the used crops, in the audit's order."""
    with audit_csv.open(newline="", encoding="utf-8") as rows:
        used = [row for row in csv.DictReader(rows) if row["used"] == "yes"]
    if not used:
        raise ValueError(f"no used crop in {audit_csv}")
    return used


def choose_samples(used: list[dict[str, str]], count: int, seed: int) -> dict[str, list[str]]:
    """Paths of up to `count` random crops of each class; the same audit and seed give the same ones."""
    rng = np.random.default_rng(seed)
    samples = {}
    for label in CLASSES:
        paths = [row["path"] for row in used if row["label"] == label]
        samples[label] = rng.permutation(paths)[:count].tolist()
    return samples


def draw_samples(root: Folder, samples: dict[str, list[str]], rows: int) -> Figure:
    """A column a class, each crop stretched to a square as the network gets it."""
    figure = new_figure(1.5 * len(samples), 1.5 * rows + 0.3)
    axes = figure.subplots(rows, len(samples), squeeze=False)
    spec = Preprocessing(SAMPLE_PX, SAMPLE_PX)
    for ax in axes.flat:
        ax.set_axis_off()
    for column, (label, paths) in enumerate(tqdm(samples.items(), desc="samples", unit="class")):
        axes[0, column].set_title(label, fontsize=11)
        for row, path in enumerate(paths):
            axes[row, column].imshow(preprocess((root / path).read_bytes(), spec))
    return figure


def draw_class_counts(used: list[dict[str, str]]) -> Figure:
    counts = Counter(row["label"] for row in used)
    figure = new_figure(7, 3.6)
    ax = figure.subplots()
    draw_bars(ax, {label: counts[label] for label in CLASSES})
    ax.set_xlim(0, 1.25 * max(counts.values()))
    ax.set_xlabel("crops")
    ax.set_title(f"Crops per class (n = {len(used):,})")
    return figure


def draw_dimensions(used: list[dict[str, str]]) -> Figure:
    counts = count_dimensions(used)
    figure = new_figure(7, 1.2 + 0.3 * len(counts))
    ax = figure.subplots()
    # On a linear scale PBC's rare sizes would have no visible bar.
    ax.set_xscale("log")
    draw_bars(ax, counts)
    ax.set_xlim(0.5, 10 * max(counts.values()))
    ax.set_xlabel("crops (log scale)")
    ax.set_ylabel("width × height in px")
    ax.set_title(f"Dimensions (n = {len(used):,})")
    return figure


def count_dimensions(used: list[dict[str, str]]) -> dict[str, int]:
    """Crops by dimensions, most frequent first (ties by size), the rarest ones summed up."""
    counts = Counter((int(row["width"]), int(row["height"])) for row in used)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    shown, rest = ordered[:SHOWN_DIMENSIONS], ordered[SHOWN_DIMENSIONS:]
    named = {f"{width} × {height}": count for (width, height), count in shown}
    return named | ({f"{len(rest)} others": sum(count for _, count in rest)} if rest else {})


def draw_bars(ax: Axes, counts: dict[str, int]) -> None:
    """Horizontal bars from the top down, each with its number and percentage."""
    total = sum(counts.values())
    bars = ax.barh(list(counts), list(counts.values()), color=BAR_COLOUR)
    ax.bar_label(bars, [with_percentage(count, total) for count in counts.values()], padding=4, fontsize=9)
    ax.xaxis.set_major_formatter("{x:,.0f}")
    ax.invert_yaxis()
    ax.spines[["top", "right"]].set_visible(False)
    ax.tick_params(axis="y", length=0)


def with_percentage(count: int, total: int) -> str:
    percentage = f"{count / total:.1%}" if count == 0 or count / total >= 0.001 else "< 0.1%"
    return f"{count:,} ({percentage})"


def new_figure(width_inches: float, height_inches: float) -> Figure:
    """A figure that needs no screen and no global state."""
    figure = Figure((width_inches, height_inches), dpi=DPI, layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def draw_all(data: Path, audit_csv: Path, out: Path, per_class: int, seed: int) -> list[Path]:
    """Writes the pictures to the folder `out`; returns their paths."""
    used = read_used(audit_csv)
    with open_source(data, CLASSES) as root:
        figures = {"samples": draw_samples(root, choose_samples(used, per_class, seed), per_class)}
    figures |= {"class-counts": draw_class_counts(used), "dimensions": draw_dimensions(used)}
    out.mkdir(parents=True, exist_ok=True)
    files = []
    for name, figure in tqdm(figures.items(), desc="write", unit="picture"):
        files.append(out / f"{name}.png")
        figure.savefig(files[-1])
    return files
