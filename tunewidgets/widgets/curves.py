"""The curves panel: a metric over the epochs of every run, live."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import ipywidgets
import numpy as np

from tunewidgets import format as fmt
from tunewidgets.language import later
from tunewidgets.language import translate as tr
from tunewidgets.snapshot import Snapshot
from tunewidgets.widgets.chart import Chart
from tunewidgets.widgets.charts.card import Card
from tunewidgets.widgets.charts.growing import Growing
from tunewidgets.widgets.commands import Select, Send
from tunewidgets.widgets.curve_data import Curve, CurveStore, MetricKeys, View, partner_of
from tunewidgets.widgets.curve_table import epochs_table, runs_table
from tunewidgets.widgets.highlights import Highlights
from tunewidgets.widgets.limits import Limits, epoch_limits, time_limits, value_limits
from tunewidgets.widgets.markup import show
from tunewidgets.widgets.theme import CALM

FIRST = later("Press Train these values to fit a first model: its curve grows here.")
NOTHING_YET = later("No epoch has ended yet: the curve begins after the first one.")
NO_RUNS = later("This study has no runs.")


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
        self._keys = MetricKeys()
        self._calm: Growing[Curve] = Growing()
        self._chart = Chart(self._press)
        self._limits: tuple[View | None, Limits | None, Limits | None] = (None, None, None)
        self._drawn: dict[str, Any] = {}
        self._make_fields()
        fields = [
            (later("metric"), self._metric),
            (later("training and validation"), self._both),
            (later("folds"), self._folds),
            (later("along"), self._along),
            (later("axis"), self._scale),
            (later("smoothing"), self._smoothing),
        ]
        self._card = Card(later("Curves"), self._chart.figure, fields, send)
        self.widget = self._card.widget
        self.widget.add_class("tw-curves")

    def _make_fields(self) -> None:
        self._metric = ipywidgets.Dropdown(options=[""], tooltip=tr("What the curves show"))
        self._both = ipywidgets.ToggleButtons(
            options=[(tr("single"), False), (tr("train & val"), True)],
            tooltips=[
                tr("This metric alone"),
                tr("On validation data, and dashed on training data"),
            ],
        )
        self._scale = ipywidgets.ToggleButtons(
            options=[tr("linear"), tr("log")],
            tooltips=[tr("Linear axis"), tr("Logarithmic axis")],
        )
        self._along = ipywidgets.ToggleButtons(
            options=[tr("epoch"), tr("time")],
            tooltips=[tr("Over the epochs"), tr("Over the seconds of the run")],
        )
        self._folds = ipywidgets.ToggleButtons(
            options=[(tr("each fold"), False), (tr("band"), True)],
            tooltips=[tr("One line a fold"), tr("Mean of the folds, and the span between them")],
        )
        self._smoothing = ipywidgets.Dropdown(
            options=[(tr("as it is"), 0.0), (tr("smooth"), 0.6), (tr("smoother"), 0.9)],
            tooltip=tr("A running mean; what it is made of stays in sight, faint"),
        )

    def render(self, snapshot: Snapshot) -> None:
        """Send the marks that changed."""
        view = self._view(snapshot)
        curves = self._store.curves(snapshot, view)
        self._render_axes(curves, view, snapshot.best)
        self._render_calm(curves)
        bright = self._render_bright(curves, snapshot.best)
        self._render_diverged(curves)
        best = self._best(snapshot, bright, view)
        if self._changed("best", (best, self._limits)):
            self._chart.show_best(*best)
        self._card.say("" if curves else _first_words(snapshot))
        self._card.twin.render(
            (view, self._highlights.selected, [curve.is_finished for curve in curves]),
            lambda: runs_table(snapshot, view.metric),
            lambda: epochs_table(snapshot),
        )

    def _view(self, snapshot: Snapshot) -> View:
        keys = self._keys.list(snapshot)
        if list(self._metric.options) != keys:
            chosen = self._metric.value
            self._metric.options = keys
            self._metric.value = chosen if chosen in keys else keys[0]
        metric = self._metric.value
        partner = partner_of(metric, keys)
        show(self._both, partner is not None)
        show(self._folds, any(trial.folds for trial in snapshot.trials))
        if partner is None or not self._both.value:
            partner = None
            self._card.note("")
        else:
            # Training is the dashed one, whichever was chosen.
            partner, metric = sorted((metric, partner), key=lambda key: key.startswith("val_"))
            legend = tr("{solid} solid, {dashed} dashed", solid=metric, dashed=partner)
            self._card.note(f'<span class="tw-quiet">{escape(legend)}</span>')
        return View(
            metric, partner, self._along.index == 1, self._scale.index == 1,
            bool(self._folds.value), float(self._smoothing.value),
        )  # fmt: skip

    def _render_axes(self, curves: Sequence[Curve], view: View, best: int | None) -> None:
        before, x, values = self._limits
        if before is None or before.by_time != view.by_time:
            x = None
        if before is None or (before.metric, before.is_log) != (view.metric, view.is_log):
            values = None
        x = (time_limits if view.by_time else epoch_limits)(curves, x)
        values = value_limits(curves, view.is_log, values, best)
        self._limits = (view, x, values)
        if self._changed("axes", self._limits):
            self._chart.show_axes(x, values, view)

    def _render_calm(self, curves: Sequence[Curve]) -> None:
        settled, late = self._calm.update({c.key: c for c in curves if c.is_finished})
        pixel = self._chart.pixel
        is_finer = self._changed("pixel", pixel)
        if settled or is_finer:
            self._chart.settled.show(list(self._calm.settled.values()), pixel)
        if late or is_finer:
            self._chart.late.show(list(self._calm.late.values()), pixel)

    def _render_bright(self, curves: Sequence[Curve], best: int | None) -> list[Curve]:
        colours = self._highlights.colours
        bright = [c for c in curves if c.trial in colours or not c.is_finished]
        bright.sort(key=lambda curve: curve.trial == best)  # on top
        crowd = self._highlights.crowd
        many = [c for c in bright if c.is_finished and c.trial in crowd]
        pixel = self._chart.pixel
        if self._changed("crowd", (many, pixel)):
            self._chart.crowd.show(many, pixel)
        chosen = [c for c in bright if c.is_finished and c.trial not in crowd]
        live = [c for c in bright if not c.is_finished]
        for name, layer, some in (
            ("chosen", self._chart.chosen, chosen),
            ("live", self._chart.live, live),
        ):
            shades = [colours.get(c.trial, CALM) for c in some]
            if self._changed(name, (some, shades, pixel)):
                layer.show(some, shades, pixel)
        return bright

    def _render_diverged(self, curves: Sequence[Curve]) -> None:
        gone = [curve for curve in curves if curve.diverged is not None]
        colours = [self._highlights.colours.get(curve.trial, CALM) for curve in gone]
        if self._changed("diverged", (gone, colours, self._limits)):
            self._chart.show_diverged(gone, colours)

    def _best(
        self, snapshot: Snapshot, bright: Sequence[Curve], view: View
    ) -> tuple[float, float, str]:
        trial = None if snapshot.best is None else snapshot.trial(snapshot.best)
        own = [curve for curve in bright if curve.trial == snapshot.best]
        if trial is None or trial.value is None or not own:
            return 0.0, 0.0, ""
        curve = own[-1]
        at = len(curve.y) - 1
        if view.metric == snapshot.objective and len(own) == 1:
            # The value belongs to the weights kept, which may be those of an earlier epoch.
            history = np.asarray(trial.runs[0].history[view.metric], np.float64)
            off = np.abs(np.nan_to_num(history[: len(curve.y)], nan=np.inf) - trial.value)
            at = len(off) - 1 - int(np.argmin(off[::-1]))
        words = f"#{trial.number}\u2002{fmt.number(trial.value)}"
        return float(curve.x[at]), float(curve.y[at]), words

    def _changed(self, what: str, state: Any) -> bool:
        is_new: bool = self._drawn.get(what) != state
        self._drawn[what] = state
        return is_new

    def _press(self, number: int) -> None:
        self._send(Select(self._highlights.toggled(number)))


def _first_words(snapshot: Snapshot) -> str:
    if snapshot.n_running or snapshot.n_waiting:
        return tr(NOTHING_YET)
    return tr(NO_RUNS if snapshot.cannot_train else FIRST)
