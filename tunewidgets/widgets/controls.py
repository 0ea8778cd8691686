"""The controls: a strip a hyperparameter, the training settings, and the Train button.

The strips are those of the present level. Going to another one makes those anew whose range is
another there; they keep their pins, and their values as far as they lie in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ipywidgets
import numpy as np

from tunewidgets import format as fmt
from tunewidgets.distributions import Categorical
from tunewidgets.language import later
from tunewidgets.language import translate as tr
from tunewidgets.retelling import retold
from tunewidgets.snapshot import Snapshot
from tunewidgets.space import SearchSpace
from tunewidgets.trial import State, Trial
from tunewidgets.widgets.closing import close_tree
from tunewidgets.widgets.commands import Bounds, Send, Train
from tunewidgets.widgets.control import Control, mark
from tunewidgets.widgets.corrections import Corrections
from tunewidgets.widgets.highlights import Highlights
from tunewidgets.widgets.markup import Kind, heading, line, show
from tunewidgets.widgets.names import Names
from tunewidgets.widgets.settings import Settings
from tunewidgets.widgets.state_words import state_word
from tunewidgets.widgets.strip_chart import Mask
from tunewidgets.widgets.strip_data import Points, PointStore

TRAIN_TOOLTIP = later("Fit one model with the values shown")


class Controls:
    """The panel of hyperparameters.

    Parameters
    ----------
    space
        A strip for each of its names.
    settings
        The study's fixed training settings.
    highlights
        Which trials stand out, in which colour.
    send
        Raises commands.
    """

    def __init__(
        self,
        space: SearchSpace,
        settings: Mapping[str, Any],
        highlights: Highlights,
        send: Send,
    ) -> None:
        self._send = send
        self._highlights = highlights
        self._store = PointStore()
        self._n_valued = 0
        self._ranges: dict[str, Bounds] = {}
        self._controls = {
            name: Control(name, distribution, space.start[name], send)
            for name, distribution in space.items()
        }
        self._settings = Settings(settings, tuple(space), send)
        self._asked: int | None = None
        self._words: tuple[str, Kind] = ("", "quiet")
        self._train = ipywidgets.Button(
            description=tr("Train these values"), button_style="primary", tooltip=tr(TRAIN_TOOLTIP)
        )
        self._train.add_class("tw-primary")
        self._train.on_click(lambda _: self._press())
        self._answer = ipywidgets.HTML()
        self._answer.add_class("tw-answer")
        self._hint = ipywidgets.HTML()
        self._hint.add_class("tw-hint")
        # The strips scroll on a page of their own, and Train stays in sight beneath them.
        self._strips = ipywidgets.VBox([self._hint, *self._groups(space)])
        self._strips.add_class("tw-strips")
        train = ipywidgets.VBox([self._train, self._answer, Names(), Corrections()])
        train.add_class("tw-train")
        self.widget = ipywidgets.VBox([self._strips, train])
        self.widget.add_class("tw-card")
        self.widget.add_class("tw-controls")

    def _groups(self, space: SearchSpace) -> list[ipywidgets.Box]:
        model = [self._controls[name].widget for name in space.model_names]
        training = [self._controls[name].widget for name in space.training_names]
        if self._settings.names:
            training.append(self._settings.widget)
        groups = []
        for words, members in ((tr("Model"), model), (tr("Training"), training)):
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
    def n_valued(self) -> int:
        """How many trials had a value when the strips were last drawn."""
        return self._n_valued

    @property
    def zoom(self) -> dict[str, Bounds]:
        """The ranges that another level can have: at least two numbers, or a choice."""
        return {
            name: bounds
            for name, bounds in self._open_bounds().items()
            if len(bounds) > 1 or isinstance(self._controls[name].distribution, Categorical)
        }

    def brush(self, bounds: Mapping[str, Bounds]) -> None:
        """Show these ranges, and all of the others."""
        for name, control in self._controls.items():
            control.bounds = bounds.get(name)

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
        self._asked, self._words = (
            None,
            (tr("These are the values of #{number}", number=trial.number), "quiet"),
        )

    def put(self, name: str, value: Any) -> None:
        """Show a value of one hyperparameter."""
        self._controls[name].value = value

    def say(self, sentence: str, kind: Kind = "quiet") -> None:
        """Answer a press in words, at once."""
        self._asked, self._words = None, (sentence, kind)
        self._answer.value = line(sentence, kind)

    def asked(self, trial: Trial) -> None:
        """Follow a trial that was just asked for."""
        self._asked = trial.number

    def sync(self, snapshot: Snapshot) -> None:
        """Bring the strips into step with the level and with their brushes.

        What is newly brushed is selected, and so stands out on all charts: do this before the
        highlights are brought up to date.
        """
        if snapshot.levels:
            self._go_to(snapshot.levels[snapshot.level - 1].space)
        for control in self._controls.values():
            control.sync()
        points, ranges = self._store.points(snapshot), self._open_bounds()
        self._n_valued = len(points.numbers)
        if ranges != self._ranges:
            self._ranges = ranges
            within = zip(points.numbers, self._inside(points), strict=True)
            self._highlights.select(tuple(n for n, is_in in within if is_in and ranges))

    def _inside(self, points: Points) -> Mask:
        inside: Mask = np.ones(len(points.numbers), bool)
        for control in self._controls.values():
            inside &= control.covers(points)
        return inside

    def render(self, snapshot: Snapshot) -> None:
        """Grey what cannot be pressed and tell what became of the last press."""
        self.sync(snapshot)
        self._render_strips(snapshot)
        cannot = snapshot.cannot_train or ""
        reason = tr(cannot)
        self._train.disabled = bool(reason)
        self._train.tooltip = reason or tr(TRAIN_TOOLTIP)
        trial = None if self._asked is None else snapshot.trial(self._asked)
        sentence, kind = self._words if trial is None else _told(trial, snapshot)
        self._answer.value = line(reason or sentence, "quiet" if reason else kind)

    def _go_to(self, space: SearchSpace) -> None:
        """Make the strips anew whose range is another at the present level."""
        successors: dict[ipywidgets.Widget, ipywidgets.Widget] = {}
        for name, old in self._controls.items():
            distribution = space[name]
            if distribution == old.distribution:
                continue
            value = old.value
            if not (old.is_pinned or distribution.contains(value)):
                value = distribution.nearest(value)
            new = Control(name, distribution, value, self._send, is_pinned=old.is_pinned)
            self._controls = self._controls | {name: new}
            successors[old.widget] = new.widget
        for box in self._strips.children:
            parts = getattr(box, "children", ())
            if not successors.keys().isdisjoint(parts):
                # Once, as a page takes its time to make the views of a change.
                box.children = [successors.get(part, part) for part in parts]
        close_tree(*successors)

    def _render_strips(self, snapshot: Snapshot) -> None:
        points = self._store.points(snapshot)
        inside = self._inside(points)
        for control in self._controls.values():
            control.render(points, inside, self._highlights)
        has_charts = bool(snapshot.trials)
        mark(self.widget, "tw-charted", has_charts)
        self._hint.value = line(_hint(snapshot)) if has_charts else ""
        show(self._hint, has_charts)

    def _press(self) -> None:
        self._send(Train(self.values))


def _hint(snapshot: Snapshot) -> str:
    lower = tr("{metric} of each trial, lower is better", metric=snapshot.objective)
    higher = tr("{metric} of each trial, higher is better", metric=snapshot.objective)
    return lower if snapshot.direction == "minimize" else higher


def _told(trial: Trial, snapshot: Snapshot) -> tuple[str, Kind]:
    name = f"#{trial.number}"
    match trial.state:
        case State.WAITING:
            return tr("Queued as {trial}", trial=name), "busy"
        case State.RUNNING:
            if not trial.epochs:
                return tr("Training {trial}", trial=name), "busy"
            return tr("Training {trial}, epoch {epoch}", trial=name, epoch=trial.epochs), "busy"
        case State.FAILED:
            why = retold(trial.error or "") or tr("no reason given")
            return tr("{trial} failed: {why}", trial=name, why=why), "error"
        case State.COMPLETE if trial.value is not None:
            told = f"{name}: {snapshot.objective} {fmt.number(trial.value)}"
            is_best = snapshot.best == trial.number
            return tr("{result}, the best so far", result=told) if is_best else told, "quiet"
        case state:
            return f"{name} {state_word(state)}", "quiet"
