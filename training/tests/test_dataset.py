import pytest

from hemoserve_training.dataset import Crop, Rejected, list_crops
from hemoserve_training.split import FRACTIONS, PARTS, fingerprint, read_split, split, write_split

JPEG = b"\xff\xd8\xff"


def write(root, files: dict[str, bytes]) -> None:
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)


def test_files_that_are_no_jpeg_and_crops_with_two_labels_are_left_out(tmp_path):
    write(
        tmp_path,
        {
            "a/1.jpg": JPEG + b"1",
            "a/.stray.jpg": b"\x00\x05\x16\x07",
            "a/both.jpg": JPEG + b"both",
            "b/both.jpg": JPEG + b"both",
            "b/2.jpg": JPEG + b"2",
            "b/2-again.jpg": JPEG + b"2",
        },
    )
    crops, rejected = list_crops(tmp_path, ["a", "b"])
    assert [crop.path for crop in crops] == ["a/1.jpg", "b/2-again.jpg", "b/2.jpg"]
    assert rejected == [
        Rejected("a/.stray.jpg", "not a JPEG"),
        Rejected("a/both.jpg", "identical crops labelled a and b"),
        Rejected("b/both.jpg", "identical crops labelled a and b"),
    ]


def test_a_class_without_a_folder_is_an_error(tmp_path):
    write(tmp_path, {"a/1.jpg": JPEG})
    with pytest.raises(FileNotFoundError, match="no folder for class b"):
        list_crops(tmp_path, ["a", "b"])


def crops_of(counts: dict[str, int]) -> list[Crop]:
    return [Crop(f"{label}/{i}.jpg", label, f"{label}-{i}") for label, n in counts.items() for i in range(n)]


def test_split_is_stratified_and_the_same_for_the_same_seed():
    counts = {"a": 1000, "b": 200}
    crops = crops_of(counts)
    part_of = split(crops, seed=3)
    assert part_of == split(crops[::-1], seed=3)
    assert part_of != split(crops, seed=4)
    for label, n in counts.items():
        for part, fraction in zip(PARTS, FRACTIONS, strict=True):
            in_part = sum(1 for crop in crops if crop.label == label and part_of[crop.sha256] == part)
            assert in_part == round(n * fraction)


def test_identical_crops_stay_together_and_the_list_reads_back(tmp_path):
    crops = crops_of({"a": 50})
    crops += [Crop(f"a/{i}-again.jpg", "a", f"a-{i}") for i in range(50)]
    write_split(tmp_path / "split.csv", crops, split(crops, seed=1))
    parts = read_split(tmp_path / "split.csv")
    assert sorted(crop for part in parts.values() for crop in part) == sorted(crops)
    hashes = [{crop.sha256 for crop in part} for part in parts.values()]
    assert not (hashes[0] & hashes[1] or hashes[0] & hashes[2] or hashes[1] & hashes[2])


def test_fingerprint_names_a_set():
    crops = crops_of({"a": 3})
    assert fingerprint(crops) == fingerprint(crops[::-1])
    assert fingerprint(crops) != fingerprint(crops[:2])
