"""Configurations of the tests of training on a GPU."""

from dataclasses import fields, replace

import keras
from conftest import ROOT

from hemoserve_training.gpu.config import Changes, GpuConfig, load_gpu_config
from hemoserve_training.networks.architectures.head import crops_input, with_head

RECIPES = ROOT / "training" / "configs" / "gpu"
WHY = "PyTorch is not set up: npm run train:setup -- --torch-cpu"

STRONG = load_gpu_config(RECIPES / "inceptionv3.toml").strong
NOTHING = replace(
    Changes(**{field.name: 0.0 for field in fields(Changes)}),
    magnification=(1.0, 1.0),
    channel=(0.0, 0.0, 0.0),
)

# Twelve steps by the clock below; the generated crops have four batches of 16 an epoch.
SMALL = GpuConfig(
    name="small",
    arch="narrow",
    size_px=32,
    source_px=48,
    seed=1,
    batch_size=16,
    learning_rate=0.05,
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


def narrow_in_keras(class_count: int, dropout: float, size_px: int) -> keras.Model:
    """A network of the published ones' parts that learns in seconds."""
    crops, values = crops_input(None, scale=1 / 127.5, offset=-1)
    for filters in (16, 32, 64):
        values = keras.layers.Conv2D(filters, 3, strides=2, use_bias=False)(values)
        values = keras.layers.BatchNormalization(scale=False)(values)
        values = keras.layers.ReLU()(values)
    return with_head(crops, keras.layers.GlobalAveragePooling2D()(values), class_count, dropout, "narrow")


def narrow_in_torch(class_count: int, dropout: float):
    """The same in PyTorch, which is imported only here."""
    from torch.nn import Sequential

    from hemoserve_training.gpu.networks.units import Network, Unit

    units = [
        Unit(inputs, outputs, 3, stride=2, pad=False) for inputs, outputs in ((3, 16), (16, 32), (32, 64))
    ]
    return Network(Sequential(*units), 64, class_count, dropout)


class StepClock:
    """Seconds that go on by one with each step of a run (`narrow` in test_gpu_train.py makes them)."""

    def __init__(self):
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds
