"""Splits crops into parts, stratified by class.

Leaves out what the audit leaves out: files that are no JPEG or do not decode, and identical crops with
different labels. Byte-identical crops stay together, and so do near duplicates by the audit's criterion.
"""

from collections import defaultdict

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from .dataset import Crop, Rejected, choose
from .duplicates import MAX_DISTANCE_BITS, near_pairs
from .examine import Examined
from .split_list import PARTS

FRACTIONS = (0.8, 0.1, 0.1)


def choose_units(examined: list[Examined]) -> tuple[list[Crop], list[Rejected], list[list[Crop]]]:
    """The crops to use, those left out, and the used ones (one of each SHA-256) in units to keep together."""
    crops, rejected = choose((file.crop, file.fault) for file in examined)
    used = {crop.path for crop in crops}
    different = list({file.crop.sha256: file for file in examined if file.crop.path in used}.values())
    pairs = near_pairs([file.perceptual_hash for file in different], MAX_DISTANCE_BITS)
    first, second = np.array([pair[:2] for pair in pairs], int).reshape(-1, 2).T
    near = coo_array((np.ones(len(pairs)), (first, second)), shape=(len(different),) * 2)
    units = defaultdict(list)
    for unit, file in zip(connected_components(near, directed=False)[1].tolist(), different, strict=True):
        units[unit].append(file.crop)
    return crops, rejected, list(units.values())


def split(units: list[list[Crop]], seed: int) -> dict[str, str]:
    """Maps the SHA-256 of every crop to its part; a unit counts for the class of its first crop."""
    units_by_label = defaultdict(list)
    for unit in units:
        unit = sorted(unit, key=lambda crop: crop.sha256)
        units_by_label[unit[0].label].append(unit)
    rng = np.random.default_rng(seed)
    part_of = {}
    for label in sorted(units_by_label):
        ordered = sorted(units_by_label[label], key=lambda unit: unit[0].sha256)
        sizes = np.array([len(unit) for unit in ordered])
        order = rng.permutation(len(ordered))
        bounds = np.round(np.cumsum(FRACTIONS) * sizes.sum())[:-1]
        starts = np.cumsum(sizes[order]) - sizes[order]
        for index, part in zip(order, np.searchsorted(bounds, starts, side="right"), strict=True):
            part_of.update({crop.sha256: PARTS[part] for crop in ordered[index]})
    return part_of
