"""The commands as they are called: entry points, npm's scripts and the options that they share."""

import argparse
import importlib
import json
import re
import sys
import tomllib

import pytest
from conftest import ROOT

from hemoserve_training.cli import ModelVersion, model_version

ENTRY_POINTS = tomllib.loads((ROOT / "training" / "pyproject.toml").read_text())["project"]["scripts"]


@pytest.mark.parametrize("name", ENTRY_POINTS)
def test_an_entry_point_tells_what_it_does(name, monkeypatch, capsys):
    module, function = ENTRY_POINTS[name].split(":")
    command = importlib.import_module(module)
    monkeypatch.setattr(sys, "argv", [name, "--help"])
    with pytest.raises(SystemExit) as end:
        getattr(command, function)()
    assert end.value.code == 0
    assert command.__doc__.strip() in capsys.readouterr().out


def test_every_command_has_its_entry_point():
    folder = ROOT / "training" / "hemoserve_training" / "commands"
    modules = {f"hemoserve_training.commands.{file.stem}:main" for file in folder.glob("[a-z]*.py")}
    assert set(ENTRY_POINTS.values()) == modules


def test_npm_calls_every_entry_point_but_that_of_the_services_own_test():
    scripts = json.loads((ROOT / "package.json").read_text())["scripts"]
    called = {match for script in scripts.values() for match in re.findall(r"hemoserve-[a-z-]+$", script)}
    assert called == ENTRY_POINTS.keys() - {"hemoserve-preprocess"}


def test_a_version_of_a_model_is_named_with_both(tmp_path):
    version = model_version("vgg16@0.2.0")
    assert version == ModelVersion("vgg16", "0.2.0")
    assert str(version) == "vgg16@0.2.0"
    assert version.folder(tmp_path) == tmp_path / "vgg16" / "0.2.0"


@pytest.mark.parametrize("text", ["vgg16", "vgg16@", "@0.2.0"])
def test_half_a_name_is_an_error_that_shows_a_whole_one(text):
    with pytest.raises(argparse.ArgumentTypeError, match="expected NAME@VERSION, such as inceptionv3@2.0.0"):
        model_version(text)
