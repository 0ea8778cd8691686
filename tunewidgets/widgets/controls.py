"""The controls: a strip a hyperparameter, the training settings, and the Train button."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ipywidgets

from tunewidgets.snapshot import Snapshot
from tunewidgets.space import SearchSpace
from tunewidgets.trial import State, Trial
from tunewidgets.widgets import format as fmt
from tunewidgets.widgets.commands import Bounds, Send, Train
from tunewidgets.widgets.control import Control
from tunewidgets.widgets.markup import Kind, heading, line, show
from tunewidgets.widgets.names import Names
from tunewidgets.widgets.settings import Settings

TRAIN_TOOLTIP = "Fit one model with the values shown"


class Controls:
    """The panel of hyperparameters.

    Parameters
    ----------
    space
        A strip for each of its names.
    settings
        The study's fixed training settings.
    send
        Raises commands.
    """

    def __init__(self, space: SearchSpace, settings: Mapping[str, Any], send: Send) -> None:
        self._send = send
        self._controls = {
            name: Control(name, distribution, space.start[name], send)
            for name, distribution in space.items()
        }
        self._settings = Settings(settings, tuple(space), send)
        self._asked: int | None = None
        self._words: tuple[str, Kind] = ("", "quiet")
        self._train = ipywidgets.Button(
            description="Train these values", button_style="primary", tooltip=TRAIN_TOOLTIP
        )
        self._train.add_class("tw-primary")
        self._train.on_click(lambda _: self._press())
        self._answer = ipywidgets.HTML()
        self._answer.add_class("tw-answer")
        self.widget = ipywidgets.VBox(
            [*self._groups(space), ipywidgets.VBox([self._train, self._answer, Names()])]
        )
        self.widget.children[-1].add_class("tw-train")
        self.widget.add_class("tw-card")
        self.widget.add_class("tw-controls")

    def _groups(self, space: SearchSpace) -> list[ipywidgets.DOMWidget]:
        model = [self._controls[name].widget for name in space.model_names]
        training = [self._controls[name].widget for name in space.training_names]
        if self._settings.names:
            training.append(self._settings.widget)
        groups = []
        for words, members in (("Model", model), ("Training", training)):
            if members:
                group = ipywidgets.VBox([heading(words), *members])
                group.add_class("tw-group")
                groups.append(group)
        return groups

    @property
    def values(self) -> dict[str, Any]:
        """Every value shown that a trial has to be told."""
        return {name: c.value for name, c in self._controls.items()} | self._settings.changed

    @property
    def pins(self) -> dict[str, Any]:
        """What a search keeps: pinned values, and ranges closed to one value."""
        pinned = {name: c.value for name, c in self._controls.items() if c.is_pinned}
        closed = {name: b[0] for name, b in self._open_bounds().items() if len(b) == 1}
        return pinned | closed

    @property
    def bounds(self) -> dict[str, Bounds]:
        """What a search uses of each hyperparameter that is neither pinned nor whole."""
        pins = self.pins
        return {name: b for name, b in self._open_bounds().items() if name not in pins}

    @property
    def fixed(self) -> dict[str, Any]:
        """Training settings that a search's trials share."""
        return self._settings.changed

    def _open_bounds(self) -> dict[str, Bounds]:
        found = {name: c.bounds for name, c in self._controls.items() if not c.is_pinned}
        return {name: bounds for name, bounds in found.items() if bounds is not None}

    def use(self, trial: Trial) -> None:
        """Show a trial's values."""
        for name, control in self._controls.items():
            if name in trial.params:
                control.value = trial.params[name]
        self._settings.write(trial.params)
        self._asked, self._words = None, (f"These are the values of #{trial.number}", "quiet")

    def say(self, sentence: str, kind: Kind = "quiet") -> None:
        """Answer a press in words, at once."""
        self._asked, self._words = None, (sentence, kind)
        self._answer.value = line(sentence, kind)

    def asked(self, trial: Trial) -> None:
        """Follow a trial that was just asked for."""
        self._asked = trial.number

    def render(self, snapshot: Snapshot) -> None:
        """Grey what cannot be pressed and tell what became of the last press."""
        for control in self._controls.values():
            control.render()
        reason = snapshot.cannot_train
        self._train.disabled = reason is not None
        self._train.tooltip = reason or TRAIN_TOOLTIP
        trial = None if self._asked is None else snapshot.trial(self._asked)
        sentence, kind = self._words if trial is None else _told(trial, snapshot)
        self._answer.value = line(reason or sentence, "quiet" if reason else kind)
        show(self._answer, bool(reason or sentence))

    def _press(self) -> None:
        self._send(Train(self.values))


def _told(trial: Trial, snapshot: Snapshot) -> tuple[str, Kind]:
    name = f"#{trial.number}"
    match trial.state:
        case State.WAITING:
            return f"Queued as {name}", "busy"
        case State.RUNNING:
            epochs = f", epoch {trial.epochs}" if trial.epochs else ""
            return f"Training {name}{epochs}", "busy"
        case State.FAILED:
            return f"{name} failed: {trial.error or 'no reason given'}", "error"
        case State.COMPLETE if trial.value is not None:
            best = ", the best so far" if snapshot.best == trial.number else ""
            return f"{name}: {snapshot.objective} {fmt.number(trial.value)}{best}", "quiet"
        case state:
            return f"{name} {state}", "quiet"
