"""What a run does at which share of its time: so it ends when its minutes do, whatever the card's speed."""

import math
import time
from collections.abc import Callable

from .config import Changes, GpuConfig, blend


class Elapsed:
    """The seconds of a run, those before it was stopped and resumed included.

    now: a clock in seconds, for tests.
    """

    def __init__(self, minutes: float, now: Callable[[], float] = time.monotonic):
        self.limit_s = 60 * minutes
        self._now = now
        self._start = now()

    def resume(self, seconds: float) -> None:
        """Counts on from `seconds`."""
        self._start = self._now() - seconds

    @property
    def seconds(self) -> float:
        return self._now() - self._start

    @property
    def share(self) -> float:
        """0 at the start, 1 when the time is up."""
        return self.seconds / self.limit_s


def learning_rate(config: GpuConfig, share: float) -> float:
    """A cosine from the highest rate to zero (Loshchilov & Hutter 2017), after a linear warm-up."""
    warmed = min(1.0, share / config.warmup) if config.warmup else 1.0
    return config.learning_rate * warmed * (1 + math.cos(math.pi * share)) / 2


def changes_at(config: GpuConfig, share: float) -> Changes:
    """The strong changes until `strong_until`, then towards the mild ones."""
    beyond = max(0.0, share - config.strong_until) / (1 - config.strong_until)
    return blend(config.strong, config.mild, beyond)
