"""A study on Optuna's side: its trials in a storage of Optuna's, and Optuna's trials as evidence.

Optuna wants one range a hyperparameter over all trials, and values inside it, while a person here
may try anything: so ranges are widened to what was tried. Choices that Optuna cannot keep apart or
cannot keep (1 and True; tuples) become text. It knows no trial that a person stopped: that is
written as pruned, with the true state among its attributes.

A study here keeps how long runs took and not when, so durations are true in Optuna's tables, and
moments are those of the writing.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tunewidgets.distributions import Categorical, Distribution, Float, Int
from tunewidgets.errors import StorageError, StudyError
from tunewidgets.plan import Goal
from tunewidgets.quiet import no_experiments
from tunewidgets.snapshot import Snapshot
from tunewidgets.trial import Run, State, Trial
from tunewidgets.trips.evidence import Known, run, runs_of
from tunewidgets.values import is_integer, is_number

if TYPE_CHECKING:
    import optuna
    from optuna.distributions import BaseDistribution

FOLDS = "fold_values"
"""The attribute of a trial that has its folds' values."""


def write_study(seen: Snapshot, storage: Any, name: str) -> optuna.Study:
    """Write all trials into an Optuna storage, as a new study of it.

    Raises
    ------
    StorageError
        Where the storage cannot be used, or has a study of that name.
    """
    import optuna

    opened = _opened(storage)
    try:
        study = optuna.create_study(study_name=name, storage=opened, direction=seen.direction)
    except optuna.exceptions.DuplicatedStudyError as error:
        raise StorageError(
            f"The storage must have no study {name!r} yet, but it has: give another name=..., or "
            f"delete it there (optuna.delete_study)."
        ) from error
    study.set_user_attr("objective", seen.objective)
    first = seen.levels[0].space if seen.levels else {}
    tried: dict[str, list[Any]] = {}
    for trial in seen.trials:
        for key, value in trial.params.items():
            tried.setdefault(key, []).append(value)
    scales = {key: _Scale(first.get(key), values) for key, values in tried.items()}
    study.add_trials([_frozen(trial, scales, seen.objective) for trial in seen.trials])
    return study


class _Scale:
    """A hyperparameter's range on Optuna's side, wide enough for all that was tried."""

    def __init__(self, distribution: Distribution | None, tried: Sequence[Any]) -> None:
        self._is_text = False
        are_numbers = all(map(is_number, tried))
        if isinstance(distribution, Categorical) or not are_numbers:
            self.range = self._choices(distribution, tried)
        else:
            self.range = _numbers(distribution, tried)

    def write(self, value: Any) -> Any:
        """Give a value as Optuna has it."""
        return repr(value) if self._is_text else value

    def _choices(self, distribution: Distribution | None, tried: Sequence[Any]) -> BaseDistribution:
        from optuna.distributions import CategoricalDistribution

        own = distribution.choices if isinstance(distribution, Categorical) else ()
        choices = list({repr(value): value for value in (*own, *tried)}.values())
        plain = (type(None), bool, int, float, str)
        self._is_text = not all(isinstance(c, plain) for c in choices) or any(
            a == b for i, a in enumerate(choices) for b in choices[:i]
        )
        return CategoricalDistribution([self.write(choice) for choice in choices])


def _numbers(distribution: Float | Int | None, tried: Sequence[Any]) -> BaseDistribution:
    from optuna.distributions import FloatDistribution, IntDistribution

    ends = (
        () if distribution is None else (distribution.low, distribution.nearest(distribution.high))
    )
    low, high = min((*tried, *ends)), max((*tried, *ends))
    log = distribution is not None and distribution.log and low > 0
    step = None if distribution is None or log else distribution.step
    if step is not None and not all(distribution.contains(v) for v in tried):  # type: ignore[union-attr]
        step = None
    if all(map(is_integer, (low, high, *tried))) and not isinstance(distribution, Float):
        return IntDistribution(int(low), int(high), log=log, step=int(step or 1))
    return FloatDistribution(float(low), float(high), log=log, step=step)


def _frozen(trial: Trial, scales: dict[str, _Scale], objective: str) -> optuna.trial.FrozenTrial:
    from optuna.trial import TrialState, create_trial

    curve = _curve(trial, objective)
    states = {
        State.COMPLETE: TrialState.COMPLETE,
        State.PRUNED: TrialState.PRUNED,
        State.STOPPED: TrialState.PRUNED if curve else TrialState.FAIL,
        State.FAILED: TrialState.FAIL,
        State.RUNNING: TrialState.RUNNING,
        State.WAITING: TrialState.WAITING,
    }
    written = create_trial(
        state=states[trial.state],
        value=trial.value,
        params={name: scales[name].write(value) for name, value in trial.params.items()},
        distributions={name: scales[name].range for name in trial.params},
        intermediate_values=dict(enumerate(curve)),
        user_attrs=_attributes(trial),
    )
    if trial.state.is_finished:
        written.datetime_complete = datetime.now()
        written.datetime_start = written.datetime_complete - timedelta(seconds=trial.seconds)
    return written


def _attributes(trial: Trial) -> dict[str, Any]:
    told: dict[str, Any] = {
        "number": trial.number,
        "state": str(trial.state),
        "origin": trial.origin,
        "level": trial.level,
        "epochs": trial.epochs,
        "seconds": trial.seconds,
    }
    if trial.error:
        told["error"] = trial.error
    if trial.folds is not None and trial.value is not None:
        told[FOLDS] = [one.value for one in trial.runs]
    return told


def _curve(trial: Trial, objective: str) -> list[float]:
    """Give the objective after each epoch: of the folds, the mean as far as all have come."""
    curves = [one.history.get(objective, ()) for one in trial.runs]
    return [math.fsum(values) / len(values) for values in zip(*curves, strict=False)]


def _opened(storage: Any) -> Any:
    """Open what was named: a storage object, a URL, or a file by its ending."""
    from optuna.storages import BaseStorage, JournalStorage, RDBStorage, get_storage
    from optuna.storages.journal import JournalFileBackend

    if isinstance(storage, BaseStorage):
        return storage
    if isinstance(storage, str) and "://" in storage:
        try:
            return get_storage(storage)
        except Exception as error:  # of SQLAlchemy, of a driver, or of what it connects to
            kind, told = storage.partition("://")[0], str(error).partition("\n")[0]
            raise StorageError(
                f"storage must be a URL that Optuna can open, but with this one of {kind}:// it "
                f"failed ({type(error).__name__}: {told}): write 'sqlite:///trials.db'."
            ) from error
    if not isinstance(storage, str | os.PathLike):
        raise StorageError(
            f"storage must be a file, a URL or an Optuna storage, but got "
            f"{type(storage).__name__}: write 'trials.sqlite3'."
        )
    path = Path(storage).expanduser().absolute()
    if not path.parent.is_dir():
        raise StorageError(f"{str(path.parent)!r} must be a folder, but it is none: make it first.")
    if path.suffix in (".db", ".sqlite", ".sqlite3"):
        _check_foreign(path)
        return RDBStorage(f"sqlite:///{path}")
    if path.suffix in (".log", ".journal", ".jsonl"):
        with no_experiments():
            return JournalStorage(JournalFileBackend(str(path)))
    raise StorageError(
        f"A file of Optuna's must end in .sqlite3 or .db (SQLite), or in .log (a journal), but got "
        f"{path.name!r}: name it so."
    )


def _check_foreign(path: Path) -> None:
    """See that a file is not one of our own, which Optuna's tables would spoil."""
    import sqlite3
    from contextlib import closing

    from tunewidgets.storage.schema import APPLICATION_ID

    if not path.exists():
        return
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
            application = connection.execute("PRAGMA application_id").fetchone()[0]
    except sqlite3.Error as error:
        raise StorageError(
            f"{str(path)!r} must be an SQLite file of Optuna's, but got {str(error)!r}: choose "
            f"another path."
        ) from error
    if application == APPLICATION_ID:
        raise StorageError(
            f"{str(path)!r} must be a file of Optuna's, but it is a study file of tunewidgets, "
            f"which it would spoil: choose another path."
        )


# From Optuna


def goal_of(study: optuna.Study) -> str:
    """Give an Optuna study's direction.

    Raises
    ------
    StudyError
        Where it is none, or has several objectives.
    """
    if not hasattr(study, "get_trials"):
        raise StudyError(
            f"optuna_study must be an Optuna study, but got {type(study).__name__}: open it with "
            f"optuna.load_study(study_name=..., storage=...)."
        )
    if len(study.directions) != 1:
        raise StudyError(
            f"An Optuna study must have one objective, but got {len(study.directions)}: give a "
            f"table with the column value that counts."
        )
    return "maximize" if study.directions[0].name == "MAXIMIZE" else "minimize"


def space_of(study: optuna.Study) -> dict[str, Distribution]:
    """Read the search space from an Optuna study's trials, as wide as any of them had it.

    Raises
    ------
    StudyError
        Where no trial says.
    """
    seen: dict[str, list[Any]] = {}
    for trial in study.get_trials(deepcopy=False):
        for name, scale in trial.distributions.items():
            seen.setdefault(name, []).append(scale)
    if not seen:
        raise StudyError("An Optuna study must have trials to read its space from: give space=...")
    return {name: _distribution(scales) for name, scales in seen.items()}


def _distribution(scales: Sequence[Any]) -> Distribution:
    last = scales[-1]
    if hasattr(last, "choices"):
        return Categorical(last.choices)
    low, high = min(s.low for s in scales), max(s.high for s in scales)
    if low == high:
        return Categorical((low,))
    if is_integer(low) and is_integer(high):
        return Int(low, high, step=last.step, log=last.log)
    return Float(low, high, step=last.step, log=last.log)


def known_of(study: optuna.Study, goal: Goal, folds: int | None) -> Iterator[Known]:
    """Give the trials of an Optuna study that say something.

    Raises
    ------
    StudyError
        Where its values cannot mean the same.
    """
    from optuna.trial import TrialState

    if (direction := goal_of(study)) != goal.direction:
        raise StudyError(
            f"Trials must be judged as the study's, which is to {goal.direction} "
            f"{goal.objective!r}, but the Optuna study is to {direction}: give a table with values "
            f"of the other sign."
        )
    for trial in study.get_trials(deepcopy=False):
        curve = [trial.intermediate_values[step] for step in sorted(trial.intermediate_values)]
        history = {goal.objective: tuple(map(float, curve))} if curve else {}
        took = trial.duration.total_seconds() if trial.duration is not None else 0.0
        if trial.state is TrialState.COMPLETE and math.isfinite(trial.value or 0.0):
            runs = _runs(trial, folds, took)
        elif trial.state is TrialState.PRUNED and curve and folds is None:
            runs = (Run(0, 0, 0, state=State.PRUNED, seconds=took),)
        else:
            continue
        if len(runs) == 1:
            runs = (_with_history(runs[0], history),)
        yield Known(trial.params, runs)


def _runs(trial: optuna.trial.FrozenTrial, folds: int | None, seconds: float) -> tuple[Run, ...]:
    values = trial.user_attrs.get(FOLDS)
    if isinstance(values, list) and len(values) > 1 and all(map(is_number, values)):
        return tuple(run(v, fold, seconds / len(values)) for fold, v in enumerate(values))
    return runs_of(float(trial.value or 0.0), folds, seconds)


def _with_history(one: Run, history: dict[str, tuple[float, ...]]) -> Run:
    from dataclasses import replace

    return replace(one, history=history) if history else one
