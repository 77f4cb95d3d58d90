"""Configurations of the tests of training on a GPU."""

from dataclasses import fields, replace

from conftest import ROOT

from hemoserve_training.gpu.config import Changes, GpuConfig, load_gpu_config

RECIPES = ROOT / "training" / "configs" / "gpu"
WHY = "PyTorch is not set up: npm run train:setup -- --torch-cpu"

STRONG = load_gpu_config(RECIPES / "inceptionv3.toml").strong
NOTHING = replace(
    Changes(**{field.name: 0.0 for field in fields(Changes)}),
    magnification=(1.0, 1.0),
    channel=(0.0, 0.0, 0.0),
)

# Twelve steps of a fake clock that ticks once a step; the generated crops have four batches of 16 an epoch.
SMALL = GpuConfig(
    name="small",
    arch="vgg16",
    size_px=32,
    source_px=48,
    seed=1,
    batch_size=16,
    learning_rate=0.02,
    weight_decay=5e-4,
    label_smoothing=0.05,
    dropout=0.1,
    minutes=0.2,
    warmup=0.1,
    strong_until=0.8,
    ema_momentum=0.9,
    validate_every=1,
    strong=STRONG,
    mild=NOTHING,
)


class Ticking:
    """A clock that goes on by a second when a step asks for the time."""

    def __init__(self):
        self.seconds = 0.0

    def __call__(self) -> float:
        self.seconds += 1
        return self.seconds
