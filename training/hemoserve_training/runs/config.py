"""A training run's configuration: one TOML file under configs/ that states command, cost and score."""

from dataclasses import dataclass
from pathlib import Path

from .extends import read_extended


@dataclass(frozen=True)
class Stage:
    """A part of the run at one resolution: side of the square input in pixels, and epochs."""

    size_px: int
    epochs: int


@dataclass(frozen=True)
class Augmentation:
    """Strengths of the random changes; horizontal flips are always on.

    rotation: largest angle as a fraction of a half turn; 1 is any angle, since a blood cell has no up;
    zoom, brightness, contrast, saturation, channel (balance of red, green, blue): largest |log factor|;
    shift: fraction of the side; hue: fraction of a half turn; blur_sigma: largest standard deviation in
    pixels of the input; jpeg: probability that a crop is compressed once more, quality 10 to 70; close_up:
    probability that it is cut much more tightly; erase: probability of each patch that may cover a part of
    it; mixup, cutmix: the parameter of the beta distribution that
    crops are mixed by (Zhang et al. 2018, Yun et al. 2019), 0 for none; with both, each batch gets one.
    """

    rotation: float
    zoom: float
    shift: float
    brightness: float
    contrast: float
    saturation: float
    hue: float
    channel: float
    blur_sigma: float
    jpeg: float
    close_up: float = 0.0
    erase: float = 0.0
    mixup: float = 0.0
    cutmix: float = 0.0


@dataclass(frozen=True)
class Distillation:
    """What is learnt from a trained network (Hinton et al. 2015, arXiv:1503.02531).

    teacher: a finished run in the same work folder; or teacher_version: folder of a published version;
    teacher_size_px: side that the crops are resized to for it; temperature: of both softmaxes; weight: of
    the teacher's part in the loss, the labels have the rest.
    """

    teacher_arch: str
    teacher_size_px: int
    temperature: float
    weight: float
    teacher: str | None = None
    teacher_version: str | None = None

    def __post_init__(self) -> None:
        if (self.teacher is None) == (self.teacher_version is None):
            raise TypeError("distillation needs either teacher or teacher_version")


@dataclass(frozen=True)
class Config:
    name: str
    arch: str
    seed: int
    batch_size: int
    learning_rate: float
    # "cosine" from the rate to zero over the whole run, or "constant"; then the statistics of batch
    # normalization lag behind the weights, and are measured anew for validation and the final weights.
    schedule: str
    weight_decay: float
    warmup_epochs: float
    label_smoothing: float
    dropout: float
    precision: str
    stages: list[Stage]
    augmentation: Augmentation
    # Name of a finished run in the same work folder, whose weights this one starts from.
    start_from: str | None = None
    # Or folder of a published version, whose weights this run starts from.
    start_from_version: str | None = None
    # Whether batch normalization stays what the published version has folded into its kernels. The run then
    # begins exactly there; otherwise kernels of little variance begin much smaller, and change much faster.
    freeze_normalization: bool = False
    # What an average of the weights keeps at each step, .999 say; validation and the final weights are then
    # the average's. 0: no average.
    ema_momentum: float = 0.0
    distillation: Distillation | None = None

    @property
    def epochs(self) -> int:
        return sum(stage.epochs for stage in self.stages)

    @property
    def final_size_px(self) -> int:
        return self.stages[-1].size_px


TABLES = {
    "stages": lambda stages: [Stage(**stage) for stage in stages],
    "augmentation": lambda table: Augmentation(**table),
    "distillation": lambda table: Distillation(**table),
}


def load_config(file: Path) -> Config:
    """Reads a configuration, which gets the file's name; the file may extend another one.

    Raises ValueError with the file's name for unknown or missing keys.
    """
    return parse_config(file, file.stem, read_extended(file))


def parse_config(file: Path, name: str, raw: dict) -> Config:
    """The configuration of the keys `raw`, which `file` gave."""
    try:
        tables = {key: parse(raw[key]) for key, parse in TABLES.items() if key in raw}
        return Config(name=name, **raw | tables)
    except TypeError as error:
        raise ValueError(f"{file}: {error}") from error
