"""The options that several commands share, each defined once."""

import argparse
from pathlib import Path
from typing import NamedTuple

from .data.split_list import PARTS


class ModelVersion(NamedTuple):
    """A version of a model in the registry, written NAME@VERSION."""

    name: str
    version: str

    def __str__(self) -> str:
        return f"{self.name}@{self.version}"

    def folder(self, models: Path) -> Path:
        return models / self.name / self.version


def model_version(text: str) -> ModelVersion:
    name, _, version = text.partition("@")
    if not (name and version):
        raise argparse.ArgumentTypeError(f"expected NAME@VERSION, such as inceptionv3@2.0.0, not {text!r}")
    return ModelVersion(name, version)


def new_parser(description: str) -> argparse.ArgumentParser:
    """A parser whose help shows the description as it is written."""
    return argparse.ArgumentParser(description=description, formatter_class=argparse.RawTextHelpFormatter)


def add_data(parser: argparse.ArgumentParser, what: str = "folder with one folder per class") -> None:
    parser.add_argument("--data", type=Path, required=True, help=what)


def add_split(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--split", type=Path, default=Path("training/splits/pbc.csv"), help="the split's list"
    )


def add_part(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--part", choices=PARTS, default="validation")


def add_config(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", type=Path, required=True, help="TOML file of the run")


def add_models(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--models", type=Path, default=Path("models"), help="the registry's folder")


def add_model(parser: argparse.ArgumentParser, what: str = "the version, as NAME@VERSION") -> None:
    """--model, a `ModelVersion`, and the registry that it is in, --models."""
    parser.add_argument("--model", type=model_version, required=True, help=what)
    add_models(parser)
