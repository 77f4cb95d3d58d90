"""Many pictures without a cell of each kind, as the network would get them."""

import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyvips

from ..data.preprocessing import Preprocessing, preprocess
from . import non_cells

# As large as the original of a crop, so that what is cut out of it keeps its detail.
_PICTURE = Preprocessing(360, 360)


def draw_kinds(
    crops: list[Path], pictures: dict[str, list[Path]], n: int, spec: Preprocessing, seed: int
) -> Iterator[tuple[str, np.ndarray]]:
    """Kind and uint8 (n, height, width, 3) of each kind; of pictures, those kinds that are given.

    crops: files of the model's kind; pictures: by kind, files of everyday things and of tissue.
    """
    kinds = non_cells.FROM_CROP | non_cells.FROM_TWO_CROPS | non_cells.FROM_PICTURES | non_cells.SHIFTED
    for kind, draw in kinds.items():
        rng = np.random.default_rng([seed, zlib.crc32(kind.encode())])
        if kind in non_cells.FROM_PICTURES:
            sources = [read_whole(file) for file in pictures.get(kind, [])]
            if not sources:
                continue
            drawn = [draw(rng, sources[index % len(sources)]) for index in range(n)]
        else:
            taken = 2 if kind in non_cells.FROM_TWO_CROPS else 1
            files = [rng.choice(len(crops), taken, replace=False) for _ in range(n)]
            drawn = [draw(rng, *(preprocess(crops[at], _PICTURE) for at in chosen)) for chosen in files]
        yield kind, np.stack([_as_input(picture, spec) for picture in drawn])


def read_whole(file: Path) -> np.ndarray:
    """uint8 (height, width, 3) at the picture's own size."""
    image = pyvips.Image.new_from_file(str(file))
    return preprocess(file, Preprocessing(image.width, image.height))


def _as_input(picture: np.ndarray, spec: Preprocessing) -> np.ndarray:
    image = pyvips.Image.new_from_array(np.ascontiguousarray(picture), interpretation="srgb")
    return preprocess(image.write_to_buffer(".png", compression=1), spec)
