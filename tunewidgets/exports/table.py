"""The trials as CSV: a row a trial, as ``study.dataframe()`` has them, without needing pandas."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from tunewidgets.errors import StudyError
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


def written(text: str, path: str | os.PathLike[str] | None) -> str:
    """Write a text to a file, where one is named, and give it back.

    Raises
    ------
    StudyError
        Where it cannot be written there.
    """
    if path is not None:
        try:
            Path(path).expanduser().write_text(text, encoding="utf-8", newline="")
        except OSError as error:
            raise StudyError(
                f"{os.fspath(path)!r} must be a file that can be written, but got "
                f"{error.strerror!r}: choose another path."
            ) from error
    return text
