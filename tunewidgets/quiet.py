"""Optuna, kept quiet: it announces every study that is made, and warns of what it calls new."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tunewidgets.snapshot import Direction

if TYPE_CHECKING:
    import optuna


@contextmanager
def no_experiments() -> Iterator[None]:
    """Silence that something of Optuna's is experimental: versions differ in what they call so."""
    from optuna.exceptions import ExperimentalWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        yield


def optuna_study(
    name: str | None = None,
    direction: Direction = "minimize",
    pruner: optuna.pruners.BasePruner | None = None,
) -> optuna.Study:
    """Make an Optuna study in memory.

    Its sampler draws at random, so that asking for a trial costs nothing.
    """
    import optuna

    verbosity = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        return optuna.create_study(
            study_name=name,
            direction=direction,
            sampler=optuna.samplers.RandomSampler(seed=0),
            pruner=pruner or optuna.pruners.NopPruner(),
        )
    finally:
        optuna.logging.set_verbosity(verbosity)
