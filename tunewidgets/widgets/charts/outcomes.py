"""The trials as points: what each came to, in the form that the charts need.

A record of a trial is replaced when it changes, so a point is made once a record.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tunewidgets import format as fmt
from tunewidgets.retelling import retold
from tunewidgets.snapshot import Snapshot
from tunewidgets.trial import Params, State, Trial
from tunewidgets.widgets.limits import Limits, padded, typical
from tunewidgets.widgets.state_words import state_word


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What a trial came to.

    Attributes
    ----------
    number
        Of the trial.
    params
        Its hyperparameters.
    state
        Where it stands.
    value
        Finite, or None where there is none.
    has_failed
        Whether it will never have a value: failed, or no number.
    name
        What the tooltip says.
    """

    number: int
    params: Params
    state: State
    value: float | None
    has_failed: bool
    name: str


class OutcomeStore:
    """Makes outcomes from snapshots, and keeps those of records that have not changed."""

    def __init__(self) -> None:
        self._kept: dict[int, tuple[Trial, Outcome]] = {}

    def outcomes(self, snapshot: Snapshot) -> list[Outcome]:
        """Give one outcome a trial, in order of number."""
        found = []
        for trial in snapshot.trials:
            known, outcome = self._kept.get(trial.number, (None, None))
            if known is not trial or outcome is None:
                outcome = _outcome(trial, outcome, snapshot.objective)
                self._kept[trial.number] = (trial, outcome)
            found.append(outcome)
        return found


def _outcome(trial: Trial, before: Outcome | None, objective: str) -> Outcome:
    state = trial.state
    if before is not None and before.state is state and not state.is_finished:
        return before  # an epoch more, which no chart of trials shows
    value = trial.value
    known = value if value is not None and math.isfinite(value) else None
    has_failed = state is State.FAILED or (value is not None and known is None)
    told = state_word(state) if value is None else f"{objective} {fmt.number(value)}"
    if value is None and trial.error:
        told = f"{told}: {retold(trial.error)}"
    name = " · ".join([f"#{trial.number}", fmt.params(trial.params), told])
    return Outcome(trial.number, trial.params, state, known, has_failed, name)


def valued(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Give those that have a value."""
    return [outcome for outcome in outcomes if outcome.value is not None]


def robust_limits(values: Sequence[float], best: float | None) -> Limits:
    """Give an axis on which outliers do not press the others flat; the best is always on it."""
    if not values:
        return 0.0, 1.0
    low, high = typical([(value, value) for value in values])
    if best is not None:
        low, high = min(low, best), max(high, best)
    return padded(low, high, log=False)


def varied(outcomes: Sequence[Outcome], names: Sequence[str]) -> list[str]:
    """List the hyperparameters of the space, and others in which the trials differ."""
    seen: dict[str, set[Any]] = {}
    for outcome in outcomes:
        for name, value in outcome.params.items():
            seen.setdefault(name, set()).add(repr(value))
    others = [name for name, values in seen.items() if name not in names and len(values) > 1]
    return [*(name for name in names if name in seen), *others]
