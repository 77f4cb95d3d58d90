"""TOML files that state only what differs from another one."""

import tomllib
from pathlib import Path


def read_extended(file: Path, children: tuple[Path, ...] = ()) -> dict:
    """A TOML file's keys over those of the file that its `extends` names: a path relative to its folder, of a
    file that may extend another one in turn. Tables are merged key by key, lists are replaced.

    children: the files that extend this one. Raises ValueError with the file's name for a loop.
    """
    file = file.resolve()
    if file in children:
        raise ValueError(f"{file}: extends itself, through {', '.join(child.name for child in children)}")
    raw = tomllib.loads(file.read_text())
    base = raw.pop("extends", None)
    return merge(read_extended(file.parent / base, (*children, file)), raw) if base else raw


def merge(base: dict, changes: dict) -> dict:
    """The changes over the base; a table over a table key by key."""
    merged = dict(base)
    for key, value in changes.items():
        both = isinstance(value, dict) and isinstance(base.get(key), dict)
        merged[key] = merge(base[key], value) if both else value
    return merged
