"""Files that nobody can use, each of its kind: the audit and the split name them and go on."""

import csv
import json
import os
import shutil
import sys
import zipfile
from pathlib import Path

import pytest

from hemoserve_training.commands import split as splitting
from hemoserve_training.data.audit import audit
from hemoserve_training.data.audit_text import describe
from hemoserve_training.data.classes import CLASSES
from hemoserve_training.data.faults import printable
from hemoserve_training.data.split_list import read_split

FAULTS = {
    "ig/._x.jpg": "not a JPEG",
    "ig/.hidden.jpg": "a hidden file",
    "ig/folder.jpg": "a folder",
    "ig/line\\x0abreak.jpg": "a control character in its name",
    "ig/link.jpg": "a broken link",
    "ig/pipe.jpg": "not a regular file",
    "ig/\\xff.jpg": "its name is not UTF-8",
}


@pytest.fixture
def crops(generated_crops, tmp_path) -> Path:
    """One crop a class."""
    root = tmp_path / "crops"
    for label in CLASSES:
        (root / label).mkdir(parents=True)
        shutil.copy(generated_crops / label / f"{label}_0.jpg", root / label)
    return root


@pytest.fixture
def faulty(crops) -> Path:
    folder = crops / "ig"
    whole = (folder / "ig_0.jpg").read_bytes()
    (folder / "._x.jpg").write_bytes(b"\x00\x05\x16\x07")
    (folder / ".hidden.jpg").write_bytes(whole)
    (folder / "folder.jpg").mkdir()
    (folder / "line\nbreak.jpg").write_bytes(whole)
    (folder / "link.jpg").symlink_to("nowhere")
    os.mkfifo(folder / "pipe.jpg")
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff.jpg")).write_bytes(whole)
    (crops / os.fsdecode(b"beside-\xff")).mkdir()
    return crops


def split(data: Path, out: Path, monkeypatch) -> dict[str, list]:
    monkeypatch.setattr(sys, "argv", ["split", "--data", str(data), "--out", str(out)])
    splitting.main()
    return read_split(out)


def test_the_audit_names_them(faulty, tmp_path):
    summary = audit(faulty, tmp_path / "out")
    assert {entry["path"]: entry["reason"] for entry in summary["leftOut"]} == FAULTS
    assert summary["beside"] == ["beside-\\xff"]
    assert summary["used"] == len(CLASSES)
    # What a terminal and the next step read: plain lines, and a row for each file.
    describe(summary).encode()
    assert json.loads((tmp_path / "out" / "audit.json").read_text())["files"] == len(CLASSES) + len(FAULTS)
    with (tmp_path / "out" / "audit.csv").open(newline="", encoding="utf-8") as rows:
        assert len(list(csv.DictReader(rows))) == len(CLASSES) + len(FAULTS)


def test_the_split_names_them(faulty, tmp_path, monkeypatch, capsys):
    parts = split(faulty, tmp_path / "split.csv", monkeypatch)
    listed = sorted(crop.path for part in parts.values() for crop in part)
    assert listed == [f"{label}/{label}_0.jpg" for label in CLASSES]
    printed = capsys.readouterr().out
    for path, reason in FAULTS.items():
        assert f"left out {path}: {reason}\n" in printed


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_named(crops, tmp_path):
    (crops / "ig" / "ig_0.jpg").chmod(0)
    summary = audit(crops, tmp_path / "out")
    assert summary["leftOut"] == [{"path": "ig/ig_0.jpg", "reason": "cannot be read (Permission denied)"}]


@pytest.mark.parametrize(
    ("compression", "reason"),
    [
        (zipfile.ZIP_STORED, "Bad CRC-32 for file 'PBC/ig/bad.jpg'"),
        (zipfile.ZIP_DEFLATED, "Error -3 while decompressing data: invalid"),
    ],
)
def test_a_damaged_member_of_a_zip_is_named(crops, tmp_path, monkeypatch, capsys, compression, reason):
    zipped = tmp_path / "crops.zip"
    with zipfile.ZipFile(zipped, "w") as archive:
        for file in sorted(crops.rglob("*.jpg")):
            archive.write(file, Path("PBC", file.relative_to(crops)))
            # As macOS zips: a second folder with every class.
            archive.writestr(f"__MACOSX/PBC/{file.parent.name}/._{file.name}", b"\x00\x05\x16\x07")
        archive.writestr("PBC/ig/bad.jpg", bytes(range(256)) * 40, compression)
        bad = archive.getinfo("PBC/ig/bad.jpg")
    content = bytearray(zipped.read_bytes())
    # The member's bytes follow its name.
    start = content.index(b"PBC/ig/bad.jpg", bad.header_offset) + len("PBC/ig/bad.jpg")
    content[start] ^= 0xFF
    zipped.write_bytes(content)
    summary = audit(zipped, tmp_path / "out")
    (left_out,) = summary["leftOut"]
    assert left_out["path"] == "ig/bad.jpg"
    assert left_out["reason"].startswith(f"cannot be read ({reason}")
    assert summary["used"] == len(CLASSES)
    parts = split(zipped, tmp_path / "split.csv", monkeypatch)
    assert sum(map(len, parts.values())) == len(CLASSES)
    assert "left out ig/bad.jpg: cannot be read" in capsys.readouterr().out


def test_names_are_printed_whatever_they_are():
    assert printable("größe, 1.jpg") == "größe, 1.jpg"
    assert printable("a\x1b[2J\r\n\x85") == "a\\x1b[2J\\x0d\\x0a\\x85"
    assert printable(os.fsdecode(b"gr\xf6\xdfe")) == "gr\\xf6\\xdfe"
