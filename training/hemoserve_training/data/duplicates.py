"""Crops that are there more than once: the same bytes, or nearly the same picture."""

from collections import defaultdict

import imagehash
import numpy as np
from PIL import Image

from .dataset import Crop

# Side of the picture that pHash looks at: its 8x8 lowest frequencies out of 32x32.
HASH_INPUT_PX = 32

# On PBC, whose crops all show one cell in the middle, pairs that differ in up to 4 of the 64 bits are one
# cell saved twice, and from 6 bits on they are different cells that look alike. The audit prints the counts.
MAX_DISTANCE_BITS = 4

# Rows of the distance matrix that are in memory at once.
BLOCK = 512


def identical_groups(crops: list[Crop]) -> list[list[Crop]]:
    """Groups of two or more byte-identical crops."""
    by_hash = defaultdict(list)
    for crop in sorted(crops):
        by_hash[crop.sha256].append(crop)
    return [group for group in by_hash.values() if len(group) > 1]


def perceptual_hash(pixels: np.ndarray) -> int:
    """The 64 bits of ImageHash's pHash (DCT of the luma against its median); pixels: uint8 (h, w, 3).

    It bears another compression, size or brightness, but no rotation or flip.
    """
    bits = imagehash.phash(Image.fromarray(pixels)).hash
    return int.from_bytes(np.packbits(bits).tobytes(), "big")


def near_pairs(hashes: list[int], max_distance_bits: int) -> list[tuple[int, int, int]]:
    """(first index, second index, distance) of every pair of hashes that is no further apart."""
    bits = np.array(hashes, np.uint64)
    pairs = []
    for start in range(0, len(bits), BLOCK):
        distance = np.bitwise_count(bits[start : start + BLOCK, None] ^ bits[None, start:])
        first, second = np.nonzero(np.triu(distance <= max_distance_bits, k=1))
        pairs.append(np.stack([first + start, second + start, distance[first, second]], axis=1))
    return [tuple(pair) for pair in np.concatenate(pairs).tolist()] if pairs else []
