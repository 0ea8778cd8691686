"""The strips: where dots and brush stand, how brush and range keep in step, what is drawn."""

from __future__ import annotations

import bqplot
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.lab_helpers import no_widget_outlives_a_test, snapshot, trial, words
from tunewidgets.distributions import Categorical, Float, Int
from tunewidgets.level import Level
from tunewidgets.space import SearchSpace
from tunewidgets.trial import State
from tunewidgets.widgets.closing import tree
from tunewidgets.widgets.control import Control
from tunewidgets.widgets.controls import Controls
from tunewidgets.widgets.highlights import Highlights
from tunewidgets.widgets.strip_axis import ChoiceAxis, NumberAxis
from tunewidgets.widgets.strip_data import PointStore, heights
from tunewidgets.widgets.theme import ACCENT, PALETTE

__all__ = ["no_widget_outlives_a_test"]

RANGES = [
    Float(1e-4, 1e-1, log=True), Int(1, 1000, log=True), Int(1, 50), Int(3, 99, step=4),
    Float(0, 1), Float(0.13, 0.987), Float(0, 1, step=0.3), Int(0, 3), Float(1, 5000),
]  # fmt: skip


def build(n_neurons=5, learning_rate=1e-2, activation="relu", optimizer="adam"):
    """Take four hyperparameters."""


SPACE = {
    "n_neurons": (1, 50),
    "learning_rate": Float(1e-3, 1e-1, log=True),
    "activation": ["relu", "tanh", "selu"],
    "optimizer": ["stochastic gradient descent", "adam", "adam with decoupled weight decay"],
}


@pytest.fixture
def sent():
    return []


@pytest.fixture
def controls(sent):
    return Controls(SearchSpace.read(SPACE, build), {}, Highlights(), sent.append)


def tried(number, value, state=State.COMPLETE, **params):
    """Make a trial of this space."""
    usual = {"n_neurons": 5, "learning_rate": 1e-2, "activation": "relu", "optimizer": "adam"}
    return trial(number, [[value]], state, **usual | params)


def many(n):
    """Make trials whose value falls as n_neurons grows."""
    return [tried(i, 1 / (1 + i), n_neurons=1 + i % 50) for i in range(n)]


def charts(root):
    """Give the figure of each strip."""
    strips = [w for w in tree(root) if "tw-strip" in getattr(w, "_dom_classes", ())]
    return {strip.children[0].description: strip.children[2] for strip in strips}


def drawn(mark):
    """Give the dots of a mark: one of them a piece of a line."""
    x, y = np.asarray(mark.x), np.asarray(mark.y)
    return [(float(a), float(b)) for a, b in zip(x, y, strict=True) if np.isfinite(a)]


class TestAxes:
    @pytest.mark.parametrize("distribution", RANGES, ids=str)
    @given(st.floats(0, 1), st.floats(0, 1))
    def test_what_is_brushed_is_a_range_inside(self, distribution, a, b):
        axis = NumberAxis(distribution)
        low_end, high_end = axis.ends
        first, last = sorted((low_end + a * high_end, low_end + b * high_end))
        bounds = axis.bounds((first, last))
        if bounds is None:
            return
        assert distribution.low <= bounds[0] <= bounds[-1] <= distribution.high
        if distribution.step is None:
            assert len(bounds) == 2
        # Where the brush then settles, it means the same.
        assert axis.bounds(axis.span(bounds)) == bounds

    @pytest.mark.parametrize("distribution", RANGES, ids=str)
    def test_the_whole_axis_is_the_whole_range(self, distribution):
        axis = NumberAxis(distribution)
        assert axis.bounds(axis.ends) is None
        assert axis.span(None) is None
        ends = axis.places([distribution.low, distribution.high])
        assert tuple(ends) == axis.ends

    def test_members_under_the_brush(self):
        axis = NumberAxis(Int(0, 3))
        assert axis.bounds((0.6, 2.4)) == (1, 2)
        assert axis.bounds((1.9, 2.2)) == (2,)
        assert axis.bounds((1.4, 1.45)) == (1,)
        assert axis.span((1, 2)) == (0.5, 2.5)
        assert axis.span((0,)) == (0.0, 0.5)

    def test_decades_lie_evenly_on_a_log_axis(self):
        axis = NumberAxis(Float(1e-4, 1e-1, log=True))
        places = axis.places([1e-4, 1e-3, 1e-2, 1e-1])
        assert np.allclose(np.diff(places), places[-1] / 3, rtol=0.01)

    def test_what_is_outside_has_no_place(self):
        places = NumberAxis(Float(1e-4, 1e-1, log=True)).places([0.0, -1, 1.0, None, "a", True])
        assert np.isnan(places).all()

    def test_choices_are_columns(self):
        axis = ChoiceAxis(Categorical((1, 1.0, True, "b")))
        assert list(axis.places([True, 1, "b", 1.0])) == [2, 0, 3, 1]
        assert np.isnan(axis.places(["c"])).all()
        assert axis.ends == (-0.5, 3.5)
        assert axis.bounds((0.8, 2.1)) == (1.0, True)
        assert axis.bounds((-0.4, 3.4)) is None
        assert axis.span((1.0, True)) == (0.5, 2.5)
        assert axis.span((1, "b")) is None


class TestHeights:
    def test_the_best_is_at_its_end_and_all_are_inside(self):
        values = np.array([0.5, 0.3, 0.4])
        assert np.allclose(heights(values, True), [1, 0, 0.5])
        assert np.allclose(heights(values, False), [1, 0, 0.5])

    def test_a_diverged_trial_does_not_press_the_others_flat(self):
        low = heights(np.array([0.3, 0.35, 0.4, 0.45, 1e9, np.inf, np.nan]), True)
        assert np.ptp(low[:4]) > 0.2
        assert list(low[4:]) == [1, 1, 1]
        high = heights(np.array([0.9, 0.85, 0.8, -1e9]), False)
        assert np.ptp(high[:3]) > 0.2
        assert high[3] == 0

    def test_equal_values_stand_in_the_middle(self):
        assert list(heights(np.array([2.0, 2.0]), True)) == [0.5, 0.5]

    def test_points_are_kept_while_no_other_trial_has_a_value(self):
        store = PointStore()
        first = snapshot(tried(0, 0.5), tried(1, 0.0, State.RUNNING), tried(2, 0.0, State.FAILED))
        points = store.points(first)
        assert points.numbers == (0,)
        assert store.points(first) is points
        assert store.points(snapshot(tried(0, 0.5), tried(1, 0.4))).numbers == (0, 1)


class TestSync:
    @pytest.fixture
    def control(self, sent):
        return Control("n_neurons", Int(1, 50), 5, sent.append)

    def brush(self, control):
        return next(
            w for w in tree(control.widget) if isinstance(w, bqplot.interacts.BrushIntervalSelector)
        )

    def test_the_range_follows_the_brush_which_settles_on_stops(self, control):
        brush = self.brush(control)
        brush.brushing = True
        brush.selected = np.array([8.7, 20.2])
        control.sync()
        assert control.bounds == (10, 21)
        assert list(brush.selected) == [8.7, 20.2]  # not taken out of the hand
        brush.brushing = False
        control.sync()
        assert list(brush.selected) == [8.5, 20.5]
        assert control.bounds == (10, 21)

    def test_the_brush_follows_the_range(self, control):
        control.bounds = (10, 21)
        control.sync()
        assert list(self.brush(control).selected) == [8.5, 20.5]
        control.bounds = None
        control.sync()
        assert self.brush(control).selected is None

    def test_a_cleared_brush_is_the_whole_range(self, control):
        control.bounds = (10, 21)
        control.sync()
        self.brush(control).selected = None
        control.sync()
        assert control.bounds is None

    def test_choices_that_are_no_neighbours_have_no_brush(self, sent):
        control = Control("a", Categorical(tuple(range(0, 100, 10))), 0, sent.append)
        control.bounds = (20, 30, 40)
        control.sync()
        assert list(self.brush(control).selected) == [1.5, 4.5]
        control.bounds = (20, 40)
        control.sync()
        assert self.brush(control).selected is None
        assert control.bounds == (20, 40)

    def test_short_choices_are_clicked_not_brushed(self, sent):
        control = Control("a", Categorical(("relu", "tanh")), "relu", sent.append)
        figure = next(w for w in tree(control.widget) if isinstance(w, bqplot.Figure))
        assert figure.interaction is None
        assert "tw-clickable" in control.widget._dom_classes
        control.bounds = ("relu",)
        for _ in range(2):
            control.sync()
        assert control.bounds == ("relu",)


class TestDrawing:
    def test_empty_one_failed_and_a_thousand(self, controls):
        for trials in ([], [tried(0, 0.5)], [tried(0, 0.0, State.FAILED)], many(1000)):
            controls.render(snapshot(*trials))
            has_charts = "tw-charted" in controls.widget._dom_classes
            assert has_charts is bool(trials)

    def test_running_trials_have_no_dot(self, controls):
        controls.render(snapshot(tried(0, 0.5), tried(1, 0.4, State.RUNNING)))
        marks = charts(controls.widget)["n_neurons"].marks
        assert [len(drawn(mark)) for mark in marks] == [0, 1, 0, 0]

    def test_what_stands_out_has_its_colour_and_the_best_is_on_top(self):
        highlights = Highlights()
        controls = Controls(SearchSpace.read(SPACE, build), {}, highlights, lambda _: None)
        seen = snapshot(tried(0, 0.3), tried(1, 0.5), tried(2, 0.4))
        highlights.select((2,))
        highlights.update(seen)
        controls.render(seen)
        bright = charts(controls.widget)["learning_rate"].marks[3]
        assert bright.colors == [PALETTE[0], ACCENT]
        assert np.allclose(bright.y, [0.5, 0.0], atol=1e-6)

    def test_a_brush_fades_what_is_outside_on_every_strip(self, controls):
        seen = snapshot(*many(10))
        controls.render(seen)
        controls.brush({"n_neurons": (3, 6)})
        controls.render(seen)
        for chart in charts(controls.widget).values():
            outer, inner, *_ = chart.marks
            assert (len(drawn(outer)), len(drawn(inner))) == (6, 4)

    def test_what_is_brushed_is_selected_and_let_go_with_the_brush(self):
        highlights = Highlights()
        controls = Controls(SearchSpace.read(SPACE, build), {}, highlights, lambda _: None)
        seen = snapshot(*many(10))
        highlights.select((1,))
        controls.sync(seen)
        assert highlights.selected == (1,)
        controls.brush({"n_neurons": (3, 6)})
        controls.sync(seen)
        assert highlights.selected == (2, 3, 4, 5)
        controls.brush({})
        controls.sync(seen)
        assert highlights.selected == ()

    def test_many_selected_are_one_mark(self):
        highlights = Highlights()
        controls = Controls(SearchSpace.read(SPACE, build), {}, highlights, lambda _: None)
        seen = snapshot(*many(40))
        highlights.select(tuple(range(10, 30)))
        highlights.update(seen)
        controls.render(seen)
        marks = charts(controls.widget)["n_neurons"].marks
        assert [len(drawn(mark)) for mark in marks] == [0, 19, 20, 1]

    def test_a_chip_fades_its_column(self, controls):
        seen = snapshot(tried(0, 0.3), tried(1, 0.5, activation="tanh"))
        controls.brush({"activation": ("relu", "selu")})
        controls.render(seen)
        outer, inner, *_ = charts(controls.widget)["n_neurons"].marks
        assert (len(drawn(outer)), len(drawn(inner))) == (1, 1)

    def test_dots_of_one_choice_do_not_lie_on_each_other(self, controls):
        controls.render(snapshot(*many(30)))
        inner = charts(controls.widget)["activation"].marks[1]
        x = [at for at, _ in drawn(inner)]
        assert len(set(x)) == 30
        assert all(-0.5 < at < 0.5 for at in x)

    def test_nothing_is_sent_while_nothing_changes(self, controls):
        seen = snapshot(*many(50))
        controls.render(seen)
        marks = [mark for chart in charts(controls.widget).values() for mark in chart.marks]
        before = [mark.x for mark in marks]
        controls.render(seen)
        assert all(mark.x is x for mark, x in zip(marks, before, strict=True))

    def test_arrays_are_float32(self, controls):
        controls.render(snapshot(*many(5)))
        for chart in charts(controls.widget).values():
            assert {np.asarray(mark.x).dtype for mark in chart.marks[:3]} == {np.dtype(np.float32)}

    def test_the_hint_says_which_way_is_better(self, controls):
        controls.render(snapshot(tried(0, 0.5)))
        assert "val_loss of each trial, lower is better" in words(controls.widget)


class TestLevels:
    def seen(self, controls, level):
        space = SearchSpace.read(SPACE, build)
        inner = space.narrow(learning_rate=(2e-3, 1e-2), activation=("relu", "tanh"))
        levels = (Level(1, None, space), Level(2, 1, inner))
        controls.render(snapshot(*many(5), levels=levels, level=level))

    def test_ranges_of_the_level_with_pins_and_values_that_lie_in_it(self, controls):
        params = {"n_neurons": 7, "learning_rate": 9e-2, "activation": "tanh", "optimizer": "adam"}
        controls.use(tried(3, 0.1, **params))
        controls.brush({"learning_rate": (2e-3, 1e-2), "n_neurons": (3, 30)})
        self.seen(controls, 2)
        assert controls.values == params | {"learning_rate": 1e-2}
        assert controls.bounds == {"n_neurons": (3, 30)}  # its range is the same at both levels
        controls.brush({"learning_rate": (3e-3, 1e-2)})
        assert set(controls.zoom) == {"learning_rate"}
        self.seen(controls, 1)
        assert controls.bounds == {}
        assert controls.values == params | {"learning_rate": 1e-2}

    def test_a_closed_range_is_a_pin_and_no_level(self, controls):
        controls.brush({"n_neurons": (7,), "activation": ("tanh",)})
        assert controls.pins == {"n_neurons": 7, "activation": "tanh"}
        assert controls.zoom == {"activation": ("tanh",)}
