"""Searches of a study that can train: what they would do, and how they are started."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from tunewidgets.continuing import Continuing
from tunewidgets.halving import read_halving
from tunewidgets.progress import times_of
from tunewidgets.requests import (
    Forecast,
    Request,
    check_space,
    forecast,
    free_name,
    plan_search,
    read_request,
)
from tunewidgets.samplers import Tried
from tunewidgets.scheduler import Scheduler
from tunewidgets.search import Search
from tunewidgets.space import SearchSpace
from tunewidgets.sweeping import SAMPLER as SWEEP
from tunewidgets.sweeping import Sweep, choices_of, sweep_plan
from tunewidgets.trial import Params

if TYPE_CHECKING:
    import optuna

_naming = threading.Lock()  # two searches must not take one name


class Searching(Continuing):
    """A study's searches; `Study` adds the rest of what it can be told to do."""

    _scheduler: Scheduler
    _counted: tuple[Request, Tried] | None = None

    def search(
        self,
        sampler: str | optuna.samplers.BaseSampler,
        n_trials: int | None = None,
        *,
        cv: int | None = None,
        seed: int | None = None,
        pruner: str | optuna.pruners.BasePruner | None = None,
        budget_s: float | None = None,
        order: str = "listed",
        space: SearchSpace | None = None,
        fixed: Params | None = None,
        n_points: int = 5,
        factor: int = 3,
        min_epochs: int | None = None,
    ) -> Search:
        """Search the present level's space in the background.

        Parameters
        ----------
        sampler
            ``"grid"``, ``"random"``, ``"qmc"`` (an even spread), or what learns from the trials,
            also a person's and those of other searches: ``"tpe"``, ``"gp"``, ``"cmaes"``, or an
            Optuna sampler. An object is not kept in the file: its search cannot be resumed.
            ``"halving"`` is successive halving: all draw as ``"random"`` does and begin with few
            epochs, and the best go on (see `factor`).
        n_trials
            How many new trials; None means 10, or for a grid all of it, or with ``budget_s`` as
            many as there is time for. What has been tried in the same way is skipped, and a
            finite space gives no more than it holds.
        cv
            Number of folds. Each of the runs of a trial then fits on all folds but one and is
            scored on that one; validation data serves early stopping alone.
        seed
            Gives the same candidates again, where one run goes on at a time; None draws one.
        pruner
            What ends hopeless runs early: ``"median"``, ``"halving"`` (also called ``"asha"``),
            ``"hyperband"``, or an Optuna pruner. A trial is judged by its first run, with those
            of the trials made in the same way; when that is pruned, all of the trial is. It has
            no value then, as it cannot be compared with complete ones.
        budget_s
            Seconds after which no more trials are begun; those that are under way go on. They
            count from the first trial on, and not through a pause.
        order
            Of a grid: ``"listed"``, as scikit-learn lists it, or ``"shuffled"`` by the seed.
        space
            Search this instead, as ``study.space.narrow(n_neurons=(10, 50))``.
        fixed
            Hyperparameters that every trial shares.
        n_points
            How many values of a continuous hyperparameter a grid takes.
        factor
            Of a halving: the best one in `factor` of the trials goes on from where it stopped, for
            `factor` times as many epochs in all, and so on up to the full epochs; the others end
            as pruned. A schedule of the learning rate spans the full epochs.
        min_epochs
            Of a halving: the first rung has at least so many epochs; None for what leaves the last
            one a single trial or a few.

        Returns
        -------
        Search
            Its handle: ``wait``, ``pause``, ``resume``, ``stop``, ``extend``, ``progress``.

        Raises
        ------
        SpaceError
            For an unknown sampler or pruner, one that is not installed (it names the extra), or
            numbers that cannot be.
        """
        self._check_open()
        folds = self._tasks.read_folds(cv)
        request = self._read(
            sampler, space, fixed, folds, (factor, min_epochs), n_trials=n_trials, seed=seed,
            pruner=pruner, budget_s=budget_s, order=order, n_points=n_points,
        )  # fmt: skip
        with _naming:
            name = free_name(request.sampler, self._ledger.plans)
            plan = plan_search(request, name, self.trials)
            self._scheduler.feed(plan, sampler=request.given_sampler, pruner=request.given_pruner)
        return Search(plan.name, self._ledger, self._scheduler)

    def sweep(
        self,
        name: str,
        values: Iterable[Any],
        *,
        repeats: int = 3,
        params: Params | None = None,
        cv: int | None = None,
    ) -> Sweep:
        """Grow one hyperparameter step by step, and see where the model begins to overfit.

        Parameters
        ----------
        name
            The hyperparameter.
        values
            What it takes, also outside its range.
        repeats
            Trials of each value, with other seeds.
        params
            What the others are; those left out take their starting values.
        cv
            Number of folds.

        Returns
        -------
        Sweep
            A search's handle with ``points`` and ``overfits_from``.

        Raises
        ------
        SpaceError
            For an unknown name, values that cannot be stored, or repeats below 1.
        """
        self._check_open()
        folds = self._tasks.read_folds(cv)
        choices = choices_of(self.space, name, values, repeats, params or {})
        with _naming, self._ledger.changed:
            called = free_name(SWEEP, self._ledger.plans)
            plan = sweep_plan(called, name, len(choices), folds, self.level, self.space)
            trials = [
                self._ledger.add_trial(self._tasks.normalised(choice), called, folds, self.level)
                for choice in choices
            ]
            self._scheduler.feed(plan, (run.key for trial in trials for run in trial.runs))
        self._ledger.announce()
        return Sweep(called, self._ledger, self._scheduler)

    def forecast(
        self,
        sampler: str | optuna.samplers.BaseSampler,
        n_trials: int | None = None,
        *,
        cv: int | None = None,
        budget_s: float | None = None,
        space: SearchSpace | None = None,
        fixed: Params | None = None,
        n_points: int = 5,
        factor: int = 3,
        min_epochs: int | None = None,
    ) -> Forecast:
        """Say what `search` would do with the same arguments, without doing it.

        Returns
        -------
        Forecast
            How many combinations there are, how many of them are done, how many trials it would
            make, and, once runs have been timed, how long that takes.
        """
        folds = None if cv is None else self._tasks.check_folds(cv)
        request = self._read(
            sampler, space, fixed, folds, (factor, min_epochs), n_trials=n_trials, seed=0,
            pruner=None, budget_s=budget_s, order="listed", n_points=n_points,
        )  # fmt: skip
        if self._counted is None or self._counted[0] != request:
            self._counted = request, Tried(request.plan(""), request.space)
        trials, ledger = self.trials, self._ledger
        times = times_of(trials, ledger.n_read)
        return forecast(request, self._counted[1], trials, times, ledger.n_workers)

    def _read(
        self,
        sampler: Any,
        space: SearchSpace | None,
        fixed: Params | None,
        folds: int | None,
        halving: tuple[int, int | None],
        **rest: Any,
    ) -> Request:
        given = self._tasks.only_given(fixed or {})
        searched = self.space if space is None else check_space(space)
        pins = {key: value for key, value in given.items() if key in searched}
        pinned = searched.pin(**pins)
        others = {key: value for key, value in given.items() if key not in pins}
        halves = isinstance(sampler, str) and sampler == "halving"
        return read_request(
            sampler,
            pinned,
            level=self.level,
            folds=folds,
            fixed=others,
            halving=read_halving(self._tasks.epochs_of(pinned, others), *halving)
            if halves
            else None,
            **rest,
        )
