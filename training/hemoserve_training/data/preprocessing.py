"""The one preprocessing, as the service does it: decode, orient, 8-bit sRGB, resize.

The service uses sharp, which is libvips; this module gives the same operations to the same library in
sharp's order, so both give the same pixels. Its parameters are the manifest's `preprocessing` object.
Normalization is no part of it: that is inside the model's graph.
"""

import re
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pyvips

# Warnings of libjpeg after which pixels are missing or wrong; the service has the same (src/images/whole.ts).
DAMAGE = re.compile(r"premature end|bad (Huffman|arithmetic) code|instead of RST|[Ii]nconsistent progression")


@dataclass(frozen=True)
class Preprocessing:
    """Parameters of the preprocessing; field names are those of the manifest.

    width, height: pixels of the tensor; fit: only "fill" (both sides scaled to the target, no crop);
    kernel: a libvips kernel name; background: RGB 0-255 that transparent pixels are laid on.
    """

    width: int
    height: int
    fit: str = "fill"
    kernel: str = "lanczos3"
    colorSpace: str = "srgb"  # noqa: N815 (the manifest's name)
    background: tuple[int, int, int] = (255, 255, 255)

    def manifest(self) -> dict:
        return asdict(self) | {"background": list(self.background)}


def preprocess(source: Path | bytes, spec: Preprocessing) -> np.ndarray:
    """Turns one encoded image into a uint8 array of shape (height, width, 3), RGB.

    What decodes whole is read, with warnings too, as in the service (src/images/whole.ts).
    Raises pyvips.Error for an image that is truncated or damaged.
    """
    if spec.fit != "fill" or spec.colorSpace != "srgb":
        raise ValueError(f"unsupported preprocessing: fit={spec.fit}, colorSpace={spec.colorSpace}")
    try:
        return _decode(source, spec, fail_on="warning")
    except pyvips.Error as error:
        if DAMAGE.search(str(error)):
            raise
    return _decode(source, spec, fail_on="error")


def _decode(source: Path | bytes, spec: Preprocessing, fail_on: str) -> np.ndarray:
    if isinstance(source, bytes):
        image = pyvips.Image.new_from_buffer(source, "", fail_on=fail_on, access="sequential")
    else:
        image = pyvips.Image.new_from_file(str(source), fail_on=fail_on, access="sequential")
    image = _to_srgb(image).autorot()
    if image.hasalpha():
        image = image.flatten(background=list(spec.background))
    if (image.width, image.height) != (spec.width, spec.height):
        image = image.resize(spec.width / image.width, vscale=spec.height / image.height, kernel=spec.kernel)
    return image.cast("uchar").numpy()


def _to_srgb(image: pyvips.Image) -> pyvips.Image:
    """8 bits a channel, whatever the file has; honours the embedded profile of an RGB image."""
    if image.interpretation != "srgb":
        image = image.colourspace("srgb", source_space=image.interpretation)
    if image.get_typeof("icc-profile-data"):
        image = image.icc_transform("srgb", embedded=True, intent="perceptual", depth=8)
    return image
