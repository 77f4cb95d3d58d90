"""Trains variants of one configuration, few epochs on a part of the crops, and writes what each is worth."""

import json
from pathlib import Path

import numpy as np

from ..data.crops import load_crops
from ..data.dataset import Crop
from ..data.preprocessing import Preprocessing
from ..data.split_list import PARTS, read_split, write_split
from ..measure.markdown import table, with_limits
from ..measure.predict import keras_classifier, predict
from ..measure.tta import compare_views
from .config import Config, parse_config
from .extends import merge, read_extended
from .student import FINAL_WEIGHTS, build_network
from .train import run_folder, train

BATCH = 64


def read_variants(file: Path) -> tuple[int, list[Config]]:
    """Which share of the training part is used (each `every`-th crop), and the configurations: the base and,
    for each table under `variants`, the base with its keys changed (tables of the base key by key)."""
    base = read_extended(file)
    every, variants = base.pop("every"), base.pop("variants")
    raw = {"base": base} | {name: merge(base, changes) for name, changes in variants.items()}
    return every, [parse_config(file, name, keys) for name, keys in raw.items()]


def thin_split(split_file: Path, every: int, out: Path) -> dict[str, list[Crop]]:
    """Writes a split with each `every`-th crop of the training part, the other parts whole."""
    parts = read_split(split_file)
    parts["train"] = parts["train"][::every]
    crops = [crop for part in PARTS for crop in parts[part]]
    write_split(out, crops, {crop.sha256: part for part in PARTS for crop in parts[part]})
    return parts


def judge(config: Config, data: Path, crops: list[Crop], work: Path) -> dict[str, dict]:
    """Validation accuracy of a finished run, with and without test-time rotation."""
    network = build_network(config, None)
    network.load_weights(work / config.name / FINAL_WEIGHTS)
    spec = Preprocessing(config.final_size_px, config.final_size_px)
    pixels, truth = load_crops(data, crops, spec, work / "cache")
    classify = keras_classifier(network)
    return compare_views(lambda seen: predict(classify, seen, BATCH), np.asarray(pixels), truth)


def ablate(ablation: Path, data: Path, split_file: Path, work: Path) -> str:
    """Trains and judges all variants; returns the table."""
    every, variants = read_variants(ablation)
    work.mkdir(parents=True, exist_ok=True)
    thin = work / "split.csv"
    parts = thin_split(split_file, every, thin)
    found = {}
    for config in variants:
        done = run_folder(config, work) / FINAL_WEIGHTS
        if not done.exists():
            train(config, data, thin, work)
        found[config.name] = judge(config, data, parts["validation"], work)
        (work / "ablation.json").write_text(json.dumps(found, indent=2) + "\n")
    rows = [[name, with_limits(f["alone"]), with_limits(f["views"])] for name, f in found.items()]
    text = table(["Variant", "Accuracy % (95 %)", "with test-time rotation"], rows) + "\n"
    (work / "ablation.md").write_text(text)
    return text
