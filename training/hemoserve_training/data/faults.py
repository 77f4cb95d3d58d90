"""Why a file of a data set cannot be a crop, before its picture is looked at."""

import re
import zipfile
import zlib

from .source import Folder

JPEG_START = b"\xff\xd8\xff"

# They break the lines of terminals and lists.
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")

# What reading raises for a file that is there: no permission, a bad disk; in a zip a bad checksum, damaged or
# encrypted bytes, another compression.
UNREADABLE = (OSError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error)


def printable(name: str) -> str:
    """A name as every list and terminal takes it: bytes that are no UTF-8 and control characters as \\xNN."""
    readable = name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", readable)


def place_fault(file: Folder) -> str | None:
    """What keeps a file from being read and listed, as npm run evaluate says it too (class-folder.ts)."""
    # Python has a surrogate for each byte that is no UTF-8.
    if any("\ud800" <= letter <= "\udfff" for letter in file.name):
        return "its name is not UTF-8"
    if CONTROL.search(file.name):
        return "a control character in its name"
    if file.is_dir():
        return "a folder"
    if not file.exists():
        return "a broken link"
    return None if file.is_file() else "not a regular file"


def reading_fault(error: BaseException) -> str:
    """The words for an error of UNREADABLE; without the path that those of the system repeat."""
    return f"cannot be read ({getattr(error, 'strerror', None) or error})"


def format_fault(name: str, content: bytes) -> str | None:
    if not content.startswith(JPEG_START):
        return "not a JPEG"
    return "a hidden file" if name.startswith(".") else None
