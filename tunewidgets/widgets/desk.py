"""A study's desk: its panels, the loop that draws them, and what becomes of a command.

Every Lab of a study is a layout around the same desk, so labs in several cells show the same
slider values, selection and curves without any linking.
"""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Protocol

import ipywidgets

from tunewidgets import format as fmt
from tunewidgets.errors import StudyError, TuneError
from tunewidgets.language import current, later, speaking
from tunewidgets.language import translate as tr
from tunewidgets.retelling import retold
from tunewidgets.sweeping import steps_of
from tunewidgets.widgets.audience import Audience, cells
from tunewidgets.widgets.charts import (
    Growth,
    HeatMap,
    ImportanceChart,
    Parallel,
    RangeChart,
    ValueHistory,
)
from tunewidgets.widgets.charts.outcomes import OutcomeStore
from tunewidgets.widgets.charts.range_chart import rate_name
from tunewidgets.widgets.closing import close_tree, tree
from tunewidgets.widgets.commands import (
    Bounds,
    Command,
    ContinueUnfinished,
    Export,
    Exported,
    FindRate,
    GoTo,
    Missed,
    MoreEpochs,
    PageHere,
    PauseSearch,
    ResizeSearch,
    ResumeSearch,
    Select,
    SetValue,
    StartSearch,
    StartSweep,
    StopAll,
    StopSearch,
    StopTrial,
    Suggest,
    Touched,
    Train,
    TryValues,
    UseValues,
    Zoom,
)
from tunewidgets.widgets.controls import Controls
from tunewidgets.widgets.curves import Curves
from tunewidgets.widgets.exporting import Exporter
from tunewidgets.widgets.highlights import Highlights
from tunewidgets.widgets.inspector import Inspector
from tunewidgets.widgets.leaderboard import Leaderboard
from tunewidgets.widgets.loop import Loop
from tunewidgets.widgets.markup import line
from tunewidgets.widgets.moments import Moments
from tunewidgets.widgets.routes import free
from tunewidgets.widgets.search_box import SearchBox
from tunewidgets.widgets.sending import Drawings
from tunewidgets.widgets.status import Status
from tunewidgets.widgets.tabs import Tabs
from tunewidgets.widgets.takeaway import TakeAway
from tunewidgets.widgets.thinking import Thinking
from tunewidgets.widgets.trail import Trail

if TYPE_CHECKING:
    from tunewidgets.requests import Forecast
    from tunewidgets.search import Search
    from tunewidgets.snapshot import Snapshot
    from tunewidgets.space import SearchSpace
    from tunewidgets.study import Study


class Panel(Protocol):
    """Shows a part of a study."""

    def render(self, snapshot: Snapshot) -> None:
        """Bring its own widgets up to date, in the lab's thread."""


class Desk:
    """Panels and loop of one study.

    Parameters
    ----------
    study
        Shown and commanded.
    """

    def __init__(self, study: Study) -> None:
        self._study = study
        self._highlights = Highlights()
        self._moments = Moments(study.snapshot)
        self._loop = Loop(self._handle, self._render, self._refresh, self._fault, self._is_watched)
        send = self._loop.send
        # First, as anywidget gives a model two seconds to begin, and a page that opens is busy.
        self._drawings = Drawings(lambda: send(Missed()))
        self.status = Status(send)
        self.controls = Controls(study.space, study.settings, self._highlights, send)
        self.trail = Trail(self.controls, send)
        self.search_box = SearchBox(self.controls, self._plan, send)
        self.curves = Curves(self._highlights, send)
        self.leaderboard = Leaderboard(study.space, self._highlights, send)
        outcomes = OutcomeStore()
        self._rate = rate_name(study.space)
        has_scene = study.snapshot().scene is not None
        chart = outcomes, self._highlights, send
        thinking = (later("Prediction"), partial(Thinking, self._highlights, send))
        self.tabs = Tabs(
            [
                (later("Runs"), lambda: self.leaderboard),
                *([thinking] if has_scene else []),
                (later("Values"), partial(ValueHistory, *chart)),
                (later("Parameters"), partial(Parallel, study.space, *chart)),
                (later("Heat map"), partial(HeatMap, study.space, *chart)),
                (later("Importance"), partial(ImportanceChart, study.space, send)),
                (later("Growth"), lambda: self.growth),
                *(
                    [(later("Learning rate"), lambda: self.range_chart)]
                    if self._rate is not None
                    else []
                ),
            ],
            send,
        )
        self.inspector = Inspector(study.space, study.settings, self._highlights, send)
        self.take_away = TakeAway(send)
        self._exporter = Exporter(study, send)
        self._panels = (
            self.status, self.controls, self.trail, self.search_box, self.curves, self.tabs,
            self.inspector, self.take_away,
        )  # fmt: skip
        self._added: list[Panel] = []
        self._audience = Audience(self.leaderboard.widget.ask, cells())
        self._comms: list[Any] = []
        self._shape: tuple[int, ...] = ()
        self._unsubscribe = study.subscribe(self._loop.poke)
        self._loop.start()

    @cached_property
    def range_chart(self) -> RangeChart:
        """What a learning-rate range test shows, where the space has a learning rate.

        Raises
        ------
        StudyError
            Where it has none.
        """
        if self._rate is None:
            raise StudyError(
                "A range test needs a hyperparameter named 'learning_rate' or 'lr', but the space "
                "has none: add one that the builder takes."
            )
        return RangeChart(self._study.space, self._rate, self._loop.send)

    @cached_property
    def growth(self) -> Growth:
        """The panel that starts sweeps, once it is wanted."""
        return Growth(self._study.space, self._loop.send)

    @property
    def widgets(self) -> tuple[ipywidgets.Widget, ...]:
        """The panels' widgets."""
        panels = (*self._panels, self.leaderboard)
        return (*(panel.widget for panel in panels), *self.tabs.widgets)

    def add(self, panel: Panel) -> None:
        """Draw one more panel, made elsewhere, after the others."""
        self._added.append(panel)
        self._loop.poke()

    def close(self) -> None:
        """Stop drawing and close every widget; the study goes on."""
        self._unsubscribe()
        self._exporter.close()
        self._loop.close()
        for panel in self.tabs.made.values():
            if isinstance(panel, ImportanceChart):
                panel.close()
        self._audience.close()
        close_tree(*self.widgets, self._drawings)

    def _render(self) -> None:
        self._show(self._moments.whole())

    def _refresh(self) -> None:
        if (later := self._moments.between()) is not None:
            self._show(later)

    def _show(self, snapshot: Snapshot) -> None:
        # The language is looked up once, not by word.
        with speaking(current()), self._drawings.together():
            self._render_all(snapshot)
        free(self._comms)

    def _render_all(self, snapshot: Snapshot) -> None:
        self.controls.sync(snapshot)
        self._highlights.update(snapshot)
        for panel in self._panels:
            panel.render(snapshot)
        for added in self._added:
            added.render(snapshot)
        self._audience.ask()
        # Another level has other strips, and the trail other buttons.
        shape = (snapshot.level, len(snapshot.levels), len(self.tabs.made))
        if shape != self._shape:
            self._shape = shape
            widgets = [w for w in tree(*self.widgets, self._drawings) if w.comm is not None]
            self._comms = [widget.comm for widget in widgets]
            self._drawings.carry(widgets)

    def _is_watched(self) -> bool:
        return self._audience.is_there()

    def _fault(self, error: Exception) -> None:
        told = f"{type(error).__name__}: {error}"
        sentence = tr("The lab could not draw or do this: {error}", error=told)
        self.status.blame(sentence, "".join(traceback.format_exception(error)))

    def _handle(self, command: Command) -> None:
        match command:
            case Touched():
                pass
            case PageHere():  # not when the lab is made: nobody may ever look at it
                self._audience.heard()
                with contextlib.suppress(TuneError):  # closed, or what the first run will tell
                    self._study.warm()
            case Missed():
                self._drawings.repeat()
            case Select(numbers):
                self._highlights.select(numbers)
            case UseValues(number):
                trial = self._study.snapshot().trial(number)
                if trial is not None:
                    self.controls.use(trial)
            case TryValues(number, changes):
                self._try(number, changes)
            case Export():
                self._exporter.begin(command, next(iter(self._highlights.selected), None))
            case Exported():
                self.take_away.answer(command)
            case Train(params):
                self._train(params)
            case StartSearch():
                self._search(command)
            case StartSweep():
                self._sweep(command)
            case FindRate():
                self._find_rate()
            case SetValue(name, value):
                self.controls.put(name, value)
                told = fmt.text(value)
                self.controls.say(tr("{name} is now {value}", name=name, value=told))
            case Zoom(bounds):
                self._zoom(bounds)
            case GoTo(level):
                self._go_to(level)
            case Suggest():
                self._suggest()
            case _:
                self._hold(command)

    def _try(self, number: int, changes: Mapping[str, Any]) -> None:
        trial = self._study.snapshot().trial(number)
        if trial is not None:
            self.controls.use(replace(trial, params={**trial.params, **changes}))
            told = ", ".join(f"{name} {fmt.text(value)}" for name, value in changes.items())
            self.controls.say(
                tr("The values of #{number}, but {changes}", number=number, changes=told)
            )

    def _train(self, params: Mapping[str, Any]) -> None:
        self.controls.say(tr("Queueing"), "busy")
        try:
            self.controls.asked(self._study.enqueue(params))
        except TuneError as error:
            self.controls.say(retold(str(error)), "error")

    def _search(self, asked: StartSearch) -> None:
        self.search_box.say(tr("Starting"), "busy")
        try:
            self._study.search(
                asked.sampler,
                asked.n_trials,
                cv=asked.folds,
                seed=asked.seed,
                pruner=asked.pruner,
                budget_s=asked.budget_s,
                order=asked.order,
                space=self._space(asked.bounds, asked.pins),
                fixed=asked.fixed,
            )
        except TuneError as error:
            self.search_box.say(retold(str(error)), "error")
        else:
            self.search_box.say("")

    def _sweep(self, asked: StartSweep) -> None:
        bounds = self.controls.bounds
        kept = {name: b for name, b in bounds.items() if name == asked.name}
        values = steps_of(self._study.space.narrow(**kept)[asked.name], asked.n_values)
        others = {name: v for name, v in self.controls.values.items() if name != asked.name}
        try:
            self._study.sweep(asked.name, values, repeats=asked.repeats, params=others)
        except TuneError as error:
            self.growth.say(line(retold(str(error)), "error"))
        else:
            self.growth.say("")

    def _find_rate(self) -> None:
        try:
            self._study.range_test(self.controls.values)
        except TuneError as error:
            self.range_chart.say(retold(str(error)))

    def _zoom(self, bounds: Mapping[str, Bounds]) -> None:
        asked = self.search_box.request
        try:
            self._study.zoom(**bounds)
        except TuneError as error:
            self.trail.say(retold(str(error)), "error")
        else:
            self.trail.say("")
            self._search(asked)

    def _go_to(self, level: int) -> None:
        try:
            self._study.go_to(level)
        except TuneError as error:
            self.trail.say(retold(str(error)), "error")
        else:
            self.trail.say("")

    def _suggest(self) -> None:
        region = self._study.suggest_zoom()
        if region is None:
            self.trail.say(tr("The trials so far do not differ enough to compare them."))
        else:
            self.controls.brush(region.bounds)
            self.trail.say(region.words)

    def _hold(self, command: Command) -> None:
        """Pause, go on and stop; what has ended meanwhile needs no answer."""
        try:
            match command:
                case PauseSearch(name):
                    for search in self._named(name):
                        search.pause()
                case ResumeSearch(name):
                    for search in self._named(name):
                        search.resume()
                case ResizeSearch(name, n_trials):
                    for search in self._named(name):
                        search.n_trials = n_trials
                case StopSearch(name):
                    for search in self._named(name):
                        search.stop()
                case StopTrial(number):
                    self._study.stop(number)
                case MoreEpochs(number, epochs):
                    self._study.more(number, epochs)
                case StopAll():
                    self._study.stop()
                case ContinueUnfinished():
                    self._study.resume()
        except TuneError as error:
            self.search_box.say(retold(str(error)), "error")

    def _named(self, name: str) -> list[Search]:
        return [search for search in self._study.searches if search.name == name]

    def _space(self, bounds: Mapping[str, Bounds], pins: Mapping[str, Any]) -> SearchSpace:
        return self._study.space.narrow(**bounds).pin(**pins)

    def _plan(self, asked: StartSearch) -> Forecast:
        return self._study.forecast(
            asked.sampler,
            asked.n_trials,
            cv=asked.folds,
            budget_s=asked.budget_s,
            space=self._space(asked.bounds, asked.pins),
            fixed=asked.fixed,
        )
