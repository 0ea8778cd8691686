"""The training hyperparameters: which there are, and what each may be.

They belong to the fit and not to the model, so a study can tune them whatever the builder is. A
builder that takes one of these names gets it itself, and the fit then goes without.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from tunewidgets.distributions import Categorical, Distribution, Float, Int
from tunewidgets.errors import SpaceError
from tunewidgets.retelling import stated
from tunewidgets.values import is_integer

SCHEDULES = ("constant", "step", "cosine")
"""How the learning rate goes on after the warm-up, over the epochs of a run."""

_LEAST = {"epochs": 1, "batch_size": 1, "patience": 1, "warmup_epochs": 0}
_CHOICES: dict[str, tuple[Any, ...]] = {"restore_best": (False, True), "schedule": SCHEDULES}

TRAINING_NAMES = (*_LEAST, *_CHOICES)
"""Hyperparameters of training; those that the builder takes go to the builder all the same."""

NEUTRAL = {"warmup_epochs": 0, "restore_best": False, "schedule": "constant"}
"""What is the same as leaving a training hyperparameter out."""


def least(name: str) -> int:
    """Give the smallest value of a training hyperparameter that is a whole number."""
    return _LEAST[name]


def choices(name: str) -> tuple[Any, ...] | None:
    """Give what a training hyperparameter can be, or None where it is a whole number."""
    return _CHOICES.get(name)


def check_values(name: str, values: Iterable[Any]) -> None:
    """Raise a `SpaceError` for a value that makes no training."""
    for value in values:
        if name in _CHOICES:
            # By identity of type too, since 1 == True.
            if not any(type(value) is type(c) and value == c for c in _CHOICES[name]):
                told = ", ".join(map(repr, _CHOICES[name]))
                raise SpaceError(
                    stated(
                        "Values must be among {told}, but got {value}: choose one.",
                        told=told,
                        value=repr(value),
                    )
                )
        elif not is_integer(value) or value < _LEAST[name]:
            raise SpaceError(
                stated(
                    "Values must be integers from {least} up, but got {value}: choose another.",
                    least=_LEAST[name],
                    value=repr(value),
                )
            )


def check_distribution(name: str, distribution: Distribution) -> None:
    """Raise a `SpaceError` for a distribution that gives such a value."""
    match distribution:
        case Categorical(choices=values):
            check_values(name, values)
        case Int(low=low) | Float(low=low) if name in _CHOICES:
            check_values(name, [low])
        case Int(low=low):
            check_values(name, [low])
        case Float(low=low, high=high):
            raise SpaceError(
                f"Values must be integers, but got real numbers from {low} to {high}: "
                f"write ({math.ceil(low)}, {math.floor(high)})."
            )
