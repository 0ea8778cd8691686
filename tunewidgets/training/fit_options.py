"""What a study hands on to ``model.fit``, checked in the kernel before anything is trained.

Keras is not imported for it: a callback is told by its methods.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tunewidgets.errors import StudyError
from tunewidgets.values import is_integer, is_number

ENGINES = ("auto", "keras", "graph", "xla")
"""How epochs may be trained."""

_Rule = tuple[Callable[[Any], bool], str, str]


def _is_count(value: Any) -> bool:
    return value is None or (is_integer(value) and value >= 1)


def _are_epochs(value: Any) -> bool:
    if isinstance(value, list | tuple | set | frozenset):
        return bool(value) and all(map(_is_count, value))
    return value is not None and _is_count(value)


def _is_weighting(value: Any) -> bool:
    if value is None:
        return True
    return isinstance(value, Mapping) and all(
        is_integer(label) and is_number(weight) for label, weight in value.items()
    )


_COUNT: _Rule = (_is_count, "a whole number of at least 1", "leave it out")
_RULES: dict[str, _Rule] = {
    "class_weight": (_is_weighting, "a dict of class number to weight", "write {0: 1.0, 1: 2.5}"),
    "shuffle": (lambda value: isinstance(value, bool), "True or False", "leave it out for True"),
    "steps_per_epoch": _COUNT,
    "validation_steps": _COUNT,
    "validation_batch_size": _COUNT,
    "validation_freq": (_are_epochs, "a whole number from 1 up, or a list of epochs", "write 1"),
}
FIT_OPTIONS = tuple(_RULES)
"""What else of ``model.fit`` a study hands on as it is."""

_ELSEWHERE = {
    "cv": "give it to study.enqueue or study.search",
    "n_trials": "give it to study.search",
    "pruner": "give it to study.search",
    "optimizer": "give it to model.compile in the builder",
    "loss": "give it to model.compile in the builder",
    "metrics": "give it to model.compile in the builder",
    "verbose": "leave it out, as nothing is printed",
}


def check_fit_options(options: Mapping[str, Any]) -> None:
    """Raise a `StudyError` for a keyword that ``model.fit`` or the study does not know.

    Or for a value that makes no fit.
    """
    for name, value in options.items():
        if name not in _RULES:
            raise StudyError(
                f"A study takes what model.fit takes, but got {name!r}: {_remedy(name)}"
            )
        is_right, rule, remedy = _RULES[name]
        if not is_right(value):
            raise StudyError(f"{name} must be {rule}, but got {value!r:.100}: {remedy}.")


def check_engine(engine: str) -> None:
    """Raise a `StudyError` for an engine that there is not."""
    if engine not in ENGINES:
        raise StudyError(
            f"engine must be one of {', '.join(map(repr, ENGINES))}, but got {engine!r}: leave it "
            f"out to have the fastest chosen."
        )


def read_callbacks(written: Any) -> Callable[[], Sequence[Any]] | Sequence[Any]:
    """Read a list of callbacks, a single one, None, or a function that makes the list.

    Raises
    ------
    StudyError
        For anything else.
    """
    if callable(written) and not hasattr(written, "on_epoch_end"):
        maker: Callable[[], Sequence[Any]] = written
        return maker
    several = isinstance(written, list | tuple)
    listed = tuple(written) if several else () if written is None else (written,)
    for callback in listed:
        if isinstance(callback, type) or not hasattr(callback, "on_epoch_end"):
            told = repr(callback) if isinstance(callback, type | str) else type(callback).__name__
            raise StudyError(
                f"callbacks must be a list of Keras callbacks or a function that makes it, but got "
                f"{told}: write callbacks=lambda: [keras.callbacks.EarlyStopping()]."
            )
    return listed


def _remedy(name: str) -> str:
    if name in _ELSEWHERE:
        return f"{_ELSEWHERE[name]}."
    near = difflib.get_close_matches(name, (*FIT_OPTIONS, "epochs", "batch_size"), 1)
    return f"did you mean {near[0]!r}?" if near else f"choose among {', '.join(FIT_OPTIONS)}."
