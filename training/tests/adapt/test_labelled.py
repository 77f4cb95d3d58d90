"""What a laboratory may label, and how."""

import shutil

import pytest

from hemoserve_training.adapt.labelled import read_labelled
from hemoserve_training.data.classes import CLASSES
from hemoserve_training.data.preprocessing import Preprocessing

SPEC = Preprocessing(16, 16)


@pytest.fixture
def folder(laboratory, tmp_path):
    copy = tmp_path / "labelled"
    shutil.copytree(laboratory, copy)
    return copy


def test_a_list_gives_what_the_folders_give(folder, tmp_path):
    files = sorted(folder.rglob("*.jpg"))
    rows = [f"{file.relative_to(tmp_path)},{file.parent.name}" for file in files]
    (tmp_path / "list.csv").write_text("\n".join(["file,class", *rows]))
    of_list = read_labelled(tmp_path / "list.csv", CLASSES, SPEC)
    of_folder = read_labelled(folder, CLASSES, SPEC)
    assert of_list.counts(CLASSES) == of_folder.counts(CLASSES) == dict.fromkeys(CLASSES[:5], 10)
    assert (of_list.pixels == of_folder.pixels).all()


def test_what_cannot_be_learnt_from_is_left_out_with_the_reason(folder):
    (folder / CLASSES[0] / "broken.jpg").write_bytes(b"\xff\xd8\xff")
    contradicted = next((folder / CLASSES[1]).iterdir())
    shutil.copy(contradicted, folder / CLASSES[2] / "other.jpg")
    shutil.copy(next((folder / CLASSES[3]).iterdir()), folder / CLASSES[3] / "twice.jpg")
    found = read_labelled(folder, CLASSES, SPEC, most=9)
    reasons = [rejected.reason for rejected in found.rejected]
    assert reasons.count("does not decode") == 1
    assert sum("identical crops labelled" in reason for reason in reasons) == 2
    assert sum("more than 9" in reason for reason in reasons) == 4
    assert found.counts(CLASSES) == dict.fromkeys(CLASSES[:5], 9)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("path,class\nx.jpg,monocyte", "expected the columns file and class"),
        ("file,class\nx.jpg,blast", "no classes of the model: blast"),
        ("file,class\nx.jpg,monocyte", "two classes at least"),
    ],
)
def test_a_list_that_is_of_no_use_is_refused(rows, message, tmp_path):
    (tmp_path / "list.csv").write_text(rows)
    with pytest.raises(SystemExit, match=message):
        read_labelled(tmp_path / "list.csv", CLASSES, SPEC)
