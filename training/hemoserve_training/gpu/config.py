"""The configuration of a run on a GPU: one TOML file under configs/gpu that states command, cost and
score."""

from dataclasses import asdict, dataclass, fields
from pathlib import Path

from ..runs.config import Config, Distillation, load_config
from ..runs.extends import read_extended


@dataclass(frozen=True)
class Changes:
    """Strengths of the random changes; flips and turns by any angle are always on.

    wide: probability that a crop is magnified by a factor in `magnification`, otherwise by one of |log| up
    to `zoom`; shift: fraction of the side; stain, stain_mix: of the optical density, largest |log factor|
    of a channel and largest share of another channel; aspect, saturation, channel (red, green, blue),
    brightness, contrast, gamma: largest |log factor|; hue: fraction of a half turn; blur: probability that
    sharpness is changed; blur_sigma: largest standard deviation in pixels of the input; noise: largest
    standard deviation of a value, 0-255; jpeg: probability that a crop is compressed once more, quality 10
    to 75; erase: probability of each of three patches.
    """

    wide: float
    magnification: tuple[float, float]
    zoom: float
    shift: float
    aspect: float
    stain: float
    stain_mix: float
    saturation: float
    hue: float
    channel: tuple[float, float, float]
    brightness: float
    contrast: float
    gamma: float
    blur: float
    blur_sigma: float
    noise: float
    jpeg: float
    erase: float


def blend(strong: Changes, mild: Changes, share: float) -> Changes:
    """Strengths between two, 0 being the first's and 1 the second's."""

    def between(a, b):
        if isinstance(a, tuple):
            return tuple(map(between, a, b))
        return (1 - share) * a + share * b

    pairs = {
        field.name: (getattr(strong, field.name), getattr(mild, field.name)) for field in fields(Changes)
    }
    return Changes(**{name: between(*pair) for name, pair in pairs.items()})


@dataclass(frozen=True)
class GpuConfig:
    """A run of a given time.

    size_px: side of the square input; source_px: side of the crops that close-ups are cut from;
    learning_rate: the highest, for this batch size; weight_decay: of kernels only; minutes: how long the
    run takes, whatever the card; warmup, strong_until: shares of that time; ema_momentum: what the average
    of the weights keeps at each step; validate_every: epochs from one validation and checkpoint to the
    next.
    """

    name: str
    arch: str
    size_px: int
    source_px: int
    seed: int
    batch_size: int
    learning_rate: float
    weight_decay: float
    label_smoothing: float
    dropout: float
    minutes: float
    warmup: float
    strong_until: float
    ema_momentum: float
    validate_every: int
    strong: Changes
    mild: Changes
    distillation: Distillation | None = None

    def __post_init__(self) -> None:
        if self.size_px % 8:
            raise TypeError("size_px is no multiple of 8, the side of JPEG's blocks")

    @property
    def final_size_px(self) -> int:
        return self.size_px

    def without_minutes(self) -> dict:
        """What a run must share with its checkpoint; its time may be prolonged."""
        return {key: value for key, value in asdict(self).items() if key != "minutes"}


TABLES = {"strong": Changes, "mild": Changes, "distillation": Distillation}


def is_for_gpu(file: Path) -> bool:
    return read_extended(file).get("device") == "gpu"


def load_gpu_config(file: Path) -> GpuConfig:
    """Reads a configuration with `device = "gpu"`, which gets the file's name; the file may extend another
    one.

    Raises ValueError with the file's name for unknown or missing keys.
    """
    raw = read_extended(file)
    if raw.pop("device", None) != "gpu":
        raise ValueError(f'{file}: no recipe for a GPU, which says device = "gpu"')
    try:
        tables = {key: table(**tuples(raw[key])) for key, table in TABLES.items() if key in raw}
        return GpuConfig(name=file.stem, **raw | tables)
    except TypeError as error:
        raise ValueError(f"{file}: {error}") from error


def tuples(table: dict) -> dict:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}


def load_recipe(file: Path) -> Config | GpuConfig:
    """A configuration of either kind."""
    return load_gpu_config(file) if is_for_gpu(file) else load_config(file)
