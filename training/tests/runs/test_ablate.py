from conftest import ROOT, TINY

from hemoserve_training.data.classes import CLASSES
from hemoserve_training.data.dataset import Crop
from hemoserve_training.data.split_list import write_split
from hemoserve_training.runs.ablate import ablate, read_variants

ABLATION = f"""
extends = "{TINY}"
every = 2

[variants.turned.augmentation]
rotation = 1.0
"""


def test_the_shipped_ablation_changes_what_its_variants_name():
    every, variants = read_variants(ROOT / "docs" / "experiments" / "configs" / "ablation.toml")
    assert every > 1
    by_name = {config.name: config for config in variants}
    assert variants[0].name == "base"
    assert by_name["mixup"].augmentation.mixup > 0
    assert by_name["mixup"].augmentation.rotation == by_name["base"].augmentation.rotation
    assert by_name["distilled"].distillation.teacher == "base"
    assert all(config.epochs == by_name["base"].epochs for config in variants)


def test_every_variant_is_trained_and_gets_its_row(generated_crops, tmp_path):
    crops, part_of = [], {}
    for label in CLASSES:
        for index in range(6):
            crops.append(Crop(f"{label}/{label}_{index}.jpg", label, f"{label}-{index}"))
            part_of[crops[-1].sha256] = "train" if index < 4 else ("validation", "test")[index - 4]
    write_split(tmp_path / "split.csv", crops, part_of)
    (tmp_path / "tiny.toml").write_text(ABLATION)
    text = ablate(tmp_path / "tiny.toml", generated_crops, tmp_path / "split.csv", tmp_path / "work")
    assert [row.split(" | ")[0] for row in text.splitlines()[2:]] == ["| base", "| turned"]
    assert (tmp_path / "work" / "ablation.md").read_text() == text
    # Half of the training part: 16 crops in 2 steps.
    assert (tmp_path / "work" / "split.csv").read_text().count(",train,") == 16
