import json

import pytest

from hemoserve_training.runs.curves import draw_curves, read_log

ROWS = [
    {"epoch": 1, "size_px": 96, "loss": 1.5, "accuracy": 0.5, "val_loss": 2.0, "val_accuracy": 0.4},
    {"epoch": 2, "size_px": 96, "loss": 0.9, "accuracy": 0.7, "val_loss": 0.8, "val_accuracy": 0.9},
    {"epoch": 3, "size_px": 128, "loss": 0.6, "accuracy": 0.8, "val_loss": 0.7, "val_accuracy": 0.8},
]


def test_curves_show_every_epoch_and_each_change_of_size(tmp_path):
    (tmp_path / "log.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    figure = draw_curves(read_log(tmp_path), "tiny")
    loss, accuracy = figure.axes
    assert [list(line.get_ydata()) for line in accuracy.lines[:2]] == [[0.5, 0.7, 0.8], [0.4, 0.9, 0.8]]
    assert [list(line.get_ydata()) for line in loss.lines[:2]] == [[1.5, 0.9, 0.6], [2.0, 0.8, 0.7]]
    assert [text.get_text() for text in accuracy.texts] == ["128 px"]
    assert "0.8000 at the end, 0.9000 at best (epoch 2)" in figure.get_suptitle()
    figure.savefig(tmp_path / "curves.png")
    assert (tmp_path / "curves.png").stat().st_size > 10_000


def test_a_run_without_an_epoch_is_an_error(tmp_path):
    (tmp_path / "log.jsonl").write_text("")
    with pytest.raises(ValueError, match="no epoch"):
        read_log(tmp_path)
