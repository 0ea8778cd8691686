"""Brushing charts by fields, as the keyboard does: in step with brush and selection."""

from __future__ import annotations

import bqplot
import numpy as np
import pytest

from tests.lab_helpers import labelled, no_widget_outlives_a_test, snapshot
from tests.test_widgets_charts import marks, space, tried
from tunewidgets.distributions import Categorical, Float, Int
from tunewidgets.widgets.charts import HeatMap, Parallel
from tunewidgets.widgets.charts.gauges import make_gauge
from tunewidgets.widgets.charts.outcomes import OutcomeStore
from tunewidgets.widgets.charts.reach import STOPS, Reach, stops_of
from tunewidgets.widgets.closing import tree
from tunewidgets.widgets.commands import Select
from tunewidgets.widgets.highlights import Highlights

__all__ = ["no_widget_outlives_a_test"]

SEEN = snapshot(
    tried(0, 1.0, 1, 1e-4), tried(1, 9.0, 3, 1e-3), tried(2, 2.0, 2, 1e-1), tried(3, 3.0, 1, 1e-2)
)


class Desk:
    """Carries out what a chart asks for, as the lab's thread does."""

    def __init__(self, chart):
        self.highlights, self.sent = Highlights(), []
        self.panel = chart(space(), OutcomeStore(), self.highlights, self.sent.append)
        self.draw()

    def draw(self):
        """Draw until nothing more is selected."""
        while True:
            self.highlights.update(SEEN)
            self.panel.render(SEEN)
            asked = [command for command in self.sent if isinstance(command, Select)]
            self.sent.clear()
            if not asked:
                return
            for command in asked:
                self.highlights.select(command.numbers)

    def select(self, *numbers):
        """Select elsewhere."""
        self.highlights.select(numbers)
        self.draw()

    @property
    def selected(self):
        return set(self.highlights.selected)

    def field(self, name):
        return labelled(self.panel.widget, name)


class TestReach:
    @pytest.mark.parametrize(
        ("values", "distribution", "words"),
        [
            ([1, 4], Int(1, 4), ["1", "2", "3", "4"]),
            ([1e-3, 1e-1], Float(1e-3, 1e-1, log=True), ["1.0e-3", "0.01", "0.1"]),
            (["a", "b"], Categorical(["a", "b"]), ["a", "b"]),
        ],
    )
    def test_stops_are_what_an_axis_says(self, values, distribution, words):
        stops = stops_of(make_gauge("x", values, distribution))
        assert [word for _, _, word in stops][
            :: max(1, STOPS // 2 if len(stops) > 9 else 1)
        ] == words

    def test_a_span_is_said_by_the_nearest_stops(self):
        reach = Reach()
        reach.offer("x", stops_of(make_gauge("x", [0, 10], Int(0, 10))))
        reach.choose((0.18, 0.52))
        assert reach.index == (2, 5)
        reach.choose(None)
        assert reach.is_whole
        assert reach.span is None
        reach.widget.close()


class TestAxes:
    def brush(self, desk):
        found = tree(desk.panel.widget)
        return next(w for w in found if isinstance(w, bqplot.interacts.BrushSelector))

    def test_the_fields_brush_an_axis(self):
        desk = Desk(Parallel)
        desk.field("axis to select by").value = "depth"
        desk.draw()
        desk.field("depth").index = (0, 1)
        desk.draw()
        assert desk.selected == {0, 2, 3}
        assert list(np.round(self.brush(desk).selected_x)) == [0, 0]
        desk.field("depth").index = (0, 2)
        desk.draw()
        assert desk.selected == set()
        assert self.brush(desk).selected_x is None

    def test_another_axis_begins_with_all_of_it(self):
        desk = Desk(Parallel)
        desk.field("val_loss").index = (0, 20)
        desk.draw()
        assert desk.selected == {0, 2, 3}
        desk.field("axis to select by").value = "kind"
        desk.draw()
        assert desk.selected == set()

    def test_the_fields_say_what_the_brush_holds(self):
        desk = Desk(Parallel)
        brush = self.brush(desk)
        brush.set_trait("selected_x", np.array([-0.1, 0.1]))
        brush.set_trait("selected_y", np.array([-0.05, 0.6]))
        desk.draw()
        assert desk.selected == {0, 2, 3}
        assert desk.field("axis to select by").value == "depth"
        assert desk.field("depth").index == (0, 1)
        # The brush stays as it was drawn.
        assert list(brush.selected_y) == [-0.05, 0.6]

    def test_another_selection_takes_the_brush_away(self):
        desk = Desk(Parallel)
        desk.field("val_loss").index = (0, 20)
        desk.draw()
        desk.select(1)
        assert desk.selected == {1}
        assert self.brush(desk).selected_x is None
        assert desk.field("val_loss").index == (0, STOPS)


class TestCells:
    def outline(self, desk):
        return next(m for m in marks(desk.panel, bqplot.Lines) if m.stroke_width == 2.5)

    def test_the_fields_hold_a_block_of_cells(self):
        desk = Desk(HeatMap)
        desk.field("depth").index = (0, 1)
        desk.draw()
        assert desk.selected == {0, 2, 3}
        desk.field("rate").index = (0, 0)
        desk.draw()
        assert desk.selected == {0}
        assert list(self.outline(desk).x) == [0, 2, 2, 0, 0]

    def test_a_pressed_cell_is_outlined_until_something_else_is_selected(self):
        desk = Desk(HeatMap)
        (grid,) = marks(desk.panel, bqplot.GridHeatMap)
        at = {"rowNum": 0, "columnNum": 0}
        grid._handle_custom_msgs(grid, {"event": "element_click", "data": at})
        desk.draw()
        assert desk.selected == {0}
        assert desk.field("depth").index == (0, 0)
        assert len(self.outline(desk).x) == 5
        desk.select(1)
        assert desk.selected == {1}
        assert len(self.outline(desk).x) == 0
