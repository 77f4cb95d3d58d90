import shutil
import sys

import numpy as np
import pytest
from conftest import TINY

from hemoserve_training.commands import split as splitting
from hemoserve_training.data.classes import CLASSES
from hemoserve_training.data.dataset import Crop, Rejected, class_files, fingerprint
from hemoserve_training.data.examine import Examined
from hemoserve_training.data.split import FRACTIONS, choose_units, split
from hemoserve_training.data.split_list import PARTS, read_split, write_split
from hemoserve_training.runs.config import load_config
from hemoserve_training.runs.train import train


def examined(path: str, sha256: str, perceptual_hash: int = 0, fault: str | None = None) -> Examined:
    crop = Crop(path, path.split("/")[0], sha256)
    return Examined(crop, fault, perceptual_hash=None if fault else perceptual_hash)


def test_what_the_audit_leaves_out_is_left_out():
    crops, rejected, units = choose_units(
        [
            examined("a/1.jpg", "1", 0xFF),
            examined("a/.stray.jpg", "s", fault="not a JPEG"),
            examined("a/cut.jpg", "c", fault="does not decode"),
            examined("a/both.jpg", "both"),
            examined("b/both.jpg", "both"),
            examined("b/2.jpg", "2", 0xFF00),
            examined("b/2-again.jpg", "2", 0xFF00),
        ]
    )
    assert [crop.path for crop in crops] == ["a/1.jpg", "b/2-again.jpg", "b/2.jpg"]
    assert rejected == [
        Rejected("a/.stray.jpg", "not a JPEG"),
        Rejected("a/both.jpg", "identical crops labelled a and b"),
        Rejected("a/cut.jpg", "does not decode"),
        Rejected("b/both.jpg", "identical crops labelled a and b"),
    ]
    assert sorted([crop.sha256 for crop in unit] for unit in units) == [["1"], ["2"]]


def test_near_duplicates_make_one_unit_also_in_a_chain():
    files = [examined(f"a/{i}.jpg", str(i), bits) for i, bits in enumerate([0, 0b1111, 0xFF, 0xFFFF_0000])]
    units = choose_units(files)[2]
    assert sorted([crop.sha256 for crop in unit] for unit in units) == [["0", "1", "2"], ["3"]]


def test_units_stay_together_and_parts_keep_their_share():
    crops = crops_of({"a": 300})
    units = [crops[:3], *([crop] for crop in crops[3:])]
    part_sizes = set()
    for seed in range(20):
        part_of = split(units, seed)
        assert len({part_of[crop.sha256] for crop in units[0]}) == 1
        part_sizes.add(sum(1 for part in part_of.values() if part == "train"))
    assert part_sizes <= set(range(238, 243))


def test_a_class_without_a_folder_is_an_error(tmp_path):
    (tmp_path / "a").mkdir()
    with pytest.raises(FileNotFoundError, match="no folder for class b"):
        class_files(tmp_path, ["a", "b"])


def crops_of(counts: dict[str, int]) -> list[Crop]:
    return [Crop(f"{label}/{i}.jpg", label, f"{label}-{i}") for label, n in counts.items() for i in range(n)]


def alone(crops: list[Crop]) -> list[list[Crop]]:
    """Units of one crop each, one of every SHA-256."""
    return [[crop] for crop in {crop.sha256: crop for crop in crops}.values()]


def test_split_is_stratified_and_the_same_for_the_same_seed():
    counts = {"a": 1000, "b": 200}
    crops = crops_of(counts)
    part_of = split(alone(crops), seed=3)
    assert part_of == split(alone(crops[::-1]), seed=3)
    assert part_of != split(alone(crops), seed=4)
    for label, n in counts.items():
        for part, fraction in zip(PARTS, FRACTIONS, strict=True):
            in_part = sum(1 for crop in crops if crop.label == label and part_of[crop.sha256] == part)
            assert in_part == round(n * fraction)


def test_a_part_that_gets_no_crops_of_a_class_is_named(generated_crops, tmp_path, monkeypatch, capsys):
    for label in CLASSES:
        (tmp_path / "crops" / label).mkdir(parents=True)
        for index in range(6):
            shutil.copy(generated_crops / label / f"{label}_{index}.jpg", tmp_path / "crops" / label)
    out = tmp_path / "split.csv"
    monkeypatch.setattr(sys, "argv", ["split", "--data", str(tmp_path / "crops"), "--out", str(out)])
    splitting.main()
    part_sizes = {part: len(crops) for part, crops in read_split(out).items()}
    printed = capsys.readouterr().out
    assert part_sizes["validation"] == 0
    assert f"warning: no crop of {', '.join(CLASSES)}: too few different ones for three parts" in printed
    with pytest.raises(SystemExit, match="has no crops in validation"):
        train(load_config(TINY), tmp_path / "crops", out, tmp_path / "work")


def test_identical_crops_stay_together_and_the_list_reads_back(tmp_path):
    crops = crops_of({"a": 50})
    crops += [Crop(f"a/{i}-again.jpg", "a", f"a-{i}") for i in range(50)]
    write_split(tmp_path / "split.csv", crops, split(alone(crops), seed=1))
    parts = read_split(tmp_path / "split.csv")
    assert sorted(crop for part in parts.values() for crop in part) == sorted(crops)
    hashes = [{crop.sha256 for crop in part} for part in parts.values()]
    assert not (hashes[0] & hashes[1] or hashes[0] & hashes[2] or hashes[1] & hashes[2])


def test_fingerprint_names_a_set():
    crops = crops_of({"a": 3})
    assert fingerprint(crops) == fingerprint(crops[::-1])
    assert fingerprint(crops) != fingerprint(crops[:2])


def test_without_near_duplicates_the_split_is_that_of_the_first_release():
    """Models are trained on it: the hashes in order, shuffled, cut at 80 and 90 %."""
    crops = crops_of({"a": 37})
    hashes = np.random.default_rng(5).permutation(sorted(crop.sha256 for crop in crops))
    parts = np.split(hashes, [30, 33])
    expected = {sha: part for part, group in zip(PARTS, parts, strict=True) for sha in group.tolist()}
    assert split(alone(crops), seed=5) == expected
