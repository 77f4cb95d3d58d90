"""What both twins must say: run as a program, it writes test/fixtures/measures.json and novelty.json
again."""

import json
from pathlib import Path

import numpy as np
import pyvips

from hemoserve_training.trust.measures import MEASURES, measure_crop
from hemoserve_training.trust.novelty import fit_novelty
from hemoserve_training.trust.seen import Seen

FIXTURES = Path(__file__).parents[3] / "test" / "fixtures"
MEASURES_FILE = FIXTURES / "measures.json"
NOVELTY_FILE = FIXTURES / "novelty.json"


def seen_at_random(n: int, seed: int, shift: float = 0.0) -> Seen:
    """Crops of three classes and eight features, which never were."""
    rng = np.random.default_rng(seed)
    truth = np.arange(n) % 3
    centres = np.random.default_rng(0).normal(size=(3, 8))
    features = centres[truth] + rng.normal(size=(n, 8)) * np.linspace(1, 0.1, 8) + shift
    measures = rng.normal(size=(n, len(MEASURES))) + truth[:, None] + shift
    return Seen(features @ centres.T, features, measures, truth)


def measures_of_fixtures() -> dict[str, list[float]]:
    files = sorted((FIXTURES / "preprocessed").glob("*.png"))
    return {
        file.name: measure_crop(pyvips.Image.new_from_file(str(file)).numpy()[..., :3]).round(9).tolist()
        for file in files
    }


def novelty_of_fixtures() -> dict:
    """A small novelty score with its arrays, and what it says of some crops."""
    novelty = fit_novelty(seen_at_random(60, seed=1), seen_at_random(60, seed=2), components=4)
    seen = seen_at_random(4, seed=3, shift=0.5)
    return {
        "weights": novelty.weights,
        "arrays": {
            name: {"shape": list(values.shape), "values": values.ravel().tolist()}
            for name, values in novelty.arrays.items()
        },
        "crops": [
            {"features": features.tolist(), "measures": measures.tolist(), "score": score}
            for features, measures, score in zip(
                seen.features, seen.measures, novelty.scores(seen).tolist(), strict=True
            )
        ],
    }


if __name__ == "__main__":
    MEASURES_FILE.write_text(json.dumps(measures_of_fixtures(), indent=1) + "\n")
    NOVELTY_FILE.write_text(json.dumps(novelty_of_fixtures()) + "\n")
