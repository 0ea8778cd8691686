"""What a study looks like at one moment: the one thing that panels and tables read.

A snapshot is immutable and cheap to take (it shares the trials' records), and carries a
revision that grows with every change, so that a reader can tell whether it has seen it.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import Literal

from tunewidgets.level import Level, trail
from tunewidgets.rates import RangeRecord
from tunewidgets.scene import Scene
from tunewidgets.trial import Run, State, Trial

Direction = Literal["minimize", "maximize"]


class SearchState(StrEnum):
    """Where a search stands."""

    RUNNING = "running"
    PAUSED = "paused"
    COMPLETE = "complete"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class SearchProgress:
    """How far a search has come.

    Attributes
    ----------
    name
        Unique in the study; the origin of its trials.
    sampler
        A sampler's name.
    n_trials
        How many trials it will make; with nothing but a time budget, how many it has made.
    folds
        Folds a trial, or None.
    level
        Number of the level it searches.
    n_waiting, n_running, n_complete, n_pruned, n_failed, n_stopped
        Its trials by state; ``n_waiting`` counts those not yet proposed too.
    n_runs, n_runs_finished
        Fits in all, and how many have ended.
    seconds_left
        Estimated wall time until it is done, or None until a run has been timed.
    note
        A sentence for the person, as when the space has fewer choices than were asked for.
    pruner
        A pruner's name, or None.
    budget_s, spent_s
        Seconds after which no more trials are begun, or None; and how many have passed.
    """

    name: str
    sampler: str
    n_trials: int
    folds: int | None
    level: int
    state: SearchState
    n_waiting: int = 0
    n_running: int = 0
    n_complete: int = 0
    n_pruned: int = 0
    n_failed: int = 0
    n_stopped: int = 0
    n_runs: int = 0
    n_runs_finished: int = 0
    seconds_left: float | None = None
    note: str | None = None
    pruner: str | None = None
    budget_s: float | None = None
    spent_s: float = 0.0

    @property
    def n_done(self) -> int:
        """How many of its trials have ended, however they did."""
        return self.n_complete + self.n_pruned + self.n_failed + self.n_stopped

    @property
    def is_finished(self) -> bool:
        """Whether it will propose and run nothing more."""
        return self.state in (SearchState.COMPLETE, SearchState.STOPPED)


@dataclass(frozen=True)  # without slots, as what is counted is kept
class Snapshot:
    """A study at one moment.

    What has to be counted is counted once, when it is first asked for.

    Attributes
    ----------
    revision
        Grows with every change.
    name
        The study's name.
    objective, direction
        The metric key that is minimised or maximised.
    trials
        All of them, in order of number.
    searches
        All of them, oldest first.
    best
        Number of the best complete trial, or None.
    n_workers
        How many runs can go on at once.
    seconds_per_run
        Mean wall time of the complete runs, or None before the first.
    cannot_train
        A sentence that says why nothing can be trained, or None when it can.
    notices
        Sentences for the person: trouble with the file, unfinished trials, and the like.
    has_unfinished
        Whether an earlier session of the file left something to go on with.
    levels
        All of them, in order of number.
    level
        Number of the present one.
    scene
        Some points of the data, where they have one or two columns.
    range_test
        The latest learning-rate range test, or None.
    """

    revision: int
    name: str
    objective: str
    direction: Direction
    trials: tuple[Trial, ...] = ()
    searches: tuple[SearchProgress, ...] = ()
    best: int | None = None
    n_workers: int = 0
    seconds_per_run: float | None = None
    cannot_train: str | None = None
    notices: tuple[str, ...] = ()
    has_unfinished: bool = False
    levels: tuple[Level, ...] = ()
    level: int = 1
    scene: Scene | None = None
    range_test: RangeRecord | None = None

    def after_epochs(self, revision: int, trials: tuple[Trial, ...]) -> Snapshot:
        """Give the study some epochs later, when no run has started or ended meanwhile.

        All that was counted still holds: with a thousand trials counting costs more than drawing.
        """
        later = replace(self, revision=revision, trials=trials)
        vars(later).update({name: getattr(self, name) for name in _COUNTED})
        return later

    def with_epochs_of(self, later: Snapshot) -> Snapshot:
        """Give this moment with what the runs that go on have trained since.

        What has begun or ended by then is left as it is here; itself where nothing is other.
        """
        pairs = zip(self.trials, later.trials, strict=False)  # there may be more by then
        trials = tuple(new if _goes_on(old, new) else old for old, new in pairs)
        if all(map(operator.is_, trials, self.trials)):
            return self
        return self.after_epochs(self.revision, trials)

    @property
    def runs(self) -> tuple[Run, ...]:
        """Every run of every trial, in order."""
        return tuple(run for trial in self.trials for run in trial.runs)

    @cached_property
    def n_running(self) -> int:
        """How many runs are going on."""
        return sum(run.state is State.RUNNING for run in self.runs)

    @cached_property
    def n_waiting(self) -> int:
        """How many runs wait for a worker."""
        return sum(run.state is State.WAITING for run in self.runs)

    @property
    def trail(self) -> tuple[Level, ...]:
        """The way from level 1 to the present level, both included."""
        return trail(self.levels, self.level) if self.levels else ()

    def trial(self, number: int) -> Trial | None:
        """Look a trial up by its number."""
        return self.trials[number] if 0 <= number < len(self.trials) else None

    @cached_property
    def ranking(self) -> tuple[int, ...]:
        """Numbers of the trials that have a value, the best first."""
        sign = 1 if self.direction == "minimize" else -1
        valued = [(t.value, t.number) for t in self.trials if t.value is not None]
        return tuple(number for _, number in sorted(valued, key=lambda p: (sign * p[0], p[1])))


def _goes_on(old: Trial, new: Trial) -> bool:
    """Whether a trial's runs have only trained meanwhile."""
    return old is not new and [run.state for run in old.runs] == [run.state for run in new.runs]


_COUNTED = ("n_running", "n_waiting", "ranking")
