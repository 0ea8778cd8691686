"""Range tests of a study: those that wait and go on, beside its runs, and a handle for each.

They are no trials: the ledger keeps them in memory, for whoever looks, and no file does.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING

from tunewidgets.errors import StudyError
from tunewidgets.events import Event, RatesTried, RunEnded, RunStarted
from tunewidgets.ledger import CLOSED, Ledger
from tunewidgets.rates import RangeRecord, suggestion
from tunewidgets.trial import RunKey, State
from tunewidgets.values import is_integer, is_number
from tunewidgets.waiting import wait_until

if TYPE_CHECKING:
    from tunewidgets.scheduler import Scheduler

MIN_STEPS = 10


def check_range(low: float, high: float, n_steps: int) -> None:
    """Raise a `StudyError` for rates that cannot be tried."""
    if not (is_number(low) and is_number(high) and 0 < low < high < math.inf):
        raise StudyError(
            f"`0 < low < high` must hold for a range test, but got low={low!r}, high={high!r}: "
            f"write low=1e-5, high=1."
        )
    if not is_integer(n_steps) or n_steps < MIN_STEPS:
        raise StudyError(
            f"n_steps must be a whole number of at least {MIN_STEPS}, but got {n_steps!r}: write "
            f"100."
        )


class Ranging:
    """The range tests that wait for a worker, and what becomes of them."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._waiting: deque[RunKey] = deque()

    def add(self, key: RunKey) -> None:
        """Have a test that the ledger knows wait for a worker."""
        self._waiting.append(key)

    def next(self) -> RunKey | None:
        """Take the test that has waited longest, if one does."""
        while self._waiting:
            key = self._waiting.popleft()
            if self.record(key).state is State.WAITING:
                return key
        return None

    def record(self, key: RunKey) -> RangeRecord:
        """Look a test up by what workers know it by."""
        return self._ledger.range_tests[-1 - key[0]]

    @property
    def unfinished(self) -> tuple[RangeRecord, ...]:
        """The tests that wait or go on."""
        return tuple(r for r in self._ledger.range_tests if not r.state.is_finished)

    def take(self, event: Event) -> None:
        """Record what a worker told of a test."""
        record = self.record(event.key)
        if record.state.is_finished:
            return
        match event:
            case RunStarted():
                record = replace(record, state=State.RUNNING)
            case RatesTried(losses=losses):
                record = _read(record, losses)
            case RunEnded():
                record = replace(record, state=event.state, error=event.error)
            case _:
                return
        self._ledger.put_range_test(record)


class RangeTest:
    """A learning-rate range test, going on in the background.

    Attributes
    ----------
    number
        From 0, among the study's tests.
    """

    def __init__(self, number: int, ledger: Ledger, scheduler: Scheduler) -> None:
        self.number = number
        self._ledger = ledger
        self._scheduler = scheduler

    def __repr__(self) -> str:
        """Say what it found, in a line."""
        record = self.record
        return f"<RangeTest {record.state}: {record.words or record.error or 'nothing yet'}>"

    @property
    def record(self) -> RangeRecord:
        """What it has found, as it is now."""
        return self._ledger.range_tests[self.number]

    @property
    def state(self) -> State:
        """As a run's."""
        return self.record.state

    @property
    def suggested(self) -> float | None:
        """A learning rate; None until it is complete, or where the losses tell none."""
        return self.record.suggested

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it has ended.

        Parameters
        ----------
        timeout
            In seconds; None waits for as long as it takes.

        Returns
        -------
        bool
            Whether it has ended.
        """
        return wait_until(self._ledger, lambda: self.state.is_finished, timeout)

    def stop(self) -> None:
        """End it after its present batch."""
        if self._scheduler.is_closed:
            raise StudyError(CLOSED)
        self._scheduler.stop_runs([self.record])


def _read(record: RangeRecord, losses: tuple[float, ...]) -> RangeRecord:
    finite = losses if math.isfinite(losses[-1]) else losses[:-1]
    rates = record.planned[: len(finite)]
    smoothed, suggested, words = suggestion(rates, finite, record.planned)
    return replace(
        record, rates=rates, losses=finite, smoothed=smoothed, suggested=suggested, words=words
    )
