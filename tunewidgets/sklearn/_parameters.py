"""Whose a hyperparameter is: the builder's, or training's.

A builder's signature says what it takes. Two of its parameters are filled from the data unless
they are given: ``input_shape`` and ``n_outputs``.
"""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from tunewidgets.errors import BuilderError, SpaceError
from tunewidgets.fit_settings import TRAINING_NAMES, check_values
from tunewidgets.training.job import check_is_function
from tunewidgets.values import plain

FROM_DATA = ("input_shape", "n_outputs")
"""Parameters of a builder that the data tell; None stands for that."""

TRAINING: Mapping[str, Any] = MappingProxyType(
    {
        "epochs": 1,
        "batch_size": None,
        "patience": None,
        "warmup_epochs": None,
        "restore_best": None,
        "schedule": None,
        "validation_split": 0.0,
        "validation_batch_size": None,
        "validation_freq": 1,
        "shuffle": True,
        "callbacks": None,
        "random_state": None,
        "engine": "auto",
        "verbose": 0,
    }
)
"""Hyperparameters of training, with what they are where nobody says; as in ``model.fit``."""


def of_builder(builder: Any) -> dict[str, inspect.Parameter]:
    """List what a builder takes by name; nothing for what is no function.

    ``KerasRegressor(build_model=...)`` only stores, so this may be asked of anything.
    """
    try:
        parameters = inspect.signature(builder).parameters.values()
    except (TypeError, ValueError):
        return {}
    return {p.name: p for p in parameters if p.kind is not p.POSITIONAL_ONLY}


def defaults(builder: Any, training: Mapping[str, Any]) -> dict[str, Any]:
    """Give every hyperparameter that has a value where nobody says."""
    its = {
        name: None if name in FROM_DATA else p.default
        for name, p in of_builder(builder).items()
        if _is_named(p) and (p.default is not p.empty or name in FROM_DATA)
    }
    return {**training, **its}


def check_names(builder: Any, training: Iterable[str], names: Iterable[str]) -> None:
    """Raise a `SpaceError` for a name that neither the builder nor training takes."""
    its = of_builder(builder)
    if not callable(builder) or any(p.kind is p.VAR_KEYWORD for p in its.values()):
        return
    known = [*(name for name, p in its.items() if _is_named(p)), *training]
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = f"did you mean {near[0]!r}? " if near else ""
            raise SpaceError(
                f"A hyperparameter must be one of the builder's or of training's, but got "
                f"{name!r}: {hint}The names are {', '.join(known)}."
            )


def check_builder(builder: Any, training: Iterable[str], given: Iterable[str]) -> None:
    """Raise unless a builder can be called with the hyperparameters given, each with one meaning.

    Raises
    ------
    BuilderError
        Where it is no function, or lacks a value.
    SpaceError
        Where a name is the builder's and training's, or nobody's.
    """
    check_is_function(builder)
    its = of_builder(builder)
    both = [name for name in (*training, "validation_data", "sample_weight") if name in its]
    if both:
        raise SpaceError(
            f"A name must be either the builder's or that of an argument of fit, but "
            f"{', '.join(map(repr, both))} is both: rename it in the builder."
        )
    check_names(builder, training, given)
    lacking = [
        name
        for name, p in its.items()
        if _is_named(p) and p.default is p.empty and name not in (*given, *FROM_DATA)
    ]
    if lacking:
        raise BuilderError(
            f"Every parameter of build_model needs a value, but {', '.join(lacking)} has none: "
            f"give a default in the builder, or a value to the estimator."
        )


def of_constructor(kind: type, names: Iterable[str]) -> list[str]:
    """Give those of some hyperparameters that the constructor of a class takes."""
    named, is_open = _constructor(kind)
    return [n for n in names if n in named or (is_open and n != "build_model")]


def check_passed_on(kind: type, names: Iterable[str]) -> None:
    """Raise a `SpaceError` where a subclass's constructor keeps a parameter to itself.

    What is not stored under its name cannot be read by `get_params`, nor set in a clone.
    """
    kept = [name for name in _constructor(kind)[0] if name not in ("build_model", *names)]
    if kept:
        raise SpaceError(
            f"The __init__ of a subclass must pass every parameter on under its own name, but "
            f"{kind.__name__} does not pass on {', '.join(map(repr, kept))}: write "
            f"super().__init__(build_model, {kept[0]}={kept[0]}), with a name of the builder's or "
            f"of training's."
        )


def check_taken(kind: type, names: Iterable[str]) -> None:
    """Raise a `SpaceError` for a name that the constructor of a class, and so a clone, lacks."""
    names = list(names)
    taken = of_constructor(kind, names)
    for name in names:
        if name not in taken:
            raise SpaceError(
                f"A hyperparameter must be one that the estimator's __init__ takes, but "
                f"{kind.__name__} takes no {name!r}: add **params to its __init__, and pass them "
                f"on to super().__init__."
            )


def of_training(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Give the training hyperparameters that a task takes, checked.

    Raises
    ------
    SpaceError
        For a value that makes no training.
    """
    training = {name: plain(settings[name]) for name in TRAINING_NAMES}
    for name, value in training.items():
        if value is not None or TRAINING[name] is not None:
            try:
                check_values(name, [value])
            except SpaceError as error:
                raise SpaceError(f"For {name!r}: {error}") from None
    return training


def _constructor(kind: type) -> tuple[list[str], bool]:
    """Give the names that a constructor takes, and whether it takes any other too."""
    parameters = inspect.signature(kind).parameters.values()
    names = [p.name for p in parameters if _is_named(p)]
    kinds = {p.kind for p in parameters}
    is_open = inspect.Parameter.VAR_KEYWORD in kinds
    if is_open and inspect.Parameter.VAR_POSITIONAL in kinds:
        names.append("build_model")
    return names, is_open


def _is_named(parameter: inspect.Parameter) -> bool:
    return parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
