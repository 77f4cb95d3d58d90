import sys

import pytest
import pyvips

from hemoserve_training.commands import figures
from hemoserve_training.data.audit import audit
from hemoserve_training.data.classes import CLASSES
from hemoserve_training.data.figures import (
    SHOWN_DIMENSIONS,
    choose_samples,
    count_dimensions,
    draw_class_counts,
    draw_samples,
    read_used,
    with_percentage,
)

USED_ROW = "path,label,sha256,width,height,used,reason\nig/1.jpg,ig,0,9,8,{used},\n"


@pytest.fixture(scope="module")
def audit_csv(generated_crops, tmp_path_factory):
    out = tmp_path_factory.mktemp("audit")
    audit(generated_crops, out)
    return out / "audit.csv"


def row(label: str, width: int, height: int) -> dict[str, str]:
    return {"path": f"{label}/1.jpg", "label": label, "width": str(width), "height": str(height)}


def test_the_command_writes_three_pictures(generated_crops, audit_csv, tmp_path, capsys, monkeypatch):
    out = tmp_path / "new" / "figures"
    options = ["--data", generated_crops, "--audit", audit_csv, "--out", out]
    monkeypatch.setattr(sys, "argv", ["figures", *map(str, options)])
    figures.main()
    names = ["samples.png", "class-counts.png", "dimensions.png"]
    assert capsys.readouterr().out.splitlines() == [str(out / name) for name in names]
    assert sorted(file.name for file in out.iterdir()) == sorted(names)
    for name in names:
        picture = pyvips.Image.new_from_file(str(out / name))
        assert picture.get("vips-loader") == "pngload"
        assert picture.deviate() > 10


def test_samples_are_random_seeded_and_of_their_class(audit_csv):
    used = read_used(audit_csv)
    samples = choose_samples(used, 4, seed=1)
    assert list(samples) == CLASSES
    for label, paths in samples.items():
        assert len(set(paths)) == 4
        assert all(path.startswith(f"{label}/") for path in paths)
    assert choose_samples(used, 4, seed=1) == samples
    assert choose_samples(used, 4, seed=2) != samples
    assert {len(paths) for paths in choose_samples(used, 99, seed=1).values()} == {10}


def test_samples_stand_in_the_column_of_their_class(generated_crops):
    samples = {"ig": ["ig/ig_0.jpg", "ig/ig_1.jpg"], "platelet": ["platelet/platelet_0.jpg"]}
    axes = draw_samples(generated_crops, samples, rows=2).axes
    assert [ax.get_title() for ax in axes] == ["ig", "platelet", "", ""]
    assert [len(ax.get_images()) for ax in axes] == [1, 1, 1, 0]


def test_bars_are_the_counts_in_the_order_of_the_classes():
    (ax,) = draw_class_counts([row("ig", 9, 9)] * 3 + [row("platelet", 9, 9)]).axes
    assert [label.get_text() for label in ax.get_yticklabels()] == CLASSES
    assert [bar.get_width() for bar in ax.patches] == [0, 0, 0, 3, 0, 0, 0, 1]
    assert [text.get_text() for text in ax.texts][3] == "3 (75.0%)"


def test_dimensions_are_ordered_and_the_rare_ones_summed():
    rows = [row("ig", 9, 8)] * 2 + [row("ig", 360, 363)] * 5 + [row("ig", 8, 8)] * 2
    assert list(count_dimensions(rows).items()) == [("360 × 363", 5), ("8 × 8", 2), ("9 × 8", 2)]
    many = count_dimensions(rows + [row("ig", width, 1) for width in range(20)])
    assert len(many) == SHOWN_DIMENSIONS + 1
    assert many[f"{3 + 20 - SHOWN_DIMENSIONS} others"] == 3 + 20 - SHOWN_DIMENSIONS


def test_small_shares_are_not_called_nothing():
    assert with_percentage(13_310, 13_671) == "13,310 (97.4%)"
    assert with_percentage(1, 13_671) == "1 (< 0.1%)"
    assert with_percentage(0, 13_671) == "0 (0.0%)"


def test_only_used_crops_count(tmp_path):
    (tmp_path / "audit.csv").write_text(USED_ROW.format(used="yes") + "ig/2.jpg,ig,0,,,no,not a JPEG\n")
    assert [row["path"] for row in read_used(tmp_path / "audit.csv")] == ["ig/1.jpg"]
    (tmp_path / "audit.csv").write_text(USED_ROW.format(used="no"))
    with pytest.raises(ValueError, match="no used crop"):
        read_used(tmp_path / "audit.csv")
