"""The trials as CSV: a row a trial, as ``study.dataframe()`` has them, without needing pandas."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from tunewidgets.trial import Trial


def columns_of(names: Iterable[str]) -> list[str]:
    """Name the columns; those of hyperparameters begin with ``params_``."""
    params = [f"params_{name}" for name in names]
    return [
        "number", "state", "value", *params,
        "epochs", "seconds", "origin", "level", "folds", "error",
    ]  # fmt: skip


def csv_of(trials: Sequence[Trial], space: Iterable[str]) -> str:
    """Write the trials as CSV.

    Parameters
    ----------
    trials
        A row each.
    space
        Names of the hyperparameters that come first; others that a trial has follow.

    Returns
    -------
    str
        A head and a row a trial; numbers to the last digit, and nothing where there is nothing.
    """
    names = list(dict.fromkeys([*space, *(name for trial in trials for name in trial.params)]))
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns_of(names))
    for trial in trials:
        writer.writerow(
            [
                trial.number,
                trial.state,
                trial.value,
                *(trial.params.get(name) for name in names),
                trial.epochs,
                trial.seconds,
                trial.origin,
                trial.level,
                trial.folds,
                trial.error,
            ]
        )
    return file.getvalue()
