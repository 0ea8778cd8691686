"""The panels that show runs: arrays, limits and rows made from snapshots by hand."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import bqplot
import ipywidgets
import numpy as np
import pytest

from tests.lab_helpers import (
    SPACE,
    labelled,
    no_widget_outlives_a_test,
    snapshot,
    trial,
    words,
)
from tunewidgets.space import SearchSpace
from tunewidgets.trial import Run, State, Trial
from tunewidgets.widgets.closing import tree
from tunewidgets.widgets.curve_arrays import apart, bands, joined, stacked, thinned
from tunewidgets.widgets.curve_data import CurveStore, View, divergence, smoothed
from tunewidgets.widgets.curves import Curves
from tunewidgets.widgets.highlights import Highlights
from tunewidgets.widgets.leaderboard import Leaderboard
from tunewidgets.widgets.limits import (
    epoch_limits,
    even_ticks,
    log_ticks,
    time_limits,
    value_limits,
)
from tunewidgets.widgets.theme import ACCENT, CROWD
from tunewidgets.widgets.thinning import detail, worth

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

    def test_too_many_for_a_colour_each_share_one(self):
        highlights = Highlights()
        highlights.select(tuple(range(20)))
        trials = [trial(n, [[1.0 + n]]) for n in range(20)]
        highlights.update(snapshot(*trials, trial(20, [[1.0]], State.RUNNING)))
        assert highlights.crowd == set(range(1, 20))
        assert {highlights.colours[n] for n in highlights.crowd} == {CROWD}
        assert highlights.colours[0] == ACCENT
        assert highlights.colours[20] not in (ACCENT, CROWD)

    def test_a_press_adds_and_another_takes_away(self):
        highlights = Highlights()
        highlights.select((1, 2))
        assert highlights.toggled(3) == (1, 2, 3)
        assert highlights.toggled(1) == (2,)


class TestCurveData:
    def curves(self, *trials, **view):
        return CurveStore().curves(snapshot(*trials), View("val_loss", **view))

    def test_joined_breaks_between_runs(self):
        x, y = joined(self.curves(trial(0, [[3.0, 2.0]]), trial(1, [[1.0]])))
        np.testing.assert_array_equal(x, [1, 2, np.nan, 1])
        np.testing.assert_array_equal(y, [3, 2, np.nan, 1])
        assert x.dtype == y.dtype == np.float32

    def test_stacked_stands_still(self):
        curves = self.curves(trial(0, [[3.0, 2.0, 1.0]]), trial(1, [[5.0]]))
        x, y = stacked([curve.x for curve in curves], [curve.y for curve in curves])
        np.testing.assert_array_equal(x, [[1, 2, 3], [1, 1, 1]])
        np.testing.assert_array_equal(y, [[3, 2, 1], [5, 5, 5]])

    def test_thinned_keeps_what_could_be_seen(self):
        x = np.arange(1, 101, dtype=np.float32)
        y = np.abs(x - 40)
        kept = thinned(x, y, 1.0)
        np.testing.assert_allclose(np.interp(x, *kept), y, atol=0.5)
        assert len(kept[0]) < 20
        assert kept[0][0] == 1
        assert kept[0][-1] == 100

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
        first, second = (store.curves(seen, View("val_loss")) for _ in range(2))
        assert first[0] is second[0]
        grown = snapshot(seen.trials[0], trial(1, [[1.0, 0.9]], State.RUNNING))
        third = store.curves(grown, View("val_loss"))
        assert third[0] is first[0]
        assert len(third[1].y) == 2

    def test_time_is_spread_over_the_epochs(self):
        done = trial(0, [[3.0, 2.0]])
        done = replace(done, runs=(replace(done.runs[0], seconds=4.0),))
        (curve,) = self.curves(done, trial(1, [[1.0]]), by_time=True)  # that took no time: unknown
        np.testing.assert_array_equal(curve.x, [2, 4])

    def test_training_goes_with_validation(self):
        done = trial(0, [[3.0, 2.0]])
        run = replace(done.runs[0], history={"val_loss": (3.0, 2.0), "loss": (2.0, 1.0)})
        (curve,) = self.curves(replace(done, runs=(run,)), partner="loss")
        np.testing.assert_array_equal(curve.partner, [2, 1])

    def test_smoothing_keeps_the_raw_curve_and_starts_unbiased(self):
        (curve,) = self.curves(trial(0, [[1.0, 0.0, 1.0, 0.0]]), smoothing=0.6)
        np.testing.assert_array_equal(curve.raw, [1, 0, 1, 0])
        assert curve.y[0] == 1
        assert np.ptp(curve.y[2:]) < np.ptp(curve.raw[2:])
        steady = smoothed(np.array([2, np.nan, 2, 2], np.float32), 0.9)
        np.testing.assert_allclose(steady, [2, np.nan, 2, 2])

    @pytest.mark.parametrize(
        ("values", "epoch"),
        [
            ((1.0, 2.0, math.nan), 3),
            ((1.0, math.inf, math.inf), 2),
            ((1.0, 5.0, 1e6, 1e8), 3),
            ((0.01, 0.5, 0.99), None),  # accuracy
            ((1.0, 100.0, 0.5), None),  # it came back
            ((5.0, 4.0), None),
        ],
    )
    def test_diverged_runs_are_told(self, values, epoch):
        assert divergence(values) == epoch
        (curve,) = self.curves(trial(0, [values]))
        assert curve.diverged == epoch
        assert ("diverged at epoch" in curve.name) is (epoch is not None)


class TestThinning:
    @pytest.mark.parametrize("n", [1, 2, 3, 4, 70, 100, 129])
    def test_ends_are_kept_and_a_straight_line_is_two_points(self, n):
        details = detail(np.linspace(0, 1, n, dtype=np.float32))
        assert details.shape == (n,)
        chosen = worth(details, 1e-3, 1000)
        assert list(np.flatnonzero(chosen)) == sorted({0, n - 1})

    @pytest.mark.parametrize("n", [33, 70, 100, 1000])
    def test_what_is_left_out_is_not_seen(self, n):
        x = np.arange(n)
        y = (np.exp(-x / 20) + 0.05 * np.sin(x / 3)).astype(np.float32)
        pixel = 0.01
        kept = np.flatnonzero(worth(detail(y), pixel, 10_000))
        assert len(kept) < n
        assert np.abs(np.interp(x, kept, y[kept]) - y).max() < 2 * pixel

    def test_of_ends_that_lie_on_one_another_the_upper_one_has_a_dot(self):
        found = CurveStore().curves(
            snapshot(*(trial(n, [[1.0, end]]) for n, end in enumerate((0.5, 0.501, 0.7, 0.9)))),
            View("val_loss"),
        )
        assert [curve.trial for curve in apart(found, 0.01)] == [1, 2, 3]
        assert len(apart(found, 0.0001)) == 4

    def test_breaks_stay(self):
        y = np.zeros(50, np.float32)
        y[20] = np.nan
        kept = np.flatnonzero(worth(detail(y), 1.0, 1000))
        assert {0, 19, 20, 21, 49} <= set(kept)
        assert len(kept) < 20

    def test_the_points_that_matter_most_come_first(self):
        y = np.zeros(100, np.float32)
        y[50] = 100.0
        y += np.random.default_rng(0).normal(0, 0.1, 100).astype(np.float32)
        chosen = worth(detail(y), 1e-6, 20)
        assert chosen[50]
        assert chosen.sum() <= 21


class TestLimits:
    def curves(self, *rows, is_log=False):
        trials = [trial(n, [row]) for n, row in enumerate(rows)]
        return CurveStore().curves(snapshot(*trials), View("val_loss", is_log=is_log))

    @pytest.mark.parametrize("is_log", [False, True])
    def test_diverged_run_leaves_the_chart(self, is_log):
        calm = [1.0, 0.5, 0.4]
        curves = self.curves(calm, [1.0, 1e8, math.inf], calm, is_log=is_log)
        low, high = value_limits(curves, is_log, None)
        if is_log:
            low, high = 10**low, 10**high
        assert low < 0.4
        assert 1 < high < 20

    def test_few_runs_of_which_half_diverged(self):
        gone = [[10.0, 27.0, 1e5, 1e9], [2.0, 30.0, 1e8, 1e16]]
        curves = self.curves([0.8, 4.2, 0.5, 0.4], [2.0, 0.7, 0.6, 0.5], *gone)
        assert value_limits(curves, False, None)[1] < 6
        assert value_limits(self.curves(*gone), False, None)[1] > 10

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
        low, high = value_limits(self.curves(*rows, is_log=is_log), is_log, None)
        assert math.isfinite(low)
        assert math.isfinite(high)
        assert low < high

    def test_epochs_grow_by_round_steps(self):
        assert epoch_limits(self.curves([1.0] * 12), None) == (1, 15)
        assert epoch_limits(self.curves([1.0] * 1501), None) == (1, 2000)
        assert epoch_limits(self.curves([1.0] * 13), (1, 15)) == (1, 15)

    def test_seconds_grow_by_round_steps(self):
        done = trial(0, [[1.0, 1.0]])
        for seconds, last in ((0.37, 0.4), (7.2, 10), (1501, 2000)):
            timed = replace(done, runs=(replace(done.runs[0], seconds=seconds),))
            curves = CurveStore().curves(snapshot(timed), View("val_loss", by_time=True))
            assert time_limits(curves, None) == (0, last)

    @pytest.mark.parametrize("limits", [(0.3, 1.9), (0.5, 0.52), (1e-9, 1e9), (9.9, 10.1)])
    def test_ticks_are_round_and_few(self, limits):
        for ticks in (log_ticks(limits), even_ticks(*limits)):
            assert 2 <= len(ticks) <= 10
            assert all(limits[0] <= a < b <= limits[1] for a, b in pairwise(ticks))


class TestCurves:
    def marks(self, panel):
        """Give the lines: settled, late and crowd, then the layers of the chosen and the live."""
        figure = next(w for w in tree(panel.widget) if isinstance(w, bqplot.Figure))
        return [mark for mark in figure.marks if isinstance(mark, bqplot.Lines)]

    def rerender(self, panel, highlights, *trials):
        seen = snapshot(*trials)
        highlights.update(seen)
        panel.render(seen)

    def render(self, *trials, select=()):
        highlights = Highlights()
        highlights.select(select)
        panel = Curves(highlights, lambda _: None)
        seen = snapshot(*trials)
        highlights.update(seen)
        panel.render(seen)
        return panel, highlights

    def test_finished_marks_are_sent_only_when_a_run_ends(self):
        done = [trial(n, [[1.0, 0.5 + n]]) for n in range(100)]
        panel, highlights = self.render(*done, trial(100, [[2.0]], State.RUNNING))
        settled, late, *_, live = self.marks(panel)
        assert len(settled.y) == 299
        before, after, growing = settled.y, late.y, live.y
        self.rerender(panel, highlights, *done, trial(100, [[2.0, 1.5]], State.RUNNING))
        assert settled.y is before
        assert late.y is after
        assert live.y is not growing
        assert settled.y.dtype == live.y.dtype == np.float32
        self.rerender(panel, highlights, *done, trial(100, [[2.0, 1.5]]))
        assert settled.y is before
        np.testing.assert_array_equal(late.y, [2.0, 1.5])

    def test_selecting_leaves_the_grey_ones_where_they_are(self):
        done = [trial(n, [[1.0, 0.5 + n]]) for n in range(3)]
        panel, highlights = self.render(*done)
        _, late, _, *chosen = self.marks(panel)
        before = late.y
        highlights.select((1, 2))
        self.rerender(panel, highlights, *done)
        assert late.y is before
        assert max(len(mark.y) for mark in chosen) == 3

    def test_log_axis_breaks_at_what_it_cannot_show(self):
        trials = trial(0, [[1.0, 0.0, 0.1]]), trial(1, [[-1.0, 10.0]])
        panel, highlights = self.render(*trials)
        scale = next(
            w for w in tree(panel.widget)
            if isinstance(w, ipywidgets.ToggleButtons) and "log" in w.options
        )  # fmt: skip
        scale.value = "log"
        self.rerender(panel, highlights, *trials)
        _, late, *_ = self.marks(panel)
        np.testing.assert_allclose(late.y, [0, np.nan, -1, np.nan, np.nan, 1])

    def test_training_is_dashed_whichever_was_chosen(self):
        run = Run(0, 0, 0, state=State.COMPLETE, value=0.5,
                  history={"val_loss": (1.0, 0.5), "loss": (0.9, 0.2)})  # fmt: skip
        done = Trial(0, {"n_neurons": 2}, runs=(run,))
        panel, highlights = self.render(done)
        labelled(panel.widget, "metric").value = "loss"
        labelled(panel.widget, "training and validation").value = True
        self.rerender(panel, highlights, done)
        dashed = next(m for m in self.marks(panel) if m.line_style == "dashed" and len(m.y))
        np.testing.assert_allclose(np.ravel(dashed.y), [0.9, 0.2])
        assert "val_loss solid, loss dashed" in words(panel.widget)

    def test_says_what_to_do_first(self):
        panel, _ = self.render()
        assert "Press Train these values" in words(panel.widget)

    def test_one_epoch_of_one_run(self):
        panel, _ = self.render(trial(0, [[1.0]], State.RUNNING))
        *_, live = self.marks(panel)
        np.testing.assert_array_equal(np.ravel(live.y), [1, 1])


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
