"""The import linter's contracts hold, and each finds an import that breaks it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

TRAINING = ROOT / "training"
LINTER = Path(sys.executable).with_name("lint-imports")


@pytest.fixture
def copy(tmp_path) -> Path:
    """A copy of the package beside its contracts."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(TRAINING / "hemoserve_training", tmp_path / "hemoserve_training", ignore=ignored)
    shutil.copy(TRAINING / "pyproject.toml", tmp_path)
    return tmp_path


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    # The copy comes before the package that is installed.
    environment = os.environ | {"PYTHONPATH": str(folder)}
    command = [LINTER, "--no-cache"]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


def plant(folder: Path, module: str, line: str) -> None:
    file = folder / "hemoserve_training" / module
    file.write_text(f"{file.read_text()}\n{line}\n")


def test_the_package_keeps_every_contract(copy):
    result = lint(copy)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "Contracts: 3 kept, 0 broken." in result.stdout


@pytest.mark.parametrize(
    ("contract", "module", "line", "found"),
    [
        (
            "Each folder imports only from those below it",
            "data/crops.py",
            "from ..measure.metrics import figures",
            "hemoserve_training.data.crops -> hemoserve_training.measure.metrics",
        ),
        (
            "Commands import no commands",
            "commands/split.py",
            "from .audit import describe",
            "hemoserve_training.commands.split -> hemoserve_training.commands.audit",
        ),
        (
            "No circles within a folder",
            "data/dataset.py",
            "from .duplicates import near_pairs",
            "hemoserve_training.data",
        ),
    ],
)
def test_an_import_that_breaks_a_contract_is_found(copy, contract, module, line, found):
    plant(copy, module, line)
    result = lint(copy)
    assert result.returncode == 1
    assert f"{contract} BROKEN" in result.stdout
    assert found in result.stdout


def test_a_folder_without_a_layer_is_found(copy):
    (copy / "hemoserve_training" / "misc").mkdir()
    (copy / "hemoserve_training" / "misc" / "__init__.py").touch()
    result = lint(copy)
    assert result.returncode == 1
    assert "misc" in result.stdout
