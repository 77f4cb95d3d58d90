"""Where a data set is: a folder, or a zip that is read in place."""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# Both have what a data set needs: /, name, is_dir, iterdir, read_bytes.
Folder = Path | zipfile.Path

# macOS writes a folder beside what it zips, with a ._ file for each file.
NOT_DATA = "__MACOSX"

# PBC's zip has one folder above those of the classes. The limit ends loops of symbolic links.
MAX_FOLDERS_ABOVE = 4


@contextmanager
def open_source(data: Path, classes: list[str]) -> Iterator[Folder]:
    """The folder with one folder per class, at `data` or below it; `data` may be a zip.

    Nothing is unpacked. A member whose path leads out of the zip is an error all the same: the audit's list
    repeats the paths, and its readers join them to a folder.
    """
    if data.is_dir():
        yield find_class_folders(data, classes)
        return
    with zipfile.ZipFile(data) as archive:
        for name in archive.namelist():
            # Also the empty names on which zipfile.Path hangs (CVE-2024-8088).
            if {"", ".", ".."} & set(name.removesuffix("/").split("/")):
                raise ValueError(f"{data}: unsafe path {name!r}")
        yield find_class_folders(zipfile.Path(archive), classes)


def find_class_folders(top: Folder, classes: list[str]) -> Folder:
    """The one folder nearest to `top` that has a folder for every class."""
    level = [top]
    for _ in range(MAX_FOLDERS_ABOVE + 1):
        found = [folder for folder in level if all((folder / label).is_dir() for label in classes)]
        if len(found) > 1:
            raise ValueError(f"more than one folder has all classes: {', '.join(map(str, found))}")
        if found:
            return found[0]
        children = [child for folder in level for child in folder.iterdir()]
        level = [child for child in children if child.name != NOT_DATA and child.is_dir()]
    raise FileNotFoundError(f"no folder for every class at {top} or below: {', '.join(classes)}")
