"""The recipes for a GPU, and what the command says of them and of the machine."""

import sys
from dataclasses import replace

import pytest
from conftest import TINY
from small_runs import NOTHING, RECIPES, SMALL, STRONG

from hemoserve_training.commands import train as command
from hemoserve_training.gpu.config import blend, is_for_gpu, load_gpu_config, load_recipe
from hemoserve_training.runs.config import Config

INCEPTION, VGG = RECIPES / "inceptionv3.toml", RECIPES / "vgg16.toml"


def test_the_recipes_are_what_the_published_versions_were_trained_with():
    inception, vgg = load_gpu_config(INCEPTION), load_gpu_config(VGG)
    assert (inception.size_px, inception.learning_rate, inception.minutes) == (160, 0.12, 5.5)
    assert (vgg.size_px, vgg.learning_rate, vgg.minutes) == (128, 0.08, 2.0)
    for config in (inception, vgg):
        assert (config.batch_size, config.weight_decay, config.warmup) == (256, 5e-4, 0.03)
        assert (config.ema_momentum, config.strong_until, config.seed) == (0.998, 0.8, 1)
    taught = vgg.distillation
    assert inception.distillation is None
    assert (taught.teacher, taught.temperature, taught.weight) == ("inceptionv3", 2.0, 0.6)
    assert inception.strong.channel == (0.3, 0.3, 0.65) and inception.mild.noise == 3.0


def test_strengths_between_two():
    half = blend(STRONG, NOTHING, 0.5)
    assert half.jpeg == pytest.approx(STRONG.jpeg / 2)
    assert half.magnification == pytest.approx(((0.75 + 1) / 2, (2.6 + 1) / 2))
    assert blend(STRONG, NOTHING, 0.0) == STRONG


def test_a_recipe_is_of_one_kind():
    assert is_for_gpu(VGG) and not is_for_gpu(TINY)
    assert isinstance(load_recipe(TINY), Config)
    assert load_recipe(VGG) == load_gpu_config(VGG)
    with pytest.raises(ValueError, match='no recipe for a GPU, which says device = "gpu"'):
        load_gpu_config(TINY)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("wide = 0.1", "unexpected keyword argument 'wide'"),
        ("size_px = 100", "size_px is no multiple of 8"),
        ("[strong]\nblurr = 1", "unexpected keyword argument 'blurr'"),
    ],
)
def test_a_fault_is_an_error_that_names_the_file(tmp_path, line, message):
    file = tmp_path / "faulty.toml"
    file.write_text(f'extends = "{INCEPTION}"\n{line}\n')
    with pytest.raises(ValueError, match=message) as caught:
        load_gpu_config(file)
    assert "faulty.toml: " in str(caught.value)


def test_time_may_be_prolonged_and_nothing_else():
    assert replace(SMALL, minutes=9).without_minutes() == SMALL.without_minutes()
    assert replace(SMALL, seed=9).without_minutes() != SMALL.without_minutes()


def run(monkeypatch, capsys, *options) -> str:
    """What the command says as it ends with an error."""
    monkeypatch.setattr(sys, "argv", ["train", "--data", "none", "--work", "none", *map(str, options)])
    with pytest.raises(SystemExit) as ended:
        command.main()
    assert ended.value.code not in (0, None)
    return capsys.readouterr().err + str(ended.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--config", INCEPTION], "inceptionv3.toml is for --device gpu"),
        (["--config", TINY, "--device", "gpu"], "tiny.toml is not for --device gpu"),
        (["--config", TINY, "--minutes", 3], "--minutes is for --device gpu"),
        (["--config", INCEPTION, "--device", "gpu", "--estimate"], "--estimate is for --device cpu"),
        (["--config", INCEPTION, "--device", "gpu", "--minutes", 0], "--minutes must be more than 0"),
    ],
)
def test_what_does_not_go_together_is_said(monkeypatch, capsys, options, message):
    assert message in run(monkeypatch, capsys, *options)


def test_without_pytorch_it_says_how_to_set_it_up(monkeypatch, capsys):
    monkeypatch.setattr(command.importlib.util, "find_spec", lambda name: None)
    said = run(monkeypatch, capsys, "--config", INCEPTION, "--device", "gpu")
    assert "PyTorch is not set up: npm run train:setup -- --gpu" in said


def test_without_a_gpu_it_says_so(monkeypatch, capsys):
    torch = pytest.importorskip("torch", reason="PyTorch is not set up")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    said = run(monkeypatch, capsys, "--config", INCEPTION, "--device", "gpu")
    assert "no GPU: PyTorch" in said and "--device torch-cpu" in said


def test_the_command_trains_on_the_processor(generated_crops, split_file, tmp_path, monkeypatch):
    pytest.importorskip("torch", reason="PyTorch is not set up")
    file = tmp_path / "brief.toml"
    file.write_text(
        f'extends = "{INCEPTION}"\narch = "vgg16"\nsize_px = 32\nsource_px = 40\nbatch_size = 16\n'
    )
    options = ["--config", file, "--data", generated_crops, "--split", split_file, "--work", tmp_path]
    options += ["--device", "torch-cpu", "--minutes", 0.02]
    monkeypatch.setattr(sys, "argv", ["train", *map(str, options)])
    command.main()
    assert (tmp_path / "brief" / "final.weights.h5").exists()
    assert '"commit"' in (tmp_path / "brief" / "run.json").read_text()
