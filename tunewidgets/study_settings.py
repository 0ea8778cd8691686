"""What a study is asked to be, checked: its name, seed, direction and training."""

from __future__ import annotations

import inspect
import re
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tunewidgets.errors import BuilderError, StudyError
from tunewidgets.snapshot import Direction
from tunewidgets.space import SearchSpace
from tunewidgets.training.checkpoints import LIMIT, Keeping, folder_for
from tunewidgets.training.facts import FROM_DATA
from tunewidgets.values import is_integer

if TYPE_CHECKING:
    from tunewidgets.executors import Executor

# Whole words of a metric's name, which may hold an output's name too, and end with the place of
# one number of several; "io" is in mean_io_u.
_SCORE = re.compile(
    r"(^|_)(acc|accuracy|auc|precision|recall|sensitivity|specificity|f1|fbeta|r2|iou|io|dice|score"
    r"|similarity|correlation)(_|\[|$)"
)
_ERROR = re.compile(r"(^|_)(loss|error|mae|mse|rmse|mape|msle)(_|\[|$)")


def check_name(name: str) -> None:
    """Raise a `StudyError` for what cannot be a study's name."""
    if not isinstance(name, str) or not name or not name.isprintable():
        raise StudyError(
            f"name must be a word or a few that can be printed, but got {name!r}: choose another."
        )


def check_complete(builder: Callable[..., Any], space: SearchSpace) -> None:
    """Raise a `BuilderError` where a builder needs what neither the space nor the data give."""
    by_name = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    lacking = [
        name
        for name, parameter in inspect.signature(builder).parameters.items()
        if parameter.kind in by_name
        and parameter.default is parameter.empty
        and name not in (*space, *FROM_DATA)
    ]
    if lacking:
        told = ", ".join(map(repr, lacking))
        raise BuilderError(
            f"Every argument of build_model must have a default or a place in the space, but "
            f"{told} {'has' if len(lacking) == 1 else 'have'} neither: write a default, as in "
            f"{lacking[0]}=..., or add it to the space."
        )


def check_executor(executor: Executor | None, n_workers: int | None) -> None:
    """Raise a `StudyError` for what can run nothing, or a number that is the executor's."""
    if executor is None:
        return
    if n_workers is not None:
        raise StudyError("n_workers is the executor's: give one of executor and n_workers.")
    if isinstance(executor, type) or not hasattr(executor, "submit"):
        raise StudyError(
            f"executor must be an executor, but got {executor!r:.80}: make one, as "
            f"tw.ProcessExecutor(2), or leave it out."
        )


def check_n_classes(n_classes: int | None) -> None:
    """Raise a `StudyError` for what is no number of classes."""
    if n_classes is not None and (not is_integer(n_classes) or n_classes < 2):
        raise StudyError(
            f"n_classes must be a whole number of at least 2, but got {n_classes!r}: leave it out "
            f"unless y are class numbers."
        )


def read_seed(seed: int | None) -> int:
    """Check a seed, or draw one.

    Raises
    ------
    StudyError
        When it is not a whole number from 0 to 2**32 - 1.
    """
    if seed is None:
        return secrets.randbits(32)
    if not is_integer(seed) or not 0 <= seed < 2**32:
        raise StudyError(
            f"seed must be a whole number from 0 to 2**32 - 1, but got {seed!r}: choose one, or "
            f"leave it out to have one drawn."
        )
    return int(seed)


def direction_of(objective: str, given: str | None) -> Direction:
    """Tell whether an objective is minimised, by its name where a person does not say.

    Raises
    ------
    StudyError
        For another word than ``"minimize"`` and ``"maximize"``, or an objective that is no name.
    """
    if not isinstance(objective, str) or not objective:
        raise StudyError(
            f"objective must be a metric's name, as 'val_loss', but got {objective!r}: name one."
        )
    if given is None:
        name = objective.lower()
        is_score = _SCORE.search(name) and not _ERROR.search(name)
        return "maximize" if is_score else "minimize"
    if given not in ("minimize", "maximize"):
        raise StudyError(
            f"direction must be 'minimize' or 'maximize', but got {given!r}: leave it out to "
            f"tell by the objective's name."
        )
    return "minimize" if given == "minimize" else "maximize"


def read_training(space: SearchSpace, **training: Any) -> dict[str, Any]:
    """Check the training hyperparameters that every trial takes unless it says otherwise.

    Raises
    ------
    SpaceError
        For one that makes no training.
    """
    given = {k: value for k, value in training.items() if value is not None or k == "epochs"}
    return training | {k: value for k, value in space.check_params(given).items() if k in given}


def read_keeping(checkpoints: bool | int, file: Path | None, name: str) -> Keeping | None:
    """Read how checkpoints are to be kept.

    Raises
    ------
    StudyError
        For what is no number of bytes.
    """
    if checkpoints is False:
        return None
    if checkpoints is not True and (not is_integer(checkpoints) or checkpoints < 1):
        raise StudyError(
            f"checkpoints must be True, False or a whole number of bytes that they may take, but "
            f"got {checkpoints!r}: leave it out for {LIMIT:,}."
        )
    limit = LIMIT if checkpoints is True else int(checkpoints)
    return Keeping(None if file is None else folder_for(file, name), limit)
