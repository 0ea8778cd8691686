"""Evidence gathered elsewhere: trials that others made, taken over with their values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

from tunewidgets.searching import Searching
from tunewidgets.trial import IMPORTED, Trial

if TYPE_CHECKING:
    import optuna


class Gathering(Searching):
    """Takes trials over; `Study` adds the rest of what it can be told to do."""

    def add_trials(self, source: Any, *, cv: int | None = None) -> tuple[Trial, ...]:
        """Take over trials that were made elsewhere, as evidence: nothing is trained.

        Their origin is ``"imported"``. They count for samplers, for what has been tried, and in
        charts. Trials without a value are left out (but for pruned ones of Optuna, with their
        intermediate values), and so are those that were taken over before.

        Parameters
        ----------
        source
            An Optuna study; a DataFrame (or dict of columns) with a column ``value`` and one
            ``params_<name>`` a hyperparameter, as `dataframe` gives; or ``cv_results_`` of a
            scikit-learn search, whose scores become losses by their sign where the study minimizes.
        cv
            Number of folds that values are means of, where the source does not say: they then
            count for searches with as many folds. Each fold is given the mean.

        Returns
        -------
        tuple of Trial
            What is new.

        Raises
        ------
        SpaceError
            Where hyperparameters are missing or others than the space's.
        StudyError
            For another kind of source, or values that cannot mean the same.

        Examples
        --------
        >>> study.add_trials(search.cv_results_)  # doctest: +SKIP
        >>> study.search("tpe", 30, cv=3)  # learns from them  # doctest: +SKIP
        """
        from tunewidgets.trips import read_evidence

        self._check_open()
        found = read_evidence(source, self.space, self._ledger.goal, cv)
        known = [replace(one, params=self._tasks.normalised(one.params)) for one in found]
        there = {self._identity(t.params, t.runs) for t in self.trials if t.origin == IMPORTED}
        added = []
        for one in known:
            identity = self._identity(one.params, one.runs)
            if identity not in there:
                there.add(identity)
                added.append(self._ledger.add_ended(one.params, one.runs, self.level))
        self._scheduler.wake()  # which writes them
        self._ledger.announce()
        return tuple(added)

    @classmethod
    def from_optuna(
        cls,
        optuna_study: optuna.Study,
        builder: Callable[..., Any],
        x: Any,
        y: Any = None,
        *,
        space: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> Self:
        """Make a study that goes on from an Optuna study, with its trials as evidence.

        Parameters
        ----------
        optuna_study
            With one objective, which means the same as the new study's.
        builder, x, y
            As `Study` takes them.
        space
            As `Study` takes it; None for the ranges of the Optuna study's trials.
        **options
            As `Study` takes them. The direction is the Optuna study's.

        Raises
        ------
        SpaceError
            Where the builder or the space lacks a hyperparameter of the Optuna study's.
        StudyError
            Where that has several objectives.

        Examples
        --------
        >>> study = tw.Study.from_optuna(
        ...     optuna.load_study(study_name="mlp", storage="sqlite:///trials.db"),
        ...     build_model, x, y, validation_split=0.2,
        ... )  # doctest: +SKIP
        """
        from tunewidgets.trips import goal_of, space_of

        way = goal_of(optuna_study)
        given = space_of(optuna_study) if space is None else space
        make: Any = cls  # a `Study`, of whose signature this part of it knows nothing
        study: Self = make(builder, given, x, y, **{"direction": way, **options})
        try:
            study.add_trials(optuna_study)
        except BaseException:
            study.close()
            raise
        return study

    def _identity(self, params: Mapping[str, Any], runs: Any) -> tuple[str, str]:
        return self.space.key(params), repr([(run.state, run.value) for run in runs])
