"""Draws the benchmark's plots: throughput and p99 over the number of clients.

python bench/report/plots.py RESULTS_JSON FOLDER
"""

import json
import sys
from pathlib import Path

import matplotlib

matplotlib.use("svg")
from matplotlib import pyplot as plt

plt.rcParams["svg.hashsalt"] = "hemoserve"  # the same figures give the same file

results = json.loads(Path(sys.argv[1]).read_text())
folder = Path(sys.argv[2])

PLOTS = {
    "throughput": ("cropsPerSecond", "crops/s", "linear"),
    "p99": ("p99Ms", "p99 of the latency, ms", "log"),
}

for name, (key, label, scale) in PLOTS.items():
    figure, axes = plt.subplots(figsize=(8, 5), layout="constrained")
    for index, contender in enumerate(c for c in results["contenders"] if c["loads"]):
        clients = [load["clients"] for load in contender["loads"]]
        values = [load[key] for load in contender["loads"]]
        ours = contender["name"] == "hemoserve"
        axes.plot(
            clients,
            values,
            marker="o",
            markersize=4,
            color="black" if ours else f"C{(index - 1) % 10}",
            linewidth=2.5 if ours else 1.2,
            label=contender["title"],
        )
    if key == "cropsPerSecond":
        for raw, style in zip(results["raw"], ("--", ":"), strict=False):
            rate = raw["withDecoding"]["cropsPerSecond"]
            axes.axhline(
                rate,
                color="grey",
                linestyle=style,
                label=f"raw with decoding: {raw['title']}",
            )
    ticks = sorted({load["clients"] for c in results["contenders"] for load in c["loads"]})
    axes.set_xscale("log", base=2)
    axes.set_xticks(ticks, [str(tick) for tick in ticks])
    axes.minorticks_off()
    axes.set_yscale(scale)
    if scale == "linear":
        axes.set_ylim(bottom=0)
    axes.set_xlabel("clients")
    axes.set_ylabel(label)
    axes.grid(alpha=0.3)
    figure.legend(loc="outside lower center", ncols=2, fontsize=8)
    figure.savefig(folder / f"{name}.svg", metadata={"Date": None})
    plt.close(figure)
