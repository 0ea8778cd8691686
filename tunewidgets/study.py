"""The study: one builder, one data set, one search space, one objective, and all its trials.

Commands (`enqueue`, `search`, `stop`, ...) return at once; runs happen in the executor's
workers, and what they tell is recorded by the ledger. See ``docs/architecture.md``.
"""

from __future__ import annotations

import atexit
import os
import threading
import weakref
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

from tunewidgets.attaching import Unfinished, attach, interrupted
from tunewidgets.errors import StudyError
from tunewidgets.executors import Executor, ProcessExecutor
from tunewidgets.planning import (
    check_space,
    direction_of,
    free_name,
    plan_search,
    read_seed,
    sampler_of,
)
from tunewidgets.scheduler import Scheduler
from tunewidgets.search import CLOSED, Search, wait_until
from tunewidgets.snapshot import SearchState
from tunewidgets.space import SearchSpace
from tunewidgets.storage import StudyRecord
from tunewidgets.tasks import Tasks
from tunewidgets.training.data import read_data
from tunewidgets.training.job import Job, Recipe, check_fit_options, pack_recipe
from tunewidgets.trial import PERSON, Params, Run, Trial
from tunewidgets.values import is_integer
from tunewidgets.view import StudyView

_open_studies: weakref.WeakSet[Study] = weakref.WeakSet()


class Study(StudyView):
    """One builder, one data set, one search space, one objective, and all its trials.

    Parameters
    ----------
    builder
        A function that takes hyperparameters and returns a compiled Keras model. A parameter
        ``input_shape`` that the space does not name is filled from the data.
    space
        Hyperparameter name to what it may be: scikit-learn's ``param_distribs`` (lists, NumPy
        arrays, scipy distributions), the abbreviations of ``ipywidgets.interact``, or
        `Float`, `Int` and `Categorical`.
    x, y
        Arrays, lists or dicts of arrays, or DataFrames, with one row a sample; or ``x`` a
        zero-argument function that makes a data set (or ``(x, y)``) in the worker.
    validation_data
        ``(x, y)`` or ``(x, y, sample_weight)``, or a zero-argument function.
    validation_split
        Share of the last samples to validate on instead, between 0 and 1.
    sample_weight
        One weight a sample, or a nest of them as ``model.fit`` takes.
    objective
        Metric key to optimise.
    direction
        ``"minimize"`` or ``"maximize"``; None tells by the objective's name.
    name
        Tells the studies of one file apart.
    storage
        Path of a study file, made when missing; None keeps everything in memory.
    seed
        Gives the same seeds to the same runs again; None draws one.
    epochs, batch_size, patience, warmup_epochs
        Training hyperparameters for every trial that does not say otherwise. ``patience=p`` is
        ``EarlyStopping(objective, patience=p)``; ``warmup_epochs`` raises the learning rate in
        equal steps over so many epochs.
    callbacks
        Keras callbacks, copied for each run, or a zero-argument function that makes the list
        in the worker.
    n_workers
        How many runs go on at once; None for as many as processors and memory allow.
    executor
        Where runs happen; None for local processes.
    **fit_options
        ``class_weight``, ``shuffle``, ``steps_per_epoch``, ``validation_steps``,
        ``validation_batch_size``, ``validation_freq``, as ``model.fit`` takes them.

    Raises
    ------
    SpaceError, DataError, BuilderError, StudyError, StorageError
        With the rule that is broken, the value, and the remedy. Nothing has been trained then.

    Examples
    --------
    >>> study = tw.Study(build_model, {"n_neurons": (1, 100)}, x, y, validation_split=0.2)
    >>> study.enqueue({"n_neurons": 42})
    >>> study.search("random", n_trials=10, cv=3, seed=42).wait()
    >>> study.best_params
    """

    def __init__(
        self,
        builder: Callable[..., Any],
        space: Mapping[str, Any],
        x: Any,
        y: Any = None,
        *,
        validation_data: Any = None,
        validation_split: float = 0.0,
        sample_weight: Any = None,
        objective: str = "val_loss",
        direction: str | None = None,
        name: str = "study",
        storage: str | os.PathLike[str] | None = None,
        seed: int | None = None,
        epochs: int = 10,
        batch_size: int | None = None,
        patience: int | None = None,
        warmup_epochs: int | None = None,
        callbacks: Callable[[], Sequence[Any]] | Sequence[Any] = (),
        n_workers: int | None = None,
        executor: Executor | None = None,
        **fit_options: Any,
    ) -> None:
        check_fit_options(fit_options)
        way = direction_of(objective, direction)
        recipe = Recipe(builder, callbacks, fit_options, objective, way == "minimize")
        packed = pack_recipe(recipe)
        space = SearchSpace.read(space, builder)
        training = {
            "epochs": epochs,
            "batch_size": batch_size,
            "patience": patience,
            "warmup_epochs": warmup_epochs,
        }
        space.check_params({key: value for key, value in training.items() if value is not None})
        data = read_data(
            x,
            y,
            sample_weight=sample_weight,
            validation_data=validation_data,
            validation_split=validation_split,
        )
        if executor is not None and n_workers is not None:
            raise StudyError("n_workers is the executor's: give one of executor and n_workers.")
        self._executor = executor or ProcessExecutor(n_workers)
        settings = {
            "training": training,
            "seed": read_seed(seed),
        }
        record = StudyRecord(name, objective, way, space.to_json(), settings)
        self._file = None if storage is None else Path(storage).expanduser().resolve()
        self._job = Job(packed, data)
        self._executor.open(self._job, lambda event: self._scheduler.take(event))
        self._give_way(name)
        try:
            super().__init__(attach(self._file, record, keep_seed=seed is None))
        except BaseException:
            self._executor.close()
            raise
        self._ledger.n_workers = self._executor.n_workers
        self._tasks = Tasks(self._ledger, data)
        self._scheduler = Scheduler(
            self._ledger, self._executor, self._tasks.task_of, self._add_trial
        )
        self._naming = threading.Lock()  # two searches must not take one name
        self._unfinished = interrupted(self._ledger)
        for plan in self._unfinished.plans:  # paused, until somebody resumes them
            waiting = [run.key for run in self._unfinished.runs_of(self._ledger, plan.name)]
            self._scheduler.feed(plan, partial(sampler_of, plan, self.trials), waiting)
        _open_studies.add(self)

    # Commands

    def enqueue(self, params: Params | None = None, *, cv: int | None = None) -> Trial:
        """Train a choice of hyperparameters as soon as a worker is free, before any search's.

        Parameters
        ----------
        params
            Hyperparameter name to value, also outside the space's ranges, and training
            hyperparameters; what is left out takes its starting value.
        cv
            Number of folds to cross-validate with.

        Returns
        -------
        Trial
            As it was queued; `trials` has it as it goes on.

        Raises
        ------
        SpaceError
            For an unknown name or a value that cannot be stored.
        DataError, StudyError
            For impossible folds, or no validation data.
        """
        self._check_can_train(cv)
        checked = self._tasks.normalised(self.space.check_params(params or {}))
        trial = self._add_trial(checked, PERSON, cv, self.level)
        self._scheduler.queue_runs(run.key for run in trial.runs)
        return trial

    def search(
        self,
        sampler: str,
        n_trials: int | None = None,
        *,
        cv: int | None = None,
        seed: int | None = None,
        space: SearchSpace | None = None,
        fixed: Params | None = None,
        n_points: int = 5,
    ) -> Search:
        """Search the present level's space in the background.

        Parameters
        ----------
        sampler
            ``"grid"`` or ``"random"``.
        n_trials
            How many trials; None means 10, or for a grid all of it. A finite space gives no
            more than it holds.
        cv
            Number of folds. Each of the runs of a trial then fits on all folds but one and is
            scored on that one; validation data serves early stopping alone.
        seed
            Gives the same candidates again; None draws one.
        space
            Search this instead, as ``study.space.narrow(n_neurons=(10, 50))``.
        fixed
            Hyperparameters that every trial shares.
        n_points
            How many values of a continuous hyperparameter a grid takes.

        Returns
        -------
        Search
            Its handle: ``wait``, ``pause``, ``resume``, ``stop``, ``progress``.
        """
        self._check_can_train(cv)
        given = self._tasks.only_given(fixed or {})
        searched = self.space if space is None else check_space(space)
        pins = {key: value for key, value in given.items() if key in searched}
        with self._naming:
            plan = plan_search(
                sampler,
                searched.pin(**pins),
                name=free_name(sampler, self._ledger.plans),
                level=self.level,
                n_trials=n_trials,
                folds=cv,
                seed=seed,
                fixed={key: value for key, value in given.items() if key not in pins},
                n_points=n_points,
                trials=self.trials,
            )
            self._scheduler.feed(plan, lambda: sampler_of(plan, self.trials))
        return Search(plan.name, self._ledger, self._scheduler)

    def zoom(self, **bounds: Any) -> SearchSpace:
        """Open the next level: the present space with narrower ranges.

        Parameters
        ----------
        **bounds
            Hyperparameter name to ``(low, high)``, or to the choices to keep.

        Returns
        -------
        SearchSpace
            The new level's.
        """
        self._check_open()
        space = self.space.narrow(**bounds)
        self._ledger.open_level(space)
        self._ledger.announce()
        return space

    def stop(self, what: Trial | Run | Search | int | None = None) -> None:
        """Stop a trial (or its number), a run, a search, or everything; histories are kept.

        A run ends after its present epoch, or by force some seconds later.
        """
        self._check_open()
        if what is None:
            self._scheduler.stop_all()
            self._ledger.tell("unfinished", None)
        elif isinstance(what, Run):
            self._scheduler.stop_runs([self._ledger.run(what.key)])
        elif isinstance(what, Search):
            what.stop()
        else:
            number = what.number if isinstance(what, Trial) else what
            if not is_integer(number) or not 0 <= number < len(self.trials):
                raise StudyError(
                    f"What is stopped must be a trial, a run, a search, or a trial's number, one "
                    f"of 0 to {len(self.trials) - 1}, but got {number!r}: see study.trials."
                )
            self._scheduler.stop_runs(self.trials[number].runs)

    def resume(self) -> int:
        """Go on with what an earlier session of the study's file left unfinished.

        Runs start over with the seed they had; searches go on with the candidates they would
        have had.

        Returns
        -------
        int
            How many runs wait again.
        """
        self._check_open()
        left, self._unfinished = self._unfinished, Unfinished()
        n_waiting = sum(not self._ledger.run(run.key).state.is_finished for run in left.runs)
        self._scheduler.queue_runs(run.key for run in left.runs_of(self._ledger, None))
        for plan in left.plans:
            self._scheduler.change_search(plan.name, SearchState.RUNNING)
        self._ledger.tell("unfinished", None)
        self._ledger.announce()
        return n_waiting

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until nothing runs and nothing will without being asked.

        Parameters
        ----------
        timeout
            In seconds; None waits for as long as it takes.

        Returns
        -------
        bool
            Whether all is done. A paused search does not count.
        """
        return wait_until(self._ledger, lambda: self._scheduler.is_idle, timeout)

    def close(self) -> None:
        """Interrupt what runs, end the workers, write and close the file. Repeating is fine.

        Interrupted runs and searches can go on when the file is attached again (`resume`).
        """
        if self in _open_studies:
            _open_studies.discard(self)
            self._scheduler.close()
            self._ledger.cannot_train = CLOSED
            super().close()
            self._ledger.announce()

    # Results

    @property
    def searches(self) -> tuple[Search, ...]:
        """Handles of all searches, oldest first."""
        plans = self._ledger.plans
        return tuple(Search(plan.name, self._ledger, self._scheduler) for plan in plans)

    def best_model(self) -> Any:
        """Give the best trial's model, with the weights that its run ended with.

        A cross-validated trial has no single run that speaks for it: its hyperparameters are
        trained on all of ``x, y`` then (see `refit`). Keras is imported here.

        Returns
        -------
        keras.Model
        """
        from tunewidgets.training.restore import restored

        best = self.best_trial
        kept = self._ledger.weights()
        if best.folds is not None or kept is None or kept[0][0] != best.number:
            return self.refit()
        task = self._tasks.task_of(best, best.runs[0])
        return restored(self._job, task, kept[1])

    def refit(self, params: Params | None = None) -> Any:
        """Train on all of ``x, y``, here and now, with the best hyperparameters or given ones.

        Keras is imported in this process, and the call returns when the fit has ended.

        Returns
        -------
        keras.Model
        """
        from tunewidgets.training.restore import refitted

        chosen = self.best_params if params is None else self.space.check_params(params)
        seed = (
            self.best_trial.runs[0].seed
            if params is None
            else self._tasks.seed_of((len(self.trials), 0))
        )
        trial = Trial(-1, self._tasks.normalised(chosen), runs=(Run(-1, 0, seed),))
        return refitted(self._job, self._tasks.task_of(trial, trial.runs[0]))

    # Within

    def _give_way(self, name: str) -> None:
        """Close the study of this process that has the file open, as when a cell runs again."""
        for other in list(_open_studies):
            if self._file is not None and (other._file, other.name) == (self._file, name):
                other.close()

    def _check_open(self) -> None:
        if self not in _open_studies:
            raise StudyError(CLOSED)

    def _check_can_train(self, cv: int | None) -> None:
        self._check_open()
        self._tasks.check_folds(cv)

    def _add_trial(self, params: Params, origin: str, folds: int | None, level: int) -> Trial:
        trial = self._ledger.add_trial(params, origin, folds, level, self._tasks.seed_of)
        self._ledger.announce()
        return trial


@atexit.register
def _close_all() -> None:
    with ExitStack() as stack:  # all of them, whatever happens to one
        for study in list(_open_studies):
            stack.callback(study.close)


if hasattr(os, "register_at_fork"):  # a fork has neither the threads nor the file: not its studies
    os.register_at_fork(after_in_child=_open_studies.clear)
