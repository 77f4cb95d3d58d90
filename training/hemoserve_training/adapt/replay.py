"""The replay set of a version: some of its training crops, which an adaptation rehearses (Robins 1995).

One zip in the version's folder, with a folder a class and the data's licence, which asks for the credit.
"""

import io
import zipfile
from pathlib import Path

import numpy as np
import pyvips

from ..data.dataset import Crop
from ..data.preprocessing import Preprocessing, preprocess
from ..data.split_list import read_split
from ..release.manifest import list_files, preprocessing_of, read_manifest, write_manifest

REPLAY_FILE = "replay.zip"
PER_CLASS = 30
QUALITY = 92
LICENCE = "CC BY 4.0, Acevedo et al. 2020, doi:10.17632/snkd93bnjr.1"
CREDIT = """Training crops of this version, scaled down to the network's input, and compressed as WebP.

Acevedo A., Merino A., Alférez S., Molina Á., Boldú L., Rodellar J. (2020). A dataset for microscopic
peripheral blood cell images for development of automatic recognition systems. Mendeley Data V1,
doi:10.17632/snkd93bnjr.1 (also Data in Brief 30, 105474). Licence: CC BY 4.0, https://creativecommons.org/licenses/by/4.0/
"""
# The date that zips begin with: the same crops give the same bytes.
DATE = (1980, 1, 1, 0, 0, 0)


def choose_replay(crops: list[Crop], per_class: int, seed: int) -> list[Crop]:
    """So many random crops of each class; all where there are fewer."""
    rng = np.random.default_rng(seed)
    chosen = []
    for label in sorted({crop.label for crop in crops}):
        of_class = [crop for crop in crops if crop.label == label]
        picked = rng.choice(len(of_class), min(per_class, len(of_class)), replace=False)
        chosen += [of_class[index] for index in sorted(picked)]
    return chosen


def write_replay(file: Path, crops: list[Crop], data: Path, spec: Preprocessing) -> None:
    """Packs crops as the network sees them, named by the SHA-256 of their original files."""
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(zipfile.ZipInfo("LICENCE.txt", DATE), CREDIT)
        for crop in crops:
            pixels = preprocess(data / crop.path, spec)
            image = pyvips.Image.new_from_array(pixels, interpretation="srgb")
            encoded = image.webpsave_buffer(Q=QUALITY, effort=6, keep="none")
            archive.writestr(zipfile.ZipInfo(f"{crop.label}/{crop.sha256[:16]}.webp", DATE), encoded)


def read_replay(file: Path, classes: list[str], spec: Preprocessing) -> tuple[np.ndarray, np.ndarray]:
    """uint8 crops (n, height, width, 3), and the index of each one's class (n,).

    Raises SystemExit where the version has none.
    """
    if not file.exists():
        raise SystemExit(f"{file} is missing: the version has no replay set (npm run train:replay)")
    with zipfile.ZipFile(io.BytesIO(file.read_bytes())) as archive:
        names = [name for name in archive.namelist() if name.endswith(".webp")]
        pixels = np.stack([preprocess(archive.read(name), spec) for name in names])
    return pixels, np.array([classes.index(name.split("/")[0]) for name in names], int)


def add_replay(folder: Path, data: Path, split_file: Path, per_class: int, seed: int) -> None:
    """Writes the replay set of the version in `folder`, from the training part, and its manifest."""
    manifest = read_manifest(folder)
    chosen = choose_replay(read_split(split_file)["train"], per_class, seed)
    write_replay(folder / REPLAY_FILE, chosen, data, preprocessing_of(manifest))
    manifest["replay"] = {"file": REPLAY_FILE, "cropCount": len(chosen), "licence": LICENCE}
    manifest["files"] = list_files(folder)
    write_manifest(folder, manifest)
