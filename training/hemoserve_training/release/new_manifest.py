"""What a new version's manifest says (src/registry/manifest.ts)."""

from pathlib import Path

import keras

from ..data.classes import CLASSES
from ..data.dataset import Crop, fingerprint
from ..data.preprocessing import Preprocessing
from ..gpu.config import GpuConfig
from ..networks.activation_maps import with_activation_maps
from ..networks.ends import FEATURES, INPUT, LOGITS, MAPS
from ..runs.config import Config
from .manifest import list_files

DATASET = "PBC (Acevedo et al. 2020), Mendeley Data V1, doi:10.17632/snkd93bnjr.1"
INTENDED_USE = (
    "Pre-classification of single peripheral blood cells cropped by a cell-imaging analyzer, for review by a "
    "qualified person. Not for diagnosis; not validated on stains or analyzers other than those of its data."
)
GOLDEN_TOLERANCE = 1e-3
# Engines that calculate in bfloat16 round weights and activations to 8 bits of mantissa.
BFLOAT16_GOLDEN_TOLERANCE = 0.02


def describe_outputs(network: keras.Model, size_px: int) -> dict:
    """Names and sizes of the outputs that the network is exported with, for crops of `size_px` a side."""
    features = network.output[FEATURES]
    outputs = {"logits": LOGITS, "features": FEATURES, "featureCount": features.shape[-1]}
    crops = keras.KerasTensor((1, size_px, size_px, 3))
    maps = with_activation_maps(network).compute_output_spec(crops).get(MAPS)
    if maps is not None:
        outputs["activationMaps"] = {"name": MAPS, "width": maps.shape[2], "height": maps.shape[1]}
    return outputs


def build_manifest(
    config: Config | GpuConfig,
    *,
    version: str,
    folder: Path,
    spec: Preprocessing,
    outputs: dict,
    temperature: float,
    metrics: dict,
    training_crops: list[Crop],
    split_file: Path,
    origin: dict[str, str],
) -> dict:
    """The manifest of the version in `folder`, whose other files are all written already.

    outputs: as of `describe_outputs`; origin: what train recorded of the run, at least its `commit` and
    `command`; metrics: as of `metrics.figures`.
    """
    preprocessing = spec.manifest()
    return {
        "formatVersion": 1,
        "name": config.arch,
        "version": version,
        "architecture": config.arch,
        "classes": CLASSES,
        "input": {
            "name": INPUT,
            "dataType": "uint8",
            "layout": "NHWC",
            "width": preprocessing.pop("width"),
            "height": preprocessing.pop("height"),
            "channels": 3,
        },
        "preprocessing": preprocessing,
        "normalization": "in-graph",
        "outputs": outputs,
        "calibration": {"method": "temperature", "temperature": temperature},
        "onnx": "model.onnx",
        "savedModel": "saved_model",
        # It may be evaluated in bfloat16; an engine serves it so once its loss is recorded.
        "precisions": {"bfloat16": {"goldenTolerance": BFLOAT16_GOLDEN_TOLERANCE}},
        "golden": {"file": "golden.json", "tolerance": GOLDEN_TOLERANCE},
        "files": list_files(folder),
        "training": {
            "dataset": DATASET,
            "fingerprint": fingerprint(training_crops),
            "cropCount": len(training_crops),
            "split": split_file.as_posix(),
        }
        | origin,
        "metrics": metrics,
        "licences": {"data": "CC BY 4.0", "weights": "Apache-2.0"},
        "intendedUse": INTENDED_USE,
    }
