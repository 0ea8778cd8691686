"""A study's records: every change goes through here, to the file and to whoever watches.

The ledger holds frozen records and replaces them; a snapshot shares them. What has changed waits
in a `Journal` until it is written.
"""

from __future__ import annotations

import threading
import time
import warnings
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from tunewidgets.applying import after, reopened
from tunewidgets.best import Best
from tunewidgets.errors import StorageError, StudyError
from tunewidgets.events import EpochsEnded, Event, PredictionMade, RatesTried, RunEnded, RunStarted
from tunewidgets.journal import Journal
from tunewidgets.language import translate as tr
from tunewidgets.level import Level, Levels
from tunewidgets.plan import Goal, SearchPlan
from tunewidgets.progress import progress_of, times_of
from tunewidgets.rates import RangeRecord
from tunewidgets.retelling import stated
from tunewidgets.scene import Scene
from tunewidgets.snapshot import Snapshot
from tunewidgets.space import SearchSpace
from tunewidgets.storage import (
    Change,
    LevelChosen,
    LevelOpened,
    LevelRecord,
    RunReset,
    SavedStudy,
    SearchSaved,
    SQLiteStorage,
    StudyRecord,
    TrialAdded,
    WeightsKept,
    ended_as,
)
from tunewidgets.trial import IMPORTED, Params, Run, RunKey, State, Trial, seed_of
from tunewidgets.watchers import Watchers

CLOSED = stated("The study is closed: make it again to go on.")


class Ledger:
    """The records of one study.

    Parameters
    ----------
    storage
        An open file, which already knows the study.
    saved
        What the file holds of it.

    Attributes
    ----------
    best, best_single
        The best of all trials, and of those without folds.
    n_read
        How many trials a file held when the study was opened.
    """

    def __init__(self, storage: SQLiteStorage, saved: SavedStudy) -> None:
        self.record: StudyRecord = saved.record
        self.changed = threading.Condition()
        self.cannot_train: str | None = None
        self.n_workers = 0
        self._levels = Levels(
            (Level(it.number, it.parent, SearchSpace.from_json(it.space)) for it in saved.levels),
            saved.level,
        )
        self._scene = Scene.from_json(saved.record.settings.get("scene"))
        self._trials = list(saved.trials)
        self.n_read = len(self._trials)
        ranked = self._trials, saved.record.direction == "minimize", self.changed
        self.best = Best(*ranked)
        self.best_single = Best(*ranked, lambda trial: trial.folds is None)
        self._plans = {plan.name: plan for plan in saved.searches}
        self._journal = Journal(storage, saved.record.name, self.changed, self._tell_of_writing)
        self._is_closed = False
        self._started: dict[RunKey, float] = {}
        self._range_tests: list[RangeRecord] = []
        self._notices: dict[str, str] = {}
        self._revision = 0
        self._outline = 0  # the last revision that changed more than a run's epochs
        self._seen: tuple[tuple[int, int, str | None], Snapshot] | None = None
        self._watchers = Watchers(self.changed, self.tell)

    # What is there

    @property
    def trials(self) -> tuple[Trial, ...]:
        """All trials, in order of number."""
        with self.changed:
            return tuple(self._trials)

    @property
    def plans(self) -> tuple[SearchPlan, ...]:
        """All searches, oldest first."""
        with self.changed:
            return tuple(self._plans.values())

    @property
    def range_tests(self) -> tuple[RangeRecord, ...]:
        """All learning-rate range tests of this session, in order of number."""
        with self.changed:
            return tuple(self._range_tests)

    def plan(self, name: str) -> SearchPlan:
        """Look a search up by its name."""
        with self.changed:
            return self._plans[name]

    def run(self, key: RunKey) -> Run:
        """Look a run up."""
        with self.changed:
            return self._trials[key[0]].runs[key[1]]

    def snapshot(self) -> Snapshot:
        """See everything as it is now."""
        with self.changed:
            trials, revision = tuple(self._trials), self._revision
            n_workers, cannot_train = self.n_workers, self.cannot_train
            outline, seen = (self._outline, n_workers, cannot_train), self._seen
            if seen is not None and seen[0] == outline:
                return seen[1].after_epochs(revision, trials)
            plans, notices = tuple(self._plans.values()), tuple(self._notices.values())
            has_unfinished = "unfinished" in self._notices
            levels, level = self._levels.all, self._levels.present
            range_test = self._range_tests[-1] if self._range_tests else None
        goal = self.goal
        bare = Snapshot(revision, self.record.name, goal.objective, goal.direction, trials)
        times = times_of(trials, self.n_read)
        seconds_per_run = None if times is None else times.mean
        whole = replace(
            bare,
            searches=progress_of(plans, trials, seconds_per_run, n_workers),
            best=next(iter(bare.ranking), None),
            n_workers=n_workers,
            seconds_per_run=seconds_per_run,
            cannot_train=cannot_train,
            notices=notices,
            has_unfinished=has_unfinished,
            levels=levels,
            level=level,
            scene=self._scene,
            range_test=range_test,
        )
        self._seen = (outline, whole)
        return whole

    @property
    def levels(self) -> tuple[Level, ...]:
        """All levels, in order of number."""
        with self.changed:
            return self._levels.all

    @property
    def level(self) -> int:
        """Number of the present level, from 1."""
        return self._levels.present

    @property
    def space(self) -> SearchSpace:
        """The search space of the present level."""
        with self.changed:
            return self._levels.space

    @property
    def goal(self) -> Goal:
        """What trials are judged by."""
        return Goal(self.record.objective, self.record.direction)

    def seed_of(self, key: RunKey) -> int:
        """Derive a run's seed from the study's."""
        return seed_of(self.record.settings["seed"], key)

    # What changes

    def add_trial(
        self,
        params: Params,
        origin: str,
        folds: int | None,
        level: int,
        seed: int | None = None,
        goal: int | None = None,
    ) -> Trial:
        """Record a trial whose runs wait; each has a seed of its own unless one is given."""
        with self.changed:
            number, n_runs = len(self._trials), folds or 1
            seeds = (seed if seed is not None else self.seed_of((number, i)) for i in range(n_runs))
            runs = tuple(
                Run(number, i, seed_of_run, None if folds is None else i, goal=goal)
                for i, seed_of_run in enumerate(seeds)
            )
            return self._add(Trial(number, dict(params), origin, level, runs))

    def add_ended(self, params: Params, runs: Iterable[Run], level: int) -> Trial:
        """Record a trial that was made elsewhere."""
        with self.changed:
            number = len(self._trials)
            placed = tuple(
                replace(run, trial=number, index=i, seed=self.seed_of((number, i)))
                for i, run in enumerate(runs)
            )
            return self._add(Trial(number, dict(params), IMPORTED, level, placed))

    def apply(self, event: Event) -> None:
        """Record what a worker told."""
        with self.changed:
            run = self._trials[event.key[0]].runs[event.key[1]]
            if run.state.is_finished:
                return  # a late word from a run that was given up
            if isinstance(event, RunEnded) and event.weights is not None:
                self._keep_weights(event.key, event.value, event.weights)
                event = replace(event, weights=None)
            event = self._timed(event)
            self._replace(after(run, event))
            if isinstance(event, PredictionMade | RatesTried):
                self._revision += 1
                return  # another follows soon; the run's last one is kept
            if isinstance(event, RunEnded):
                self._keep_thought(run)
            self._note(event)

    def reset_run(self, key: RunKey) -> None:
        """Let an interrupted run wait again; its history stays until it starts over."""
        with self.changed:
            self._started.pop(key, None)
            run = self.run(key)
            self._keep_thought(run)
            self._replace(replace(run, state=State.WAITING))
            self._note(RunReset(key))

    def reopen_run(self, key: RunKey, goal: int) -> None:
        """Let a finished run wait again, to go on until it has so many epochs in all."""
        with self.changed:
            self._check_open()
            run = self._trials[key[0]].runs[key[1]]
            self._replace(reopened(run, goal))
            self._note(RunReset(key, goal))

    def prune_run(self, key: RunKey) -> None:
        """Record that a run which came to its end is not to go on, as others did better."""
        with self.changed:
            run = replace(self._trials[key[0]].runs[key[1]], state=State.PRUNED)
            self._replace(run)
            self._note(ended_as(run))

    def save_plan(self, plan: SearchPlan) -> None:
        """Record a search, new or changed."""
        with self.changed:
            self._check_open()
            self._plans[plan.name] = plan
            self._note(SearchSaved(plan))

    def open_level(self, **bounds: Any) -> SearchSpace:
        """Open a level inside the present one, and make it the present one; give its space."""
        with self.changed:
            self._check_open()
            opened = self._levels.open(**bounds)
            written = LevelRecord(opened.number, opened.parent, opened.space.to_json())
            self._note(LevelOpened(written))
            return self.go_to(opened.number)

    def go_to(self, number: int) -> SearchSpace:
        """Make a level the present one and give its space, or raise StudyError without it."""
        with self.changed:
            self._check_open()
            if self._levels.go_to(number):
                self._note(LevelChosen(self._levels.present))
            return self.space

    def put_range_test(self, record: RangeRecord) -> None:
        """Keep a range test, new or changed, in memory."""
        with self.changed:
            self._range_tests[record.number :] = [record, *self._range_tests[record.number + 1 :]]
            self._revision = self._outline = self._revision + 1

    def tell(self, topic: str, notice: str | None) -> None:
        """Show a sentence to the person, or take it back."""
        with self.changed:
            if self._notices.get(topic) != notice:
                self._notices.pop(topic, None)
                if notice is not None:
                    self._notices[topic] = notice
                self._revision = self._outline = self._revision + 1

    # Who hears of it

    def subscribe(self, watcher: Callable[[], None]) -> Callable[[], None]:
        """Call a function after changes, from a background thread; returns how to end that."""
        return self._watchers.add(watcher)

    def announce(self) -> None:
        """Wake whoever waits for or watches the study."""
        with self.changed:
            self.changed.notify_all()
        self._watchers.call()

    # The file

    @property
    def file(self) -> Path | None:
        """The study's file; None in memory."""
        return self._journal.file

    @property
    def has_pending(self) -> bool:
        """Whether something is still to be written."""
        return self._journal.has_pending

    def weights(self) -> tuple[RunKey, bytes] | None:
        """Give the weights kept of the best single run."""
        return self._journal.weights()

    def flush(self) -> None:
        """Write what has changed to the file; what cannot be written waits for the next time."""
        self._journal.flush()

    def close(self) -> None:
        """Write what is left and close the file; nothing is taken on any more.

        Warns
        -----
        UserWarning
            Where something could not be written: it stays in memory only.
        """
        with self.changed:
            self._is_closed = True
        self.flush()
        n_unwritten = self._journal.close()
        if n_unwritten:
            warnings.warn(
                f"{self._notices['storage']} It was not written before the study was closed, so "
                f"the file lacks the last {n_unwritten} changes: study.trials and "
                f"study.dataframe() still have them.",
                stacklevel=3,
            )

    def _timed(self, event: Event) -> Event:
        """Time a run here where its worker could not, since it died or was ended by force."""
        if isinstance(event, RunStarted):
            self._started[event.key] = time.monotonic()
        elif isinstance(event, RunEnded):
            started = self._started.pop(event.key, None)
            if started is not None and not event.seconds:
                return replace(event, seconds=time.monotonic() - started)
        return event

    def _tell_of_writing(self, trouble: StorageError | None) -> None:
        notice = None
        if trouble is not None:
            notice = tr("{error} What was trained is kept in memory meanwhile.", error=trouble)
        self.tell("storage", notice)

    def _check_open(self) -> None:
        """Refuse what a person asks for just as the study is closed: it would be in no file."""
        if self._is_closed:
            raise StudyError(CLOSED)

    def _add(self, trial: Trial) -> Trial:
        self._check_open()
        self._trials.append(trial)
        self._rank(trial)
        self._note(TrialAdded(trial))
        return trial

    def _note(self, change: Change) -> None:
        self._journal.add(change)
        self._revision += 1
        if not isinstance(change, EpochsEnded):
            self._outline = self._revision

    def _replace(self, run: Run) -> None:
        trial = self._trials[run.trial]
        runs = tuple(run if other.index == run.index else other for other in trial.runs)
        self._trials[run.trial] = changed = replace(trial, runs=runs)
        self._rank(changed)

    def _rank(self, trial: Trial) -> None:
        self.best.take(trial)
        self.best_single.take(trial)

    def _keep_thought(self, run: Run) -> None:
        if run.thought is not None:
            self._journal.add(PredictionMade(run.key, run.thought))

    def _keep_weights(self, key: RunKey, value: float | None, weights: bytes) -> None:
        """Keep the weights of the best single run, and only those."""
        if value is not None and self.best_single.is_beaten_by(value):
            self._journal.add(WeightsKept(key, weights))
