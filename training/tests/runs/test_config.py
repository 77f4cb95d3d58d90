import json
from dataclasses import asdict
from pathlib import Path

import pytest
from conftest import ROOT, TINY

from hemoserve_training.gpu.config import GpuConfig, load_recipe
from hemoserve_training.runs.ablate import read_variants
from hemoserve_training.runs.config import Config, load_config

PUBLISHED = ROOT / "training" / "configs"
TRIALS = ROOT / "docs" / "experiments" / "configs"
ABLATION = TRIALS / "ablation.toml"

# base.toml is what the recipes beside it extend.
FILES = [file for folder in (PUBLISHED, TRIALS) for file in folder.rglob("*.toml") if file.stem != "base"]

# Each recipe as it was run, when every file still stated all of its keys.
AS_RUN = json.loads(Path(__file__).with_name("recipes.json").read_text())


def path_of(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


@pytest.fixture(scope="module")
def configs() -> dict[str, Config | GpuConfig]:
    """Every recipe, and every variant of the ablation, by its path."""
    every, variants = read_variants(ABLATION)
    assert every == 4
    of_ablation = {f"{path_of(ABLATION)} {config.name}": config for config in variants}
    return {path_of(file): load_recipe(file) for file in FILES if file != ABLATION} | of_ablation


@pytest.mark.parametrize("name", AS_RUN)
def test_a_recipe_is_still_what_was_run(configs, name):
    assert asdict(configs[name]) == AS_RUN[name]


@pytest.mark.parametrize("file", FILES, ids=path_of)
def test_a_recipe_states_its_command_its_cost_and_its_score(file):
    comment = [line for line in file.read_text().splitlines() if line.startswith("# ")]
    stated = {line.split(":")[0].removeprefix("# "): line for line in comment}
    assert path_of(file) in stated["Command"]
    assert {"Cost", "Score"} <= stated.keys()


COMPLETE = TINY.read_text()


@pytest.fixture
def write(tmp_path):
    def write(path: str, text: str) -> Path:
        file = tmp_path / path
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
        return file

    return write


def test_a_file_states_only_what_differs_from_the_one_that_it_extends(write):
    base = load_config(write("base.toml", COMPLETE))
    write("middle.toml", 'extends = "base.toml"\nseed = 2\nlearning_rate = 1e-4\n')
    child = load_config(
        write(
            "trials/child.toml",
            'extends = "../middle.toml"\nseed = 3\nstages = [{ size_px = 64, epochs = 5 }]\n'
            "[augmentation]\nzoom = 0.5\nclose_up = 0.3\n",
        )
    )
    assert child.name == "child"
    # Its own key, the middle one's and the base's.
    assert (child.seed, child.learning_rate, child.batch_size) == (3, 1e-4, base.batch_size)
    # A list is replaced, a table merged.
    assert [(stage.size_px, stage.epochs) for stage in child.stages] == [(64, 5)]
    changes = child.augmentation
    assert (changes.rotation, changes.zoom, changes.close_up) == (base.augmentation.rotation, 0.5, 0.3)


def test_a_loop_is_an_error_that_names_the_file(write):
    first = write("first.toml", 'extends = "second.toml"\n')
    write("second.toml", 'extends = "first.toml"\n')
    with pytest.raises(ValueError, match=r"first\.toml: extends itself, through first\.toml, second\.toml"):
        load_config(first)
    with pytest.raises(ValueError, match=r"alone\.toml: extends itself"):
        load_config(write("alone.toml", 'extends = "alone.toml"\n'))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("learning_rte = 1e-3\n" + COMPLETE, "unexpected keyword argument 'learning_rte'"),
        (COMPLETE + "zoon = 0.1\n", "unexpected keyword argument 'zoon'"),
        (COMPLETE + "[distillation]\nweight = 0.5\n", "missing 3 required positional arguments"),
        (COMPLETE.replace("seed = 1\n", ""), "missing 1 required positional argument: 'seed'"),
        (COMPLETE.replace("stages", "stage"), "unexpected keyword argument 'stage'"),
        (COMPLETE.split("stages")[0], "missing 2 required positional arguments: 'stages' and 'augmentation'"),
    ],
)
def test_an_unknown_or_missing_key_is_an_error_that_names_the_file(write, text, message):
    with pytest.raises(ValueError, match=message) as caught:
        load_config(write("faulty.toml", text))
    assert "faulty.toml: " in str(caught.value)
