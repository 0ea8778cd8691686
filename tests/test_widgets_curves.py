"""The panels that show runs: arrays, limits and rows made from snapshots by hand."""

from __future__ import annotations

import math
from itertools import pairwise

import bqplot
import ipywidgets
import numpy as np
import pytest

from tests.lab_helpers import SPACE, no_widget_outlives_a_test, snapshot, trial, words
from tunewidgets.space import SearchSpace
from tunewidgets.trial import State
from tunewidgets.widgets.closing import tree
from tunewidgets.widgets.curve_data import CurveStore, bands, joined, stacked
from tunewidgets.widgets.curves import Curves
from tunewidgets.widgets.highlights import Highlights
from tunewidgets.widgets.leaderboard import Leaderboard
from tunewidgets.widgets.limits import epoch_limits, even_ticks, log_ticks, value_limits
from tunewidgets.widgets.theme import ACCENT

__all__ = ["no_widget_outlives_a_test"]


class TestHighlights:
    def test_colour_stays_while_it_stands_out(self):
        highlights = Highlights()
        running = [trial(n, [[1.0]], State.RUNNING) for n in range(3)]
        highlights.update(snapshot(*running))
        colours = dict(highlights.colours)
        assert len(set(colours.values())) == 3
        highlights.select((2,))
        finished = [trial(0, [[0.5]]), trial(1, [[0.9]]), trial(2, [[0.7]])]
        highlights.update(snapshot(*finished))
        assert highlights.colours == {0: ACCENT, 2: colours[2]}

    def test_one_accent_only(self):
        highlights = Highlights()
        highlights.select((0, 1))
        highlights.update(snapshot(trial(0, [[0.5]]), trial(1, [[0.9]])))
        highlights.update(snapshot(trial(0, [[0.5]]), trial(1, [[0.9]]), trial(2, [[0.1]])))
        assert [n for n, colour in highlights.colours.items() if colour == ACCENT] == [2]


class TestCurveData:
    def curves(self, *trials, as_band=False):
        return CurveStore().curves(snapshot(*trials), "val_loss", as_band)

    def test_joined_breaks_between_runs(self):
        x, y = joined(self.curves(trial(0, [[3.0, 2.0]]), trial(1, [[1.0]])))
        np.testing.assert_array_equal(x, [1, 2, np.nan, 1])
        np.testing.assert_array_equal(y, [3, 2, np.nan, 1])
        assert x.dtype == y.dtype == np.float32

    def test_stacked_stands_still(self):
        x, y = stacked(self.curves(trial(0, [[3.0, 2.0, 1.0]]), trial(1, [[5.0]])))
        np.testing.assert_array_equal(x, [[1, 2, 3], [1, 1, 1]])
        np.testing.assert_array_equal(y, [[3, 2, 1], [5, 5, 5]])

    def test_band_is_mean_and_span_of_the_folds_there(self):
        (curve,) = self.curves(trial(0, [[4.0, 2.0, 9.0], [2.0, math.nan]], folds=2), as_band=True)
        np.testing.assert_array_equal(curve.y, [3, 2, 9])
        np.testing.assert_array_equal(curve.low, [2, 2, 9])
        np.testing.assert_array_equal(curve.high, [4, 2, 9])
        x, y = bands([curve])
        np.testing.assert_array_equal(x, [[1, 2, 3, 3, 2, 1]])
        np.testing.assert_array_equal(y, [[4, 2, 9, 9, 2, 2]])

    def test_tooltip_names_the_run(self):
        first, second = self.curves(trial(12, [[0.4], [0.304]], folds=2, n_hidden=2))
        assert first.name == "#12 fold 1 · n_hidden 2 · val_loss 0.4"
        assert second.name == "#12 fold 2 · n_hidden 2 · val_loss 0.304"

    def test_finished_curves_are_made_once(self):
        store, seen = CurveStore(), snapshot(trial(0, [[1.0]]), trial(1, [[1.0]], State.RUNNING))
        first, second = (store.curves(seen, "val_loss", False) for _ in range(2))
        assert first[0] is second[0]
        assert first[1] is not second[1]


class TestLimits:
    def curves(self, *rows):
        trials = [trial(n, [row]) for n, row in enumerate(rows)]
        return CurveStore().curves(snapshot(*trials), "val_loss", False)

    @pytest.mark.parametrize("is_log", [False, True])
    def test_diverged_run_leaves_the_chart(self, is_log):
        calm = [1.0, 0.5, 0.4]
        low, high = value_limits(self.curves(calm, [1.0, 1e8, math.inf], calm), is_log, None)
        assert low < 0.4
        assert 1 < high < 20

    def test_best_stays_in_view_among_many_that_are_stuck(self):
        stuck = [[0.1, 0.1]] * 9
        low, high = value_limits(self.curves(*stuck, [0.1, 0.99]), False, None, best=9)
        assert low < 0.1
        assert high > 0.99

    def test_lone_spike_leaves_the_chart(self):
        row = [1e6, *np.linspace(0.5, 0.3, 99)]
        assert value_limits(self.curves(row), False, None)[1] < 2

    def test_holds_still_until_it_must_move(self):
        before = value_limits(self.curves([1.0, 0.2]), False, None)
        assert value_limits(self.curves([1.0, 0.25, 0.3]), False, before) == before
        assert value_limits(self.curves([1.0, 0.05]), False, before) != before

    @pytest.mark.parametrize("rows", [[], [[math.nan]], [[0.0]], [[-1.0, -2.0]], [[5.0, 5.0]]])
    @pytest.mark.parametrize("is_log", [False, True])
    def test_always_a_proper_interval(self, rows, is_log):
        low, high = value_limits(self.curves(*rows), is_log, None)
        assert math.isfinite(low)
        assert math.isfinite(high)
        assert low < high
        assert low > 0 or not is_log

    def test_epochs_grow_by_round_steps(self):
        assert epoch_limits(self.curves([1.0] * 12), None) == (1, 15)
        assert epoch_limits(self.curves([1.0] * 1501), None) == (1, 2000)
        assert epoch_limits(self.curves([1.0] * 13), (1, 15)) == (1, 15)

    @pytest.mark.parametrize("limits", [(0.3, 1.9), (0.5, 0.52), (1e-9, 1e9), (9.9, 10.1)])
    def test_ticks_are_round_and_few(self, limits):
        for ticks in (log_ticks(limits), even_ticks(*limits)):
            assert 2 <= len(ticks) <= 10
            assert all(limits[0] <= a < b <= limits[1] for a, b in pairwise(ticks))


class TestCurves:
    def marks(self, panel):
        figure = next(w for w in tree(panel.widget) if isinstance(w, bqplot.Figure))
        return figure, [m for m in figure.marks if isinstance(m, bqplot.Lines)]

    def render(self, *trials, select=()):
        highlights = Highlights()
        highlights.select(select)
        panel = Curves(highlights, lambda _: None)
        seen = snapshot(*trials)
        highlights.update(seen)
        panel.render(seen)
        return panel, highlights

    def test_finished_mark_is_sent_only_when_a_run_ends(self):
        done = [trial(0, [[1.0, 0.5]]), trial(1, [[1.0, 0.6]])]
        panel, highlights = self.render(*done, trial(2, [[2.0]], State.RUNNING))
        _, (_, calm, bright) = self.marks(panel)
        before, live = calm.y, bright.y
        seen = snapshot(*done, trial(2, [[2.0, 1.5]], State.RUNNING))
        highlights.update(seen)
        panel.render(seen)
        assert calm.y is before
        assert bright.y is not live
        assert calm.y.dtype == bright.y.dtype == np.float32

    def test_log_axis_breaks_at_what_it_cannot_show(self):
        panel, _ = self.render(trial(0, [[1.0, 0.0, 0.1]]), trial(1, [[-1.0, 10.0]]))
        scale = next(
            w for w in tree(panel.widget)
            if isinstance(w, ipywidgets.ToggleButtons) and "log" in w.options
        )  # fmt: skip
        scale.value = "log"
        panel.render(snapshot(trial(0, [[1.0, 0.0, 0.1]]), trial(1, [[-1.0, 10.0]])))
        _, (_, calm, _) = self.marks(panel)
        np.testing.assert_allclose(calm.y, [np.nan, 1])

    def test_says_what_to_do_first(self):
        panel, _ = self.render()
        assert "Press Train these values" in words(panel.widget)

    def test_one_epoch_of_one_run(self):
        panel, _ = self.render(trial(0, [[1.0]], State.RUNNING))
        _, (_, _, bright) = self.marks(panel)
        np.testing.assert_array_equal(bright.y, [1, 1])


class TestLeaderboard:
    def board(self):
        def build(n_neurons=30, learning_rate=3e-3):
            """Take two hyperparameters."""

        return Leaderboard(SearchSpace.read(SPACE, build), Highlights(), lambda _: None)

    def test_rows_say_everything(self):
        board = self.board()
        board.render(snapshot(trial(0, [[0.5]], n_neurons=7, learning_rate=3e-3)))
        labels = [column["label"] for column in board.widget.columns]
        assert labels == [
            "rank", "#", "state", "n_neurons", "learning_rate", "val_loss", "trained", "time",
            "from",
        ]  # fmt: skip
        (row,) = board.widget.rows
        assert row["cells"] == ["1", "0", "complete", "7", "3.00e-3", "0.5000", "1", "", "you"]

    def test_only_changed_rows_travel_and_the_state_is_whole(self):
        board = self.board()
        trials = [trial(n, [[1.0 + n]]) for n in range(1000)]
        board.render(snapshot(*trials))
        kept, revision = list(board.widget.rows), board.widget.content["revision"]
        trials.append(trial(1000, [[]], State.RUNNING))
        board.render(snapshot(*trials))
        state = board.widget.get_state("content")["content"]
        assert state["revision"] == revision + 1
        assert len(state["rows"]) == 1001
        assert all(a is b for a, b in zip(kept, state["rows"], strict=False))
        board.render(snapshot(*trials))
        assert board.widget.content["revision"] == revision + 1

    def test_nan_is_no_json(self):
        board = self.board()
        board.render(snapshot(trial(0, [[math.nan]], n_neurons=math.inf)))
        (row,) = board.widget.rows
        assert row["keys"][5] is None
        assert row["cells"][5] == "NaN"
