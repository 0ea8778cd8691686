"""The curves panel: a metric over the epochs of every run, live."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ipywidgets
import numpy as np

from tunewidgets.snapshot import Snapshot
from tunewidgets.widgets import format as fmt
from tunewidgets.widgets.chart import Chart
from tunewidgets.widgets.commands import Select, Send, Touched
from tunewidgets.widgets.curve_data import Curve, CurveStore, metrics
from tunewidgets.widgets.highlights import Highlights
from tunewidgets.widgets.limits import Limits, epoch_limits, value_limits
from tunewidgets.widgets.markup import heading, line, show, unseen
from tunewidgets.widgets.names import Names

FIRST = "Press Train these values to fit a first model: its curve grows here."
NOTHING_YET = "No epoch has ended yet: the curve begins after the first one."
NO_RUNS = "This study has no runs."


class Curves:
    """The panel with the chart.

    Parameters
    ----------
    highlights
        Which trials stand out, in which colour.
    send
        Raises commands.
    """

    def __init__(self, highlights: Highlights, send: Send) -> None:
        self._highlights = highlights
        self._send = send
        self._store = CurveStore()
        self._chart = Chart()
        self._limits: tuple[Any, Limits | None, Limits | None] = (None, None, None)
        self._drawn: dict[str, Any] = {}
        self._ends: dict[str, tuple[Curve, ...]] = {"calm": (), "bright": ()}
        self._make_head()
        self._empty = ipywidgets.HTML()
        self._empty.add_class("tw-empty")
        area = ipywidgets.Box([self._chart.figure, self._empty])
        area.add_class("tw-chart")
        self.widget = ipywidgets.VBox([self._head, area])
        self.widget.add_class("tw-card")
        self.widget.add_class("tw-curves")
        for kind, mark in (("calm", self._chart.calm_ends), ("bright", self._chart.bright_ends)):
            mark.on_element_click(lambda _, content, kind=kind: self._press(kind, content))

    def _make_head(self) -> None:
        title = heading("Curves")
        self._metric = ipywidgets.Dropdown(options=[""], tooltip="What the curves show")
        self._scale = ipywidgets.ToggleButtons(
            options=["linear", "log"], tooltips=["Linear axis", "Logarithmic axis"]
        )
        self._folds = ipywidgets.ToggleButtons(
            options=[("each fold", False), ("band", True)],
            tooltips=["One line a fold", "Mean of the folds, and the span between them"],
        )
        named = [
            unseen("metric", self._metric),
            unseen("folds", self._folds),
            unseen("axis", self._scale),
        ]
        self._head = ipywidgets.Box([title, *named, Names()])
        self._head.add_class("tw-curves-head")
        for widget in (self._metric, self._scale, self._folds):
            widget.observe(lambda _: self._send(Touched()), names="value")

    def render(self, snapshot: Snapshot) -> None:
        """Send the marks that changed."""
        self._offer(metrics(snapshot))
        show(self._folds, any(trial.folds for trial in snapshot.trials))
        metric, is_log = self._metric.value, self._scale.value == "log"
        as_band = bool(self._folds.value)
        curves = self._store.curves(snapshot, metric, as_band)
        self._render_axes(curves, metric, is_log, snapshot.best)
        colours = self._highlights.colours
        calm = [c for c in curves if c.is_finished and c.trial not in colours]
        bright = [c for c in curves if c.trial in colours or not c.is_finished]
        # The best is drawn last, on top.
        bright.sort(key=lambda curve: curve.trial == snapshot.best)
        view = (metric, is_log, as_band)
        if self._changed("calm", (view, [c.mark for c in calm])):
            self._chart.show_calm(calm)
            self._ends["calm"] = tuple(calm)
        shades = [colours.get(c.trial, "gray") for c in bright]
        if self._changed("bright", (view, [(c.mark, c.name) for c in bright], shades)):
            self._chart.show_bright(bright, shades)
            self._ends["bright"] = tuple(bright)
        best = self._best(snapshot, bright, metric)
        if self._changed("best", (view, best, self._limits[1])):
            self._chart.show_best(*best)
        words = "" if curves else _first_words(snapshot)
        self._empty.value = line(words)
        show(self._empty, bool(words))
        if words:
            self._chart.figure.add_class("tw-blank")
        else:
            self._chart.figure.remove_class("tw-blank")

    def _offer(self, keys: list[str]) -> None:
        if list(self._metric.options) != keys:
            chosen = self._metric.value
            self._metric.options = keys
            self._metric.value = chosen if chosen in keys else keys[0]

    def _render_axes(
        self, curves: Sequence[Curve], metric: str, is_log: bool, best: int | None
    ) -> None:
        view, epochs, values = self._limits
        if view != (metric, is_log):
            values = None
        epochs = epoch_limits(curves, epochs)
        values = value_limits(curves, is_log, values, best)
        self._limits = ((metric, is_log), epochs, values)
        if self._changed("axes", self._limits):
            self._chart.show_axes(epochs, values, is_log, metric)

    def _best(
        self, snapshot: Snapshot, bright: Sequence[Curve], metric: str
    ) -> tuple[float, float, str]:
        trial = None if snapshot.best is None else snapshot.trial(snapshot.best)
        own = [curve for curve in bright if curve.trial == snapshot.best]
        if trial is None or trial.value is None or not own:
            return 0.0, 0.0, ""
        curve = own[-1]
        at = len(curve.y) - 1
        if metric == snapshot.objective and len(own) == 1:
            # The value belongs to the weights kept, which may be those of an earlier epoch.
            off = np.abs(np.nan_to_num(curve.y, nan=np.inf) - trial.value)
            at = len(off) - 1 - int(np.argmin(off[::-1]))
        return float(at + 1), float(curve.y[at]), f"#{trial.number}\u2002{fmt.number(trial.value)}"

    def _changed(self, what: str, state: Any) -> bool:
        is_new: bool = self._drawn.get(what) != state
        self._drawn[what] = state
        return is_new

    def _press(self, kind: str, content: dict[str, Any]) -> None:
        curves, index = self._ends[kind], content["data"]["index"]
        if index < len(curves):
            number, selected = curves[index].trial, self._highlights.selected
            rest = tuple(n for n in selected if n != number)
            self._send(Select(rest if number in selected else (*selected, number)))


def _first_words(snapshot: Snapshot) -> str:
    if snapshot.n_running or snapshot.n_waiting:
        return NOTHING_YET
    return NO_RUNS if snapshot.cannot_train else FIRST
