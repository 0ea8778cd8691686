"""How often a lab draws: what it takes from the fits matters where they use every processor."""

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

AT_HAND_S = 10.0
"""A person who did something so many seconds ago may be about to do more."""

WATCHING = 2
"""So many times as long it takes to the next drawing where a person only watches."""


def frame_s(n_processors: int) -> float:
    """Give the seconds between drawings that a machine of so many processors has room for."""
    return min(SLOWEST_S, max(FASTEST_S, FRAME_COST_S / (SHARE * n_processors)))


def idle_s() -> float:
    """Give the seconds that this machine's processors have had nothing to do, all together."""
    return float(psutil.cpu_times().idle)


class Pace:
    """When to draw next.

    Parameters
    ----------
    n_processors
        Processors that the fits may use.
    idle_s
        Gives the seconds that all the machine's processors have been idle.
    clock
        Gives seconds.
    """

    def __init__(
        self,
        n_processors: int,
        idle_s: Callable[[], float] = idle_s,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._usual_s = frame_s(n_processors)
        self._idle_s = idle_s
        self._clock = clock
        self._touched_at = clock()
        self._looked = clock(), idle_s()

    def touch(self) -> None:
        """Say that a person does something."""
        self._touched_at = self._clock()

    def next_s(self) -> float:
        """Give the seconds to the next drawing; to be asked once after each."""
        is_busy = self._is_busy()
        is_at_hand = self._clock() - self._touched_at < AT_HAND_S
        return self._usual_s * (WATCHING if is_busy and not is_at_hand else 1)

    def _is_busy(self) -> bool:
        """Whether every processor has been at work since this was asked last."""
        (at, idle), self._looked = self._looked, (self._clock(), self._idle_s())
        passed = (self._looked[0] - at) * (psutil.cpu_count() or 1)
        return self._looked[1] - idle < IDLE * passed
