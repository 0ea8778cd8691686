"""What others have tried, read into records: an Optuna study, a table, or ``cv_results_``.

A source gives rows; `read_evidence` checks them against the space. Only trials that say something
count: those with a value, and pruned ones with intermediate values.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tunewidgets.errors import SpaceError, StudyError
from tunewidgets.plan import Goal
from tunewidgets.space import SearchSpace
from tunewidgets.trial import Run, State
from tunewidgets.values import is_integer, is_number

COLUMN = "params_"


@dataclass(frozen=True, slots=True)
class Known:
    """A trial that was made elsewhere.

    Attributes
    ----------
    params
        Hyperparameter name to value.
    runs
        What came of it: a run, or one a fold; their trial and seed are for the study to say.
    """

    params: Mapping[str, Any]
    runs: tuple[Run, ...]


def read_evidence(
    source: Any, space: SearchSpace, goal: Goal, folds: int | None
) -> tuple[Known, ...]:
    """Read trials.

    Parameters
    ----------
    source
        An Optuna study, a DataFrame or dict of columns, or ``cv_results_``.
    space
        Of the study that they are for.
    goal
        What that is judged by.
    folds
        Number of folds that values are means of, where the source does not say; None for none.

    Raises
    ------
    StudyError
        For another kind of source, or values that cannot mean the same.
    SpaceError
        Where hyperparameters differ from the space's.
    """
    if folds is not None and (not is_integer(folds) or folds < 2):
        raise StudyError(f"cv must be a whole number of at least 2, but got {folds!r}: write 3.")
    known = tuple(_rows(source, goal, folds))
    _check_names(known, space)
    return tuple(replace(one, params=space.check_params(one.params)) for one in known)


def _rows(source: Any, goal: Goal, folds: int | None) -> Iterator[Known]:
    if hasattr(source, "get_trials") and hasattr(source, "directions"):
        from tunewidgets.trips.optuna import known_of

        return known_of(source, goal, folds)
    columns = _columns(source)
    if "mean_test_score" in columns and "params" in columns:
        return _of_cv_results(columns, goal)
    return _of_table(columns, folds)


def _columns(source: Any) -> dict[str, list[Any]]:
    """Take a DataFrame, or a mapping of columns, apart."""
    if isinstance(source, Mapping) or hasattr(source, "columns"):
        names = source.columns if hasattr(source, "columns") else source
        columns = {str(name): _column(str(name), source[name]) for name in names}
        lengths = {name: len(column) for name, column in columns.items()}
        if len(set(lengths.values())) > 1:
            told = ", ".join(f"{name} has {length}" for name, length in lengths.items())
            raise StudyError(
                f"The columns of a table of trials must be of one length, but {told}: give each "
                f"trial a value in each column."
            )
        return columns
    raise StudyError(
        f"Trials must come as an Optuna study, a DataFrame or cv_results_, but got "
        f"{type(source).__name__}: make a DataFrame with columns params_<name> and value."
    )


def _column(name: str, values: Any) -> list[Any]:
    try:
        return list(values)
    except TypeError as error:
        raise StudyError(
            f"A column of a table of trials must be a list of values, but {name} is "
            f"{type(values).__name__}: write {name}=[{values!r}]."
        ) from error


def _of_table(columns: Mapping[str, Sequence[Any]], folds: int | None) -> Iterator[Known]:
    names = [name for name in columns if name.startswith(COLUMN)]
    if "value" not in columns or not names:
        raise StudyError(
            f"A table of trials must have a column value and one params_<name> a hyperparameter, "
            f"but got {', '.join(columns) or 'no columns'}: rename them."
        )
    for row, value in enumerate(columns["value"]):
        if is_number(value) and math.isfinite(value):
            given = {name.removeprefix(COLUMN): columns[name][row] for name in names}
            yield Known(
                {name: v for name, v in given.items() if not _is_missing(v)},
                runs_of(float(value), folds),
            )


def _is_missing(value: Any) -> bool:
    """Whether a cell of a table is empty, which pandas writes as NaN where a column has numbers."""
    return isinstance(value, float) and math.isnan(value)


def _of_cv_results(columns: Mapping[str, Sequence[Any]], goal: Goal) -> Iterator[Known]:
    """Read scikit-learn's results, whose scores are the better the greater they are."""
    sign = 1 if goal.direction == "maximize" else -1
    splits = [name for name in columns if name.startswith("split") and name.endswith("_test_score")]
    for row, params in enumerate(columns["params"]):
        scores = [float(columns[name][row]) for name in splits]
        scores = scores or [float(columns["mean_test_score"][row])]
        if not all(map(math.isfinite, scores)):
            continue
        if sign < 0 and max(scores) > 0:
            raise StudyError(
                f"Scores of a search must be negated losses, as neg_mean_squared_error, for a "
                f"study that minimizes {goal.objective!r}, but got {max(scores):.4g}: give a table "
                f"with columns params_<name> and value instead."
            )
        seconds = float(columns["mean_fit_time"][row]) if "mean_fit_time" in columns else 0.0
        runs = [run(sign * score, fold, seconds) for fold, score in enumerate(scores)]
        yield Known(params, tuple(runs) if len(runs) > 1 else (replace(runs[0], fold=None),))


def run(value: float, fold: int | None, seconds: float = 0.0) -> Run:
    """Make a complete run; the study gives it its place."""
    return Run(0, fold or 0, 0, fold, state=State.COMPLETE, value=value, seconds=seconds)


def runs_of(value: float, folds: int | None, seconds: float = 0.0) -> tuple[Run, ...]:
    """Make the runs of a value; where it is a mean, each fold has that, as no more is known."""
    if folds is None:
        return (run(value, None, seconds),)
    return tuple(run(value, fold, seconds / folds) for fold in range(folds))


def _check_names(known: Iterable[Known], space: SearchSpace) -> None:
    for one in known:
        accepted = {*space, *space.model_parameters}
        lacking = [name for name in space if name not in one.params]
        foreign = [
            name
            for name in one.params
            if name not in accepted and not space.is_training(name) and not space.accepts_any
        ]
        if lacking or foreign:
            differ = [f"lack {', '.join(map(repr, lacking))}"] if lacking else []
            differ += [f"have {', '.join(map(repr, foreign))} instead"] if foreign else []
            raise SpaceError(
                f"Trials must have the hyperparameters of the study's space "
                f"({', '.join(space)}), but these {' and '.join(differ)}: rename them, or make a "
                f"study of their space."
            )
