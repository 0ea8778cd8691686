"""How often a lab draws, and how much.

What it takes from the fits matters where they use every processor.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import psutil

FRAME_COST_S = 0.05
"""Processor time of one drawing, about, in the kernel and in a browser on the same machine."""

SHARE = 0.05
"""How much of the machine drawing may take from the fits while a person is at the controls."""

FASTEST_S, SLOWEST_S = 1 / 8, 1 / 2

IDLE = 0.1
"""The share of the processors that has nothing to do where there is room for drawing."""

WHOLE_EACH = 6
"""Drawings from one that is whole to the next, where the fits need every processor and a person
only watches. What it costs on a machine of two is in ``docs/performance.md``."""

AT_HAND_S = 10.0
"""A person who did something so many seconds ago may be about to do more."""


def frame_s(n_processors: int) -> float:
    """Give the seconds between drawings that a machine of so many processors has room for."""
    return min(SLOWEST_S, max(FASTEST_S, FRAME_COST_S / (SHARE * n_processors)))


def idle_s() -> float:
    """Give the seconds that this machine's processors have had nothing to do, all together."""
    return float(psutil.cpu_times().idle)


class Pace:
    """When to draw, and how much of it.

    Parameters
    ----------
    n_processors
        Processors that the fits may use.
    idle_s
        Gives the seconds that all the machine's processors have been idle.
    clock
        Gives seconds.

    Attributes
    ----------
    frame_s
        Seconds between drawings.
    """

    def __init__(
        self,
        n_processors: int,
        idle_s: Callable[[], float] = idle_s,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.frame_s = frame_s(n_processors)
        self._idle_s = idle_s
        self._clock = clock
        self._touched_at = self._whole_at = now = clock()
        self._looked = now, idle_s()

    def touch(self) -> None:
        """Say that a person does something."""
        self._touched_at = self._clock()

    def is_whole(self) -> bool:
        """Whether a drawing shows all there is, or what goes on alone; to be asked once for each.

        Where the fits need every processor and a person only watches, what begins and ends waits
        for each sixth drawing, though not after a pause.
        """
        now = self._clock()
        is_at_hand = now - self._touched_at < AT_HAND_S
        is_due = now - self._whole_at > (WHOLE_EACH - 0.5) * self.frame_s
        is_whole = not self._is_busy(now) or is_at_hand or is_due
        if is_whole:
            self._whole_at = now
        return is_whole

    def _is_busy(self, now: float) -> bool:
        """Whether every processor has been at work since this was asked last."""
        (at, idle), self._looked = self._looked, (now, self._idle_s())
        passed = (now - at) * (psutil.cpu_count() or 1)
        return self._looked[1] - idle < IDLE * passed
