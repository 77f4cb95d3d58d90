"""Every kind of finding, planted once into the generated data set."""

import csv
import json
import shutil
import sys
import zipfile
from pathlib import Path

import imagehash
import numpy as np
import pytest
import pyvips
from PIL import Image

from hemoserve_training.commands import audit as auditing
from hemoserve_training.commands import split as splitting
from hemoserve_training.data.audit import audit
from hemoserve_training.data.audit_text import describe
from hemoserve_training.data.classes import CLASSES
from hemoserve_training.data.dataset import fingerprint
from hemoserve_training.data.duplicates import MAX_DISTANCE_BITS, near_pairs, perceptual_hash
from hemoserve_training.data.preprocessing import Preprocessing, preprocess
from hemoserve_training.data.source import open_source
from hemoserve_training.data.split_list import read_split

STRAY = "neutrophil/.DS_1.jpg"
TRUNCATED = "ig/truncated.jpg"
LEFT_OUT = [
    {"path": "basophil/both.jpg", "reason": "identical crops labelled basophil and monocyte"},
    {"path": TRUNCATED, "reason": "does not decode"},
    {"path": "monocyte/both.jpg", "reason": "identical crops labelled basophil and monocyte"},
    {"path": STRAY, "reason": "not a JPEG"},
]


def other_cell(seed: int) -> pyvips.Image:
    """A picture that is like no other."""
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 6, 3)).astype(np.uint8)
    return pyvips.Image.new_from_array(coarse, interpretation="srgb").resize(60)


@pytest.fixture(scope="module")
def planted(generated_crops, tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("planted") / "crops"
    for label in CLASSES:
        (root / label).mkdir(parents=True)
        shutil.copy(generated_crops / label / f"{label}_0.jpg", root / label)
    (root / STRAY).write_bytes(b"\x00\x00\x00\x01Bud1")
    whole = (root / "ig" / "ig_0.jpg").read_bytes()
    (root / TRUNCATED).write_bytes(whole[: len(whole) // 2])
    for copy in ("b", "c"):
        shutil.copy(root / "platelet" / "platelet_0.jpg", root / "platelet" / f"platelet_0{copy}.jpg")
    for label in ("basophil", "monocyte"):
        other_cell(1).write_to_file(str(root / label / "both.jpg"), Q=90)
    cell = other_cell(3)
    cell.write_to_file(str(root / "lymphocyte" / "cell.jpg"), Q=95)
    cell.resize(0.9).write_to_file(str(root / "monocyte" / "saved-again.jpg"), Q=40)
    # Alike as different cells are: past the bound, yet among the pairs that are counted.
    cell.crop(3, 3, 354, 354).write_to_file(str(root / "lymphocyte" / "alike.jpg"), Q=90)
    (root / "README.md").write_text("not a crop")
    return root


@pytest.fixture(scope="module")
def audited(planted, tmp_path_factory):
    """The summary and the list of the planted data set, as their files have them."""
    out = tmp_path_factory.mktemp("audited")
    before = sorted(planted.rglob("*"))
    audit(planted, out)
    assert sorted(planted.rglob("*")) == before
    with (out / "audit.csv").open(newline="") as rows:
        return json.loads((out / "audit.json").read_text()), list(csv.DictReader(rows))


def test_files_that_are_not_used_are_named_with_the_reason(audited):
    summary, rows = audited
    assert summary["leftOut"] == LEFT_OUT
    unused = [{"path": row["path"], "reason": row["reason"]} for row in rows if row["used"] == "no"]
    assert unused == LEFT_OUT
    assert summary["beside"] == ["README.md"]


def test_files_are_counted_by_class_and_dimensions(audited):
    summary, rows = audited
    assert summary["files"] == len(rows) == len(CLASSES) + 9
    assert summary["used"] == len(CLASSES) + 5
    assert summary["classes"]["eosinophil"] == {"files": 1, "used": 1}
    assert summary["classes"]["monocyte"] == {"files": 3, "used": 2}
    assert summary["classes"]["neutrophil"] == {"files": 2, "used": 1}
    assert summary["classes"]["platelet"] == {"files": 3, "used": 3}
    # The drawn cells and the copies; cell.jpg and both.jpg, twice; saved-again.jpg; alike.jpg.
    assert summary["dimensionsPx"] == {"360x363": 10, "360x360": 3, "324x324": 1, "354x354": 1}


def test_identical_crops_are_found_whatever_their_labels(audited):
    found = {tuple(group["paths"]): group["labels"] for group in audited[0]["identical"]}
    assert found == {
        ("basophil/both.jpg", "monocyte/both.jpg"): ["basophil", "monocyte"],
        ("platelet/platelet_0.jpg", "platelet/platelet_0b.jpg", "platelet/platelet_0c.jpg"): ["platelet"],
    }


def test_only_the_crop_that_was_saved_again_is_a_near_duplicate(audited):
    near = audited[0]["nearDuplicates"]
    assert near["maxDistanceBits"] == MAX_DISTANCE_BITS
    (pair,) = near["pairs"]
    assert pair["paths"] == ["lymphocyte/cell.jpg", "monocyte/saved-again.jpg"]
    assert pair["labels"] == ["lymphocyte", "monocyte"]
    # Other bits as well as other bytes: equal hashes alone would miss it.
    assert 0 < pair["distanceBits"] <= MAX_DISTANCE_BITS
    assert max(map(int, near["pairsByDistanceBits"])) > MAX_DISTANCE_BITS


@pytest.fixture(scope="module")
def zipped(planted, tmp_path_factory) -> Path:
    """The planted data set as a zip with a folder above those of the classes."""
    zipped = tmp_path_factory.mktemp("zipped") / "pbc.zip"
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("__MACOSX/PBC/basophil/._both.jpg", b"")
        for file in sorted(planted.rglob("*")):
            if file.is_file():
                archive.write(file, Path("PBC", file.relative_to(planted)))
    return zipped


def test_the_split_uses_what_the_audit_uses_and_reads_the_zip(
    audited, planted, zipped, tmp_path, capsys, monkeypatch
):
    texts = []
    for data in (planted, zipped):
        out = tmp_path / "split.csv"
        monkeypatch.setattr(sys, "argv", ["split", "--data", str(data), "--out", str(out)])
        splitting.main()
        texts.append(out.read_text())
    assert texts[0] == texts[1]
    crops = sorted(crop for part in read_split(out).values() for crop in part)
    used = [(row["path"], row["label"], row["sha256"]) for row in audited[1] if row["used"] == "yes"]
    assert [(crop.path, crop.label, crop.sha256) for crop in crops] == used
    assert audited[0]["fingerprint"] == fingerprint(crops)
    part_of = {crop.path: part for part, listed in read_split(out).items() for crop in listed}
    assert part_of["lymphocyte/cell.jpg"] == part_of["monocyte/saved-again.jpg"]
    printed = capsys.readouterr().out
    assert f"left out {TRUNCATED}: does not decode" in printed
    assert "lymphocyte/cell.jpg, monocyte/saved-again.jpg" in printed


def test_a_zip_gives_the_same_as_its_folder(audited, zipped, tmp_path):
    summary = audit(zipped, tmp_path / "out")
    # Distances are keys, which JSON makes strings.
    assert json.loads(json.dumps(summary)) == audited[0] | {"data": zipped.as_posix()}
    assert not (tmp_path / "PBC").exists()


@pytest.mark.parametrize("name", ["../a/1.jpg", "/a/1.jpg", "a/../../1.jpg", "a//1.jpg"])
def test_a_zip_with_paths_that_lead_elsewhere_is_refused(tmp_path, name):
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("a/0.jpg", b"")
        archive.writestr(name, b"")
    with pytest.raises(ValueError, match="unsafe path"), open_source(tmp_path / "x.zip", ["a"]):
        pass


def test_class_folders_are_found_below(tmp_path):
    for folder in ("top/pbc/a", "top/pbc/b", "top/a", "other/b"):
        (tmp_path / folder).mkdir(parents=True)
    with open_source(tmp_path, ["a", "b"]) as root:
        assert root == tmp_path / "top" / "pbc"
    with pytest.raises(FileNotFoundError, match="no folder for every class"), open_source(tmp_path, ["c"]):
        pass
    (tmp_path / "other" / "pbc" / "a").mkdir(parents=True)
    (tmp_path / "other" / "pbc" / "b").mkdir()
    with pytest.raises(ValueError, match="more than one folder"), open_source(tmp_path, ["a", "b"]):
        pass


def test_a_folder_within_a_class_is_named(tmp_path):
    for label in CLASSES:
        (tmp_path / "crops" / label).mkdir(parents=True)
    (tmp_path / "crops" / "ig" / "PMY").mkdir()
    summary = audit(tmp_path / "crops", tmp_path / "out")
    assert summary["leftOut"] == [{"path": "ig/PMY", "reason": "a folder"}]


def test_near_pairs_are_those_of_a_plain_search(monkeypatch):
    monkeypatch.setattr("hemoserve_training.data.duplicates.BLOCK", 7)
    rng = np.random.default_rng(0)
    hashes = rng.integers(0, 2**64, 30, np.uint64).tolist()
    hashes += [hashes[3], hashes[20] ^ 0b1011, hashes[5] ^ (0b11111 << 59)]
    plain = [
        (a, b, (hashes[a] ^ hashes[b]).bit_count())
        for a in range(len(hashes))
        for b in range(a + 1, len(hashes))
        if (hashes[a] ^ hashes[b]).bit_count() <= 4
    ]
    assert plain == [(3, 30, 0), (20, 31, 3)]
    assert near_pairs(hashes, 4) == plain
    assert near_pairs([], 4) == []


def test_perceptual_hash_is_that_of_the_library(generated_crops):
    pixels = preprocess(generated_crops / "eosinophil" / "eosinophil_1.jpg", Preprocessing(32, 32))
    assert f"{perceptual_hash(pixels):016x}" == str(imagehash.phash(Image.fromarray(pixels)))


def test_the_command_prints_what_it_found(planted, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["audit", "--data", str(planted), "--out", str(tmp_path)])
    auditing.main()
    printed = capsys.readouterr()
    assert f"{STRAY}: not a JPEG" in printed.out
    assert f"{TRUNCATED}: does not decode" in printed.out
    assert "lymphocyte/cell.jpg ~ monocyte/saved-again.jpg" in printed.out
    assert "2 groups, 1 with different labels" in printed.out
    assert "1 pairs, 1 with different labels" in printed.out
    # The progress bar.
    assert f"{len(CLASSES) + 9}/{len(CLASSES) + 9}" in printed.err


def test_long_lists_are_printed_in_part(audited):
    many = audited[0] | {"leftOut": [{"path": f"ig/{i}.jpg", "reason": "not a JPEG"} for i in range(25)]}
    printed = describe(many)
    assert "left out: 25 files" in printed
    assert "ig/19.jpg" in printed and "ig/20.jpg" not in printed
    assert "… and 5 more" in printed
