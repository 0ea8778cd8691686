"""The charts of all trials: where things are placed, what is sent, and the one selection."""

from __future__ import annotations

import csv
import io
import math
import threading
from dataclasses import replace

import bqplot
import numpy as np
import pytest

from tests.lab_helpers import labelled, no_widget_outlives_a_test, snapshot, trial, words
from tunewidgets.distributions import Categorical, Float, Int
from tunewidgets.snapshot import Snapshot
from tunewidgets.space import SearchSpace
from tunewidgets.trial import State
from tunewidgets.widgets.charts import HeatMap, ImportanceChart, Parallel, ValueHistory
from tunewidgets.widgets.charts.gauges import make_gauge
from tunewidgets.widgets.charts.heat_cells import fill, side, spread
from tunewidgets.widgets.charts.outcomes import OutcomeStore, robust_limits, varied
from tunewidgets.widgets.charts.parallel_data import Frame, caught
from tunewidgets.widgets.charts.table import Table
from tunewidgets.widgets.charts.twin import Twin
from tunewidgets.widgets.charts.value_history import best_so_far
from tunewidgets.widgets.closing import tree
from tunewidgets.widgets.commands import Select, Touched
from tunewidgets.widgets.highlights import Highlights
from tunewidgets.widgets.tabs import Tabs

__all__ = ["no_widget_outlives_a_test"]

RATE = Float(1e-4, 1e-1, log=True)


def build(depth=1, rate=1e-2, kind="a"):
    """Take three hyperparameters."""


def space():
    return SearchSpace.read({"depth": [1, 2, 3], "rate": RATE, "kind": ["a", "b"]}, build)


def tried(number, value, depth=1, rate=1e-2, kind="a"):
    return trial(number, [[value]], depth=depth, rate=rate, kind=kind)


def outcomes(*trials):
    return OutcomeStore().outcomes(snapshot(*trials))


def marks(panel, kind):
    figure = next(w for w in tree(panel.widget) if isinstance(w, bqplot.Figure))
    return [mark for mark in figure.marks if isinstance(mark, kind)]


class TestGauge:
    def test_numbers_go_from_the_least_to_the_greatest_tried(self):
        gauge = make_gauge("n", [3, 7, 5], Int(1, 100))
        assert [gauge.place(n) for n in (3, 5, 7)] == [0, 0.5, 1]

    def test_log_where_the_space_says_so(self):
        gauge = make_gauge("rate", [1e-4, 1e-2], RATE)
        assert gauge.place(1e-3) == pytest.approx(0.5)
        assert gauge.value(0.5) == pytest.approx(1e-3)
        assert all(0 <= at <= 1 for at, _ in gauge.ticks())

    def test_choices_stand_in_their_order(self):
        gauge = make_gauge("kind", ["b", "z"], Categorical(("a", "b")))
        assert gauge.place("a") < gauge.place("b") < gauge.place("z")
        assert [word for _, word in gauge.ticks()] == ["a", "b", "z"]

    def test_one_value_alone_stands_in_the_middle(self):
        for value in (0, 5, 0.25):
            assert make_gauge("n", [value], None).place(value) == pytest.approx(0.5)

    def test_what_has_no_place(self):
        gauge = make_gauge("rate", [1e-4, 1e-2], RATE)
        assert math.isnan(gauge.place("a"))
        assert math.isnan(gauge.place(0))
        assert math.isnan(make_gauge("kind", ["a"], None).place("b"))


class TestOutcomes:
    def test_made_once_a_record(self):
        store = OutcomeStore()
        trials = [tried(n, 0.1 * n) for n in range(3)]
        first = store.outcomes(snapshot(*trials))
        trials[1] = tried(1, 0.7)
        second = store.outcomes(snapshot(*trials))
        assert [a is b for a, b in zip(first, second, strict=True)] == [True, False, True]

    def test_an_epoch_more_changes_no_point(self):
        store = OutcomeStore()
        (first,) = store.outcomes(snapshot(trial(0, [[1.0]], State.RUNNING)))
        (second,) = store.outcomes(snapshot(trial(0, [[1.0, 0.5]], State.RUNNING)))
        assert first is second

    def test_what_has_no_number_has_failed(self):
        for losses in ([math.nan], [math.inf]):
            (outcome,) = outcomes(trial(0, [losses]))
            assert outcome.value is None
            assert outcome.has_failed

    def test_the_axis_holds_the_best_but_not_what_diverged(self):
        low, high = robust_limits([0.3, 0.31, 0.29, 0.3, 1e9, 0.01], best=0.01)
        assert low < 0.01
        assert 0.31 < high < 10

    def test_other_hyperparameters_join_where_trials_differ_in_them(self):
        found = outcomes(
            trial(0, [[1.0]], depth=1, epochs=5, patience=3),
            trial(1, [[1.0]], depth=1, epochs=9, patience=3),
        )
        assert varied(found, ("depth", "rate")) == ["depth", "epochs"]


class TestBestSoFar:
    @pytest.mark.parametrize(("direction", "steps"), [("minimize", [0, 2]), ("maximize", [0, 1])])
    def test_follows_the_direction(self, direction, steps):
        found = best_so_far(outcomes(*(tried(n, v) for n, v in enumerate((2, 3, 1, 2)))), direction)
        assert [number for number, _ in found] == steps

    def test_drawn_as_steps(self):
        panel = ValueHistory(OutcomeStore(), Highlights(), lambda _: None)
        panel.render(snapshot(*(tried(n, v) for n, v in enumerate((3.0, 4.0, 1.0, 2.0)))))
        (line,) = marks(panel, bqplot.Lines)
        np.testing.assert_array_equal(line.x, [0, 2, 2, 3])
        np.testing.assert_array_equal(line.y, [3, 3, 1, 1])


class TestHeatMap:
    def cells(self, *trials):
        found = outcomes(*trials)
        sides = [
            side(make_gauge(name, [o.params[name] for o in found], space()[name]),
                 [o.params[name] for o in found])
            for name in ("depth", "rate")
        ]  # fmt: skip
        return fill(*sides, found, (0.0, 100.0)), found

    def test_a_grid_has_a_cell_a_value_and_means_in_them(self):
        cells, _ = self.cells(
            tried(0, 1.0, 1, 1e-3), tried(1, 3.0, 1, 1e-3), tried(2, 5.0, 2, 1e-2)
        )
        assert not cells.is_binned
        np.testing.assert_array_equal(
            cells.means, np.array([[2, np.nan, np.nan], [np.nan, 5, np.nan]], np.float32)
        )
        assert cells.across.words == ("1", "2", "3")

    def test_what_diverged_is_not_all_that_a_cell_tells(self):
        cells, _ = self.cells(tried(0, 1.0, 1, 1e-3), tried(1, 1e9, 1, 1e-3))
        assert cells.means[0, 0] == 50.5

    def test_random_trials_are_binned_and_none_is_lost(self):
        rates = np.geomspace(1e-4, 1e-1, 50)
        cells, found = self.cells(*(tried(n, n, 1 + n % 3, float(r)) for n, r in enumerate(rates)))
        assert cells.is_binned
        assert cells.means.shape == (10, 3)
        assert sum(map(len, cells.members.values())) == len(found)

    def test_trials_of_one_cell_lie_beside_each_other(self):
        cells, _ = self.cells(*(tried(n, 1.0, n % 2 + 1, 1e-2) for n in range(20)))
        places = spread(cells)
        assert len({(round(x, 3), round(y, 3)) for x, y in places.values()}) == 20
        assert all(int(x) == n % 2 for n, (x, _) in places.items())

    def test_pressing_a_cell_selects_its_trials(self):
        sent = []
        panel = HeatMap(space(), OutcomeStore(), Highlights(), sent.append)
        panel.render(snapshot(tried(0, 1.0, 1, 1e-3), tried(1, 3.0, 1, 1e-3), tried(2, 5.0, 2)))
        (grid,) = marks(panel, bqplot.GridHeatMap)
        grid._handle_custom_msgs(
            grid, {"event": "element_click", "data": {"rowNum": 0, "columnNum": 0}}
        )
        assert sent[-1] == Select((0, 1))

    def test_two_different_sides_always(self):
        panel = HeatMap(space(), OutcomeStore(), Highlights(), lambda _: None)
        seen = snapshot(tried(0, 1.0), tried(1, 3.0, 2, 1e-3, "b"))
        panel.render(seen)
        across, up = labelled(panel.widget, "across"), labelled(panel.widget, "up")
        assert (across.value, up.value) == ("depth", "rate")
        up.value = "depth"
        panel.render(seen)
        assert across.value != up.value

    @pytest.mark.parametrize("direction", ["minimize", "maximize"])
    def test_dark_is_better(self, direction):
        panel = HeatMap(space(), OutcomeStore(), Highlights(), lambda _: None)
        seen = snapshot(tried(0, 1.0), tried(1, 3.0, 2, 1e-3))
        panel.render(Snapshot(1, "s", "val_loss", direction, seen.trials, best=0))
        (grid,) = marks(panel, bqplot.GridHeatMap)
        dark_at_low = grid.scales["color"].colors[0] < grid.scales["color"].colors[-1]
        assert dark_at_low is (direction == "minimize")

    def test_one_hyperparameter_is_said_to_be_too_few(self):
        panel = HeatMap(SearchSpace.read({"depth": [1, 2]}, build), OutcomeStore(), Highlights(),
                        lambda _: None)  # fmt: skip
        panel.render(snapshot(trial(0, [[1.0]], depth=1)))
        assert "needs two hyperparameters" in words(panel.widget)


class TestParallel:
    def frame(self):
        gauges = (make_gauge("depth", [1, 3], Int(1, 3)), make_gauge("rate", [1e-4, 1e-2], RATE))
        return Frame(gauges, "val_loss", (0.0, 10.0))

    def trials(self):
        return outcomes(tried(0, 1.0, 1, 1e-4), tried(1, 9.0, 3, 1e-4), tried(2, 2.0, 2, 1e-2))

    @pytest.mark.parametrize(
        ("x", "y", "numbers"),
        [
            ((0.9, 1.1), (-0.1, 0.1), (0, 1)),  # over the second axis
            ((0.6, 0.8), (-0.1, 0.1), (0, 1)),  # between axes: the nearest one
            ((1.8, 2.0), (0.0, 0.3), (0, 2)),  # the value
            ((0.5, 2.0), (0.0, 0.3), (0,)),  # two axes at once
            ((1.9, 2.0), (0.5, 0.6), ()),
        ],
    )
    def test_a_brush_catches_what_passes_through_it(self, x, y, numbers):
        assert caught(self.trials(), self.frame(), x, y) == numbers

    def test_brushing_selects_once_it_is_let_go(self):
        sent = []
        panel = Parallel(space(), OutcomeStore(), Highlights(), sent.append)
        seen = snapshot(tried(0, 1.0, 1), tried(1, 9.0, 3), tried(2, 2.0, 2))
        panel.render(seen)
        brush = next(w for w in tree(panel.widget) if isinstance(w, bqplot.interacts.BrushSelector))
        brush.brushing = True
        brush.set_trait("selected_x", np.array([-0.1, 0.1]))
        brush.set_trait("selected_y", np.array([0.0, 0.4]))
        assert not [c for c in sent if isinstance(c, Select)]
        brush.brushing = False
        assert sent[-1] == Select((0,))
        with brush.hold_trait_notifications():
            brush.selected_x = brush.selected_y = None
        assert sent[-1] == Select(())

    def test_every_axis_has_its_name_and_ends(self):
        panel = Parallel(space(), OutcomeStore(), Highlights(), lambda _: None)
        panel.render(snapshot(tried(0, 1.0, 1), tried(1, 9.0, 3), tried(2, 2.0, 2)))
        _, names = marks(panel, bqplot.Label)
        assert list(names.text) == ["depth", "rate", "kind", "val_loss"]


class TestSelection:
    """One selection: a press in any chart asks for it, and every chart shows it."""

    CHARTS = (
        lambda h, send: ValueHistory(OutcomeStore(), h, send),
        lambda h, send: HeatMap(space(), OutcomeStore(), h, send),
    )

    @pytest.mark.parametrize("make", CHARTS)
    def test_a_dot_asks_for_its_trial_and_shows_its_colour(self, make):
        sent, highlights = [], Highlights()
        panel = make(highlights, sent.append)
        seen = snapshot(tried(0, 1.0, 1, 1e-3), tried(1, 3.0, 2), tried(2, 5.0, 3, 1e-1))
        highlights.select((2,))
        highlights.update(seen)
        panel.render(seen)
        layers = marks(panel, bqplot.Scatter)
        calm = next(mark for mark in layers if len(mark.x) == 3)
        bright = layers[-1]
        assert list(bright.colors) == [highlights.colours[0], highlights.colours[2]]
        calm._handle_custom_msgs(calm, {"event": "element_click", "data": {"index": 1}})
        assert sent[-1] == Select((2, 1))


class HeldParams(dict):
    """Params that can be read once they may be."""

    def __init__(self, params):
        super().__init__(params)
        self.may_be_read = threading.Event()

    def __getitem__(self, name):
        assert self.may_be_read.wait(20)
        return super().__getitem__(name)


class TestImportance:
    def test_worked_out_beside_and_drawn_when_there(self):
        sent = []
        panel = ImportanceChart(space(), sent.append)
        rng = np.random.default_rng(0)
        trials = [
            tried(n, abs(math.log10(rate) + 2), int(rng.integers(1, 4)), float(rate))
            for n, rate in enumerate(10 ** rng.uniform(-4, -1, 60))
        ]
        held = HeldParams(trials[0].params)
        trials[0] = replace(trials[0], params=held)
        panel.render(snapshot(*trials))
        assert "Working out" in words(panel.widget)  # not that there are too few
        held.may_be_read.set()
        panel.close()
        assert sent == [Touched()]
        panel.render(snapshot(*trials))
        (label,) = marks(panel, bqplot.Label)
        assert len(label.text) == 3 or len(label.text) == 2
        axis = next(w for w in tree(panel.widget) if isinstance(w, bqplot.Axis) and
                    w.side == "left")  # fmt: skip
        assert list(axis.tick_labels.values())[-1] == "rate"
        assert "60 complete trials" in words(panel.widget)

    def test_too_few_trials_are_told(self):
        panel = ImportanceChart(space(), lambda _: None)
        panel.render(snapshot(tried(0, 1.0)))
        panel.close()
        panel.render(snapshot(tried(0, 1.0)))
        assert "some more finished trials" in words(panel.widget)


class TestTwin:
    TABLE = Table("Figures", ("name", "value"), (("a, <b>", 0.123456), (None, None)))

    def test_csv_is_read_again_in_full(self):
        rows = list(csv.reader(io.StringIO(self.TABLE.csv(), newline="")))
        assert rows == [["name", "value"], ["a, <b>", "0.123456"], ["", ""]]

    def test_shown_as_people_write_it(self):
        shown = self.TABLE.shown()
        assert shown["rows"] == [["a, <b>", "0.1235"], ["", ""]]
        assert shown["numeric"] == [False, True]

    def test_made_only_while_it_is_open_and_when_it_has_changed(self):
        made, sent = [], []

        def table():
            made.append(1)
            return self.TABLE

        twin = Twin("Chart", sent.append)
        twin.render("a", table)
        assert not made
        twin.is_open = True
        assert sent == [Touched()]
        twin.render("a", table)
        twin.render("a", table)
        assert len(made) == 1
        twin.render("b", table)
        assert len(made) == 2

    def test_a_page_that_asks_is_woken_and_answered(self):
        sent, told = [], []
        twin = Twin("Chart", sent.append)
        twin.send = told.append
        twin._handle_custom_msg({"kind": "csv", "token": "7"}, [])
        assert sent == [Touched()]
        twin.render("a", lambda: self.TABLE)
        twin.render("a", lambda: self.TABLE)
        assert told == [{"kind": "csv", "token": "7", "text": self.TABLE.csv()}]


class TestTabs:
    def make(self):
        sent, drawn = [], []

        class Spy(ValueHistory):
            def __init__(self, name):
                super().__init__(OutcomeStore(), Highlights(), sent.append)
                self.name = name

            def render(self, seen):
                drawn.append(self.name)
                super().render(seen)

        entries = [("A", lambda: Spy("a")), ("B", lambda: Spy("b"))]
        return Tabs(entries, sent.append), sent, drawn

    def bar(self, tabs):
        return tabs.widget.children[0]

    def test_a_hidden_panel_is_not_made(self):
        tabs, sent, drawn = self.make()
        tabs.render(snapshot())
        assert drawn == ["a"]
        assert list(tabs.made) == ["A"]
        self.bar(tabs).shown = 1
        assert sent == [Touched()]
        tabs.render(snapshot())
        assert drawn == ["a", "b"]
        assert tabs.made["B"].widget in tree(tabs.widget)
        shown = [slot.layout.display for slot in tabs.widget.children[1].children]
        assert shown == ["none", None]

    def test_one_that_is_placed_elsewhere_is_drawn_always(self):
        tabs, sent, drawn = self.make()
        assert tabs.place("B") is tabs.place("B") is tabs.made["B"].widget
        assert sent == [Touched()]
        tabs.render(snapshot())
        assert drawn == ["a", "b"]
