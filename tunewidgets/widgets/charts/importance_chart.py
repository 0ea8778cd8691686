"""How much each hyperparameter mattered, as bars.

Working that out takes a moment, so a thread of its own does it, and only while the chart is
shown and other trials have come to a value since.
"""

from __future__ import annotations

import threading
from html import escape
from typing import Any

import bqplot
import numpy as np

from tunewidgets.analysis import Importance, importance
from tunewidgets.analysis.importance import LEAST_TRIALS
from tunewidgets.language import later
from tunewidgets.language import translate as tr
from tunewidgets.snapshot import Snapshot
from tunewidgets.space import SearchSpace
from tunewidgets.trial import State
from tunewidgets.widgets.charts.axes import show_ticks
from tunewidgets.widgets.charts.card import AXIS, PASSIVE, Card, figure
from tunewidgets.widgets.charts.table import Table
from tunewidgets.widgets.commands import Send, Touched
from tunewidgets.widgets.limits import even_ticks
from tunewidgets.widgets.sending import set_traits
from tunewidgets.widgets.theme import CALM, TEXT

FIRST = later("With some more finished trials, this shows which hyperparameters mattered.")
WORKING = later("Working out which hyperparameters mattered.")
MARGIN = {"top": 14, "bottom": 42, "left": 150, "right": 60}


class ImportanceChart:
    """The panel with the chart.

    Parameters
    ----------
    space
        Of the hyperparameters.
    send
        Raises commands.
    """

    def __init__(self, space: SearchSpace, send: Send) -> None:
        self._space = space
        self._send = send
        self._asked = (0, 1)
        self._found: tuple[Importance | None, str] = (None, "")
        self._drawn: Any = None
        self._worker: threading.Thread | None = None
        self._share = bqplot.LinearScale(min=0.0, max=1.0)
        self._row = bqplot.LinearScale(min=-0.5, max=0.5)
        both: dict[str, Any] = {"x": self._share, "y": self._row}
        self._bars = bqplot.Lines(
            x=[], y=[], colors=[CALM], stroke_width=18, scales=both, **PASSIVE
        )
        self._words = bqplot.Label(
            x=[], y=[], text=[], colors=[TEXT], default_size=12, x_offset=8, y_offset=0,
            font_weight="normal", apply_clip=False, scales=both, **PASSIVE,
        )  # fmt: skip
        self._x_axis = bqplot.Axis(
            scale=self._share, label=tr("share of what sets the best apart"), grid_lines="none",
            label_offset="34px", **AXIS,
        )  # fmt: skip
        self._y_axis = bqplot.Axis(scale=self._row, side="left", grid_lines="none", **AXIS)
        chart = figure([self._bars, self._words], [self._x_axis, self._y_axis], MARGIN)
        self._card = Card(later("Importance"), chart, [], send)
        self.widget = self._card.widget

    def render(self, snapshot: Snapshot) -> None:
        """Draw what is known, and have it worked out anew where that is due."""
        n_complete = sum(trial.state is State.COMPLETE for trial in snapshot.trials)
        if (n_complete, snapshot.level) != self._asked and not self._is_busy():
            self._asked = (n_complete, snapshot.level)
            self._work_out(snapshot)
        found, trouble = self._found
        if found is not self._drawn:
            self._drawn = found
            if found is not None:
                self._draw(found)
        words = WORKING if self._is_busy() and n_complete >= LEAST_TRIALS else FIRST
        self._card.say(trouble or ("" if found is not None else tr(words)))
        self._card.twin.render(found, lambda: _table(found))

    def close(self) -> None:
        """Wait for what is being worked out."""
        if self._worker is not None:
            self._worker.join()

    def _is_busy(self) -> bool:
        return self._worker is not None and self._worker.is_alive()

    def _work_out(self, snapshot: Snapshot) -> None:
        self._worker = threading.Thread(
            target=self._run, args=(snapshot,), name="tunewidgets-importance", daemon=True
        )
        self._worker.start()

    def _run(self, snapshot: Snapshot) -> None:
        try:
            space = snapshot.trail[-1].space if snapshot.levels else self._space
            found = importance(snapshot.trials, space, snapshot.direction)
        except Exception as error:  # of the evaluators, on trials that nobody foresaw
            told = f"{type(error).__name__}: {error}"
            self._found = (None, tr("This could not be worked out: {error}", error=told))
        else:
            self._found = (found, "")
        self._send(Touched())

    def _draw(self, found: Importance) -> None:
        shares = sorted(found.shares.items(), key=lambda pair: pair[1])
        n = len(shares)
        values = np.array([share for _, share in shares], np.float32)
        rows = np.arange(n, dtype=np.float32)
        x, y = np.stack([np.zeros_like(values), values], 1), np.stack([rows, rows], 1)
        set_traits(self._bars, x=x, y=y, colors=[CALM] * n)
        set_traits(self._words, x=values, y=rows, text=[f"{share:.0%}" for share in values])
        show_ticks(self._y_axis, rows.tolist(), [name for name, _ in shares])
        set_traits(self._row, min=-0.6, max=n - 0.4)
        widest = max(0.1, float(values.max()) * 1.05)
        set_traits(self._share, min=0.0, max=widest)
        ticks = even_ticks(0.0, widest)
        show_ticks(self._x_axis, ticks, [f"{tick:.0%}" for tick in ticks])
        kind = "tw-uncertain" if found.is_uncertain else "tw-quiet"
        self._card.note(f'<span class="{kind}">{escape(found.words)}</span>')


def _table(found: Importance | None) -> Table:
    shares = {} if found is None else found.shares
    rows = tuple(sorted(shares.items(), key=lambda pair: -pair[1]))
    caption = tr("Importance") if found is None else found.words
    return Table(caption, (tr("hyperparameter"), tr("share")), rows)
