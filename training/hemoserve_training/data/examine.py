"""What each file of a data set is: a sound crop, or one that is not used, and why."""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pyvips
from tqdm import tqdm

from .classes import CLASSES
from .dataset import Crop, class_files, read_crop
from .duplicates import HASH_INPUT_PX, perceptual_hash
from .faults import UNREADABLE, format_fault, place_fault, printable, reading_fault
from .preprocessing import Preprocessing, preprocess
from .source import Folder


@dataclass(frozen=True)
class Examined:
    """A file with its fault, or with its size in pixels and its perceptual hash."""

    crop: Crop
    fault: str | None = None
    width: int | None = None
    height: int | None = None
    perceptual_hash: int | None = None


def examine(label: str, file: Folder) -> Examined:
    unread = Crop(f"{label}/{printable(file.name)}", label, "")
    try:
        if fault := place_fault(file):
            return Examined(unread, fault)
        crop, content = read_crop(label, file)
    except UNREADABLE as error:
        return Examined(unread, reading_fault(error))
    if fault := format_fault(file.name, content):
        return Examined(crop, fault)
    try:
        header = pyvips.Image.new_from_buffer(content, "")
        # By the one preprocessing: what passes here is what training and service can read.
        pixels = preprocess(content, Preprocessing(HASH_INPUT_PX, HASH_INPUT_PX))
    except pyvips.Error:
        return Examined(crop, "does not decode")
    return Examined(crop, None, header.width, header.height, perceptual_hash(pixels))


def examine_all(root: Folder) -> list[Examined]:
    files = class_files(root, CLASSES)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        results = pool.map(lambda labelled: examine(*labelled), files)
        return list(tqdm(results, total=len(files), desc="audit", unit="file"))
