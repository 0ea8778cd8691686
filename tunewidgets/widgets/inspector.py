"""The inspector: how the selected run went, or how several compare, and what to try next.

Nothing selected means the best trial. Its widgets are made once; findings have a few rows that
are filled and hidden, so that nothing is made or thrown away while runs go on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ipywidgets

from tunewidgets.analysis import Finding, diagnose
from tunewidgets.analysis.finding import Kind
from tunewidgets.language import later
from tunewidgets.language import translate as tr
from tunewidgets.snapshot import Snapshot
from tunewidgets.space import SearchSpace
from tunewidgets.trial import IMPORTED, Trial
from tunewidgets.widgets import inspector_parts as parts
from tunewidgets.widgets.commands import MoreEpochs, Send, TryValues
from tunewidgets.widgets.compare import comparison
from tunewidgets.widgets.corrections import Corrections
from tunewidgets.widgets.highlights import Highlights
from tunewidgets.widgets.markup import field, heading, line, show
from tunewidgets.widgets.theme import CALM

EMPTY = later(
    "Train something, then select a run in the list to see how it went, or two to compare them."
)
MOST_FINDINGS = 3
SET_TOOLTIP = later("Set the controls so; nothing is trained yet")
MORE_TOOLTIP = later("Go on with this run's weights and optimizer")


class Inspector:
    """The panel about what is selected.

    Parameters
    ----------
    space
        Its hyperparameters are those that a finding may suggest to change.
    settings
        The study's fixed training settings.
    highlights
        Which trials are selected, and their colours.
    send
        Raises commands.
    """

    def __init__(
        self, space: SearchSpace, settings: Mapping[str, Any], highlights: Highlights, send: Send
    ) -> None:
        self._space = space
        self._settings = settings
        self._highlights = highlights
        self._drawn: tuple[Any, ...] = ()
        self._title, self._pictures, self._facts = (ipywidgets.HTML() for _ in range(3))
        self._folds, self._model, self._error, self._side = (ipywidgets.HTML() for _ in range(4))
        self._warning = ipywidgets.HTML()
        self._findings = [_FindingRow(send) for _ in range(MOST_FINDINGS)]
        self._more = _MoreRow(send)
        body = ipywidgets.Box([self._pictures, ipywidgets.VBox([self._facts, self._model])])
        body.add_class("tw-inspector-body")
        self._one = ipywidgets.VBox(
            [
                self._error,
                self._warning,
                *(row.widget for row in self._findings),
                body,
                self._folds,
                self._more.widget,
            ]
        )
        self.widget = ipywidgets.VBox(
            [heading(tr("Inspector")), self._title, self._one, self._side, Corrections()]
        )
        self.widget.add_class("tw-card")
        self.widget.add_class("tw-inspector")

    def render(self, snapshot: Snapshot) -> None:
        """Show the selected trials, or the best one."""
        numbers = self._highlights.selected or (() if snapshot.best is None else (snapshot.best,))
        trials = [trial for n in numbers if (trial := snapshot.trial(n)) is not None]
        colours = [self._highlights.colours.get(trial.number, CALM) for trial in trials]
        drawn = (snapshot.best, len(snapshot.ranking), colours, trials)
        # The study replaces a record when it changes, so the same records say the same.
        is_same = self._drawn[:3] == drawn[:3] and _are_same(self._drawn[3], trials)
        if is_same:
            return
        self._drawn = drawn
        show(self._one, len(trials) == 1)
        show(self._side, len(trials) > 1)
        if not trials:
            self._title.value = line(tr(EMPTY))
        elif len(trials) == 1:
            self._render_one(trials[0], snapshot, colours[0])
        else:
            self._title.value = ""
            self._side.value = comparison(
                trials, snapshot, self._settings, self._highlights.colours, CALM
            )

    def _render_one(self, trial: Trial, snapshot: Snapshot, colour: str) -> None:
        self._title.value = parts.title(trial, snapshot, colour)
        self._pictures.value = parts.pictures(trial, snapshot.objective, colour)
        self._facts.value = parts.facts(trial, self._settings)
        self._folds.value = parts.folds(trial, snapshot.objective)
        self._model.value = parts.model(trial)
        self._error.value = parts.error(trial)
        self._warning.value = parts.warning(trial)
        for widget in (self._pictures, self._folds, self._model, self._error, self._warning):
            show(widget, bool(widget.value))
        levels = snapshot.levels
        space = levels[snapshot.level - 1].space if levels else self._space
        self._more.render(trial)
        found = diagnose(trial, space, self._settings, snapshot.objective, snapshot.direction)
        for i, row in enumerate(self._findings):
            row.render(trial.number, found[i] if i < len(found) else None)


class _MoreRow:
    """Has the trial train on for some epochs, from where its runs were."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._number: int | None = None
        self._epochs = ipywidgets.BoundedIntText(value=50, min=1, max=1_000_000)
        self._button = ipywidgets.Button(description=tr("Train on"), tooltip=tr(MORE_TOOLTIP))
        self._button.add_class("tw-second")
        self._button.on_click(lambda _: self._press())
        words = tr("How many epochs the button adds")
        self.widget = ipywidgets.Box([field(tr("more epochs"), self._epochs, words), self._button])
        self.widget.add_class("tw-more")

    def render(self, trial: Trial) -> None:
        """Show the control for a trial that has ended, and was trained here."""
        self._number = trial.number
        was_trained = trial.epochs > 0 and trial.origin != IMPORTED
        show(self.widget, trial.state.is_finished and was_trained)

    def _press(self) -> None:
        if self._number is not None:
            self._send(MoreEpochs(self._number, int(self._epochs.value)))


class _FindingRow:
    """One thing that the curves show, with a button that sets the controls to what it suggests."""

    def __init__(self, send: Send) -> None:
        self._command: TryValues | MoreEpochs | None = None
        self._send = send
        self._words = ipywidgets.HTML()
        self._button = ipywidgets.Button(tooltip=tr(SET_TOOLTIP))
        self._button.add_class("tw-small")
        self._button.add_class("tw-second")
        self._button.on_click(lambda _: self._press())
        self.widget = ipywidgets.Box([self._words, self._button])
        self.widget.add_class("tw-finding")

    def render(self, number: int, finding: Finding | None) -> None:
        """Show a finding, or nothing."""
        show(self.widget, finding is not None)
        if finding is None:
            return
        self._words.value = line(finding.words) + line(
            tr("Seen in: {evidence}", evidence=finding.evidence.words)
        )
        if finding.kind is Kind.STILL_IMPROVING:  # better than to begin anew with more epochs
            more = MoreEpochs(number, max(1, finding.evidence.epochs[1] // 2))
            self._offer(more, tr("{n} more epochs", n=more.epochs), tr(MORE_TOOLTIP))
        elif finding.suggestion and finding.button:
            self._offer(
                TryValues(number, dict(finding.suggestion)), finding.button, tr(SET_TOOLTIP)
            )
        else:
            show(self._button, False)

    def _offer(self, command: TryValues | MoreEpochs, words: str, tooltip: str) -> None:
        self._command = command
        self._button.description, self._button.tooltip = words, tooltip
        show(self._button, True)

    def _press(self) -> None:
        if self._command is not None:
            self._send(self._command)


def _are_same(before: list[Trial], now: list[Trial]) -> bool:
    return len(before) == len(now) and all(a is b for a, b in zip(before, now, strict=True))
