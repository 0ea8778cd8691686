"""The run list: every trial a row, ranked; where runs are selected, stopped and reused."""

from __future__ import annotations

import math
from typing import Any

from tunewidgets import format as fmt
from tunewidgets.language import translate as tr
from tunewidgets.retelling import retold
from tunewidgets.snapshot import Snapshot
from tunewidgets.space import SearchSpace
from tunewidgets.trial import PERSON, State, Trial
from tunewidgets.widgets.commands import PageHere, Select, Send, StopTrial, UseValues
from tunewidgets.widgets.highlights import Highlights
from tunewidgets.widgets.inputs import in_powers
from tunewidgets.widgets.state_words import state_word
from tunewidgets.widgets.table import Row, RunTable


class Leaderboard:
    """The panel with the table.

    Parameters
    ----------
    space
        Its hyperparameters are columns.
    highlights
        Which trials are selected, and the colours of those that stand out.
    send
        Raises commands.
    """

    def __init__(self, space: SearchSpace, highlights: Highlights, send: Send) -> None:
        self._names = tuple(space)
        self._powers = frozenset(name for name in space if in_powers(space[name]))
        self._highlights = highlights
        self._send = send
        self._snapshot: Snapshot | None = None
        self._seen: tuple[Trial, ...] = ()
        self._ranking: tuple[int, ...] = ()
        self._ranks: dict[int, int] = {}
        self._rows: list[Row] = []
        self.widget = RunTable(self._hear)
        self.widget.add_class("tw-card")
        self.widget.add_class("tw-runs")

    def render(self, snapshot: Snapshot) -> None:
        """Send the rows that changed."""
        self._snapshot = snapshot
        if len(snapshot.trials) != len(self._seen) or not self.widget.columns:
            self._render_heads(snapshot)
        self._render_rows(snapshot)
        colours = {str(number): c for number, c in self._highlights.colours.items()}
        if self.widget.colours != colours:
            self.widget.colours = colours
        if self.widget.selected != list(self._highlights.selected):
            self.widget.selected = list(self._highlights.selected)

    def _render_heads(self, snapshot: Snapshot) -> None:
        """Send the column heads; a trial may bring a name or another kind of value."""
        extra = (name for trial in snapshot.trials for name in trial.params)
        names = tuple(dict.fromkeys([*self._names, *extra]))
        if names != self._names:
            self._names, self._seen = names, ()
        heads = columns(names, snapshot)
        if self.widget.columns != heads:
            self.widget.columns = heads

    def _render_rows(self, snapshot: Snapshot) -> None:
        # The study replaces a record when it changes, so the same record is the same row, but
        # for its rank.
        before, ranks = self._seen, self._ranks
        if snapshot.ranking is not self._ranking:
            self._ranking = snapshot.ranking
            self._ranks = {number: rank for rank, number in enumerate(snapshot.ranking, 1)}
        for i, trial in enumerate(snapshot.trials):
            rank = self._ranks.get(i)
            if i >= len(before) or before[i] is not trial:
                self._rows[i : i + 1] = [row(trial, self._names, rank, self._powers)]
            elif ranks.get(i) != rank:
                self._rows[i] = _ranked(self._rows[i], rank)
        self._seen = snapshot.trials
        self.widget.patch(self._rows)

    def _hear(self, content: dict[str, Any]) -> None:
        match content:
            case {"kind": "select", "numbers": list(numbers)}:
                self._send(Select(tuple(int(n) for n in numbers)))
            case {"kind": "use", "number": int(number)}:
                self._send(UseValues(number))
            case {"kind": "stop", "numbers": list(numbers)}:
                for number in numbers:
                    self._send(StopTrial(int(number)))
            case {"kind": "why", "number": int(number)}:
                self._tell_why(number)
            case {"kind": "here"}:
                self._send(PageHere())

    def _tell_why(self, number: int) -> None:
        trial = None if self._snapshot is None else self._snapshot.trial(number)
        if trial is not None:
            traceback = next((run.traceback for run in trial.runs if run.traceback), "")
            self.widget.send(
                {
                    "kind": "why",
                    "number": number,
                    "error": retold(trial.error or "") or tr("No reason was given."),
                    "traceback": traceback,
                }
            )


def columns(names: tuple[str, ...], snapshot: Snapshot) -> list[dict[str, Any]]:
    """Write the column heads."""
    smaller, larger = tr("The objective: smaller is better"), tr("The objective: larger is better")
    better = smaller if snapshot.direction == "minimize" else larger
    heads = [
        ("rank", tr("rank"), tr("Place among the complete trials"), True),
        ("number", "#", tr("Number of the trial"), True),
        ("state", tr("state"), tr("Where it stands"), False),
        *((f"params_{name}", name, name, _is_numeric(name, snapshot)) for name in names),
        ("value", snapshot.objective, better, True),
        ("epochs", tr("trained"), tr("Epochs trained, over all folds"), True),
        ("seconds", tr("time"), tr("Building and fitting, over all folds"), True),
        ("origin", tr("from"), tr("Who asked for it"), False),
    ]
    return [
        {"key": key, "label": label, "title": title, "numeric": numeric}
        for key, label, title, numeric in heads
    ]


def _is_numeric(name: str, snapshot: Snapshot) -> bool:
    values = [trial.params[name] for trial in snapshot.trials if name in trial.params]
    return all(isinstance(v, int | float) and not isinstance(v, bool) for v in values)


def row(
    trial: Trial, names: tuple[str, ...], rank: int | None, powers: frozenset[str] = frozenset()
) -> Row:
    """Write a trial as the page's row; the values of `powers` with their power of ten.

    Returns
    -------
    dict
        ``number``, ``state``, ``fails`` (it has an error to tell), ``cells`` (what each column
        says) and ``keys`` (what each column sorts by: a number, text, or None for last).
    """
    value, origin = trial.value, tr("you") if trial.origin == PERSON else trial.origin
    pairs = [
        _place(rank),
        (trial.number, str(trial.number)),
        (_ORDER[trial.state], state_word(trial.state)),
        *((_key(trial.params.get(name)), _told(trial, name, powers)) for name in names),
        (_key(value), fmt.NOTHING if value is None else fmt.number(value, pad=True)),
        (trial.epochs, str(trial.epochs) if trial.epochs else ""),
        (trial.seconds, fmt.seconds(trial.seconds) if trial.seconds else ""),
        (origin, origin),
    ]  # fmt: skip
    return {
        "number": trial.number,
        "state": str(trial.state),
        "fails": trial.error is not None,
        "keys": [key for key, _ in pairs],
        "cells": [cell for _, cell in pairs],
    }


def _place(rank: int | None) -> tuple[int | None, str]:
    return rank, "" if rank is None else str(rank)


def _ranked(old: Row, rank: int | None) -> Row:
    """Give a row another rank: a new best trial moves all the others."""
    key, cell = _place(rank)
    return {**old, "keys": [key, *old["keys"][1:]], "cells": [cell, *old["cells"][1:]]}


_ORDER = {
    State.RUNNING: 0,
    State.COMPLETE: 1,
    State.WAITING: 2,
    State.PRUNED: 3,
    State.STOPPED: 4,
    State.FAILED: 5,
}


def _told(trial: Trial, name: str, powers: frozenset[str]) -> str:
    return fmt.text(trial.params[name], powers=name in powers) if name in trial.params else ""


def _key(value: Any) -> float | str | None:
    if isinstance(value, int | float):
        return float(value) if math.isfinite(value) else None
    return None if value is None else str(value)
