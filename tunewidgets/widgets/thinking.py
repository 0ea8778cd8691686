"""The panel that shows a model think: its prediction on the data, as it learns."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from html import escape
from typing import Any

import ipywidgets
import traitlets

from tunewidgets.exports.landscape import VIRIDIS
from tunewidgets.language import later
from tunewidgets.language import translate as tr
from tunewidgets.scene import Scene
from tunewidgets.snapshot import Snapshot
from tunewidgets.trial import Run, State, Trial
from tunewidgets.widgets.charts.card import Card
from tunewidgets.widgets.commands import Send
from tunewidgets.widgets.highlights import Highlights
from tunewidgets.widgets.markup import show
from tunewidgets.widgets.scripted import Scripted, script
from tunewidgets.widgets.sending import set_traits
from tunewidgets.widgets.theme import PALETTE, TEXT
from tunewidgets.widgets.thinking_data import picture, sentence, table

FIRST = later("Select a run, or train one: what its model predicts is drawn here as it learns.")
HOLD_S = 1.0
"""With nothing selected, a running trial is looked at for so long before the next one."""

LATEST = -1

CLASSES = tuple(PALETTE[i] for i in (0, 4, 1, 2, 3, 5))
"""Colours that two classes, or three, are told apart by best come first."""


class Canvas(Scripted):
    """Draws pictures, see `tunewidgets.widgets.thinking_data`."""

    _esm = script("thinking.js")

    view = traitlets.Dict().tag(sync=True)
    """The shape of it."""

    points = traitlets.Bytes().tag(sync=True)
    """The data's."""

    values = traitlets.Bytes().tag(sync=True)
    """What the model predicts."""

    words = traitlets.Unicode().tag(sync=True)
    """The picture in a sentence."""

    colour = traitlets.Unicode(TEXT).tag(sync=True)
    """Of the run: as everywhere."""

    colours = traitlets.List(traitlets.Unicode(), list(CLASSES)).tag(sync=True)
    """Of classes."""

    ramp = traitlets.List(traitlets.Unicode(), list(VIRIDIS)).tag(sync=True)
    """Of a quantity, from low to high."""


class Thinking:
    """The panel with the picture.

    Parameters
    ----------
    highlights
        Which trials are selected, and in which colour.
    send
        Raises commands.
    clock
        Gives seconds.
    """

    def __init__(
        self, highlights: Highlights, send: Send, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._highlights = highlights
        self._gaze = Gaze(clock)
        self._drawn: Any = ()
        self._canvas = Canvas()
        self._canvas.add_class("tw-figure")
        self._canvas.add_class("tw-thinking")
        self._fold = ipywidgets.Dropdown(
            options=[(tr("latest fold"), LATEST)], tooltip=tr("Which fold")
        )
        self._card = Card(later("Prediction"), self._canvas, [(later("fold"), self._fold)], send)
        self.widget = self._card.widget

    def render(self, snapshot: Snapshot) -> None:
        """Send what changed of the picture."""
        scene = snapshot.scene
        if scene is None:
            return
        trial = self._gaze.trial(snapshot, self._highlights.selected)
        self._offer_folds(trial)
        run = None if trial is None else self._run(trial, scene)
        thought = None if run is None else run.thought
        words = tr(FIRST) if trial is None or run is None else sentence(scene, run, trial.folds)
        colour = TEXT if run is None else self._highlights.colours.get(run.trial, TEXT)
        state = (scene, thought, words, colour)
        if state != self._drawn:
            self._drawn = state
            made = picture(scene, thought)
            set_traits(self._canvas, view=made.view, points=made.points, values=made.values,
                        words=words, colour=colour)  # fmt: skip
            is_drawn = bool(made.values)
            self._card.say("" if is_drawn else words)
            self._card.note(f'<span class="tw-quiet">{escape(words)}</span>' if is_drawn else "")
        self._card.twin.render(
            (thought, words),
            lambda: table(scene, thought, words, coarse=True),
            lambda: table(scene, thought, words, coarse=False),
        )

    def _offer_folds(self, trial: Trial | None) -> None:
        folds = 0 if trial is None else trial.folds or 0
        offered = [
            (tr("latest fold"), LATEST),
            *((tr("fold {n}", n=i + 1), i) for i in range(folds)),
        ]
        if list(self._fold.options) != offered:
            chosen = self._fold.value
            self._fold.options = offered
            self._fold.value = chosen if chosen < folds else LATEST
        show(self._fold, folds > 0)

    def _run(self, trial: Trial, scene: Scene) -> Run:
        """Give the fold that is asked for; its thought only where that is of such data."""
        if trial.folds and self._fold.value != LATEST:
            run = trial.runs[self._fold.value]
        else:
            run = latest(trial.runs)
        return run if fits(run, scene) else Run(run.trial, run.index, run.seed, run.fold)


class Gaze:
    """Chooses the trial to look at: the selected one, else one that runs, else the best.

    Parameters
    ----------
    clock
        Gives seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._number = LATEST
        self._since = -HOLD_S

    def trial(self, snapshot: Snapshot, selected: Sequence[int]) -> Trial | None:
        """Give the trial, or None where none has anything to show."""
        for number in reversed(selected):
            if (trial := snapshot.trial(number)) is not None:
                return trial
        running = [
            trial.number
            for trial in snapshot.trials
            if trial.state is State.RUNNING and thinks(trial)
        ]
        if running:
            if self._number not in running and self._clock() >= self._since + HOLD_S:
                self._number, self._since = running[0], self._clock()
            return snapshot.trial(self._number)
        self._number = LATEST
        best = None if snapshot.best is None else snapshot.trial(snapshot.best)
        if best is not None and thinks(best):
            return best
        return next((trial for trial in reversed(snapshot.trials) if thinks(trial)), best)


def thinks(trial: Trial) -> bool:
    """Whether any of a trial's runs has told what its model predicts."""
    return any(run.thought is not None for run in trial.runs)


def fits(run: Run, scene: Scene) -> bool:
    """Whether a run was of data with as many columns as these."""
    return run.thought is None or len(run.thought.grid.spans) == len(scene.names)


def latest(runs: Sequence[Run]) -> Run:
    """Give the run that goes on, else the last one that has told anything."""
    having = [run for run in runs if run.thought is not None]
    going = [run for run in having if run.state is State.RUNNING]
    return (going or having or list(runs))[-1]
