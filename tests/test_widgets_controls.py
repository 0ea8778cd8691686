"""The panels that take values in: what their widgets hold, and the commands they send."""

from __future__ import annotations

import math
from dataclasses import replace

import ipywidgets
import numpy as np
import pytest

from tests.lab_helpers import (
    SPACE,
    button,
    labelled,
    no_widget_outlives_a_test,
    snapshot,
    trial,
    words,
)
from tunewidgets import format as fmt
from tunewidgets.distributions import Categorical, Float, Int
from tunewidgets.requests import Forecast
from tunewidgets.snapshot import SearchProgress, SearchState
from tunewidgets.space import SearchSpace
from tunewidgets.trial import State, Trial
from tunewidgets.widgets.closing import tree
from tunewidgets.widgets.commands import ResizeSearch, Touched, Train
from tunewidgets.widgets.control import Control
from tunewidgets.widgets.controls import Controls
from tunewidgets.widgets.highlights import Highlights
from tunewidgets.widgets.inputs import make_input
from tunewidgets.widgets.ranges import make_range
from tunewidgets.widgets.search_box import SearchBox
from tunewidgets.widgets.status import Status
from tunewidgets.widgets.strip_data import Points

__all__ = ["no_widget_outlives_a_test"]


class TestFormat:
    @pytest.mark.parametrize(
        ("value", "written"),
        [(3e-3, "3.0e-3"), (0.304, "0.304"), (0.30391, "0.3039"), (42, "42"), (123456, "123456"),
         (12345.6, "12346"), (1e6, "1.0e6"), (0.0, "0"), (-0.00123456, "-1.235e-3"),
         (math.nan, "NaN"), (math.inf, "∞")],
    )  # fmt: skip
    def test_number(self, value, written):
        assert fmt.number(value) == written

    @pytest.mark.parametrize(
        ("value", "written"),
        [(0.5, "0.5000"), (999.5, "999.5"), (999.96, "1000"), (9999.6, "10000"),
         (41920.0, "41920"), (3e-3, "3.000e-3"), (8.738e15, "8.738e15")],
    )  # fmt: skip
    def test_padded_number(self, value, written):
        assert fmt.number(value, pad=True) == written

    def test_column_of_powers(self):
        assert [fmt.number(v, powers=True) for v in (3e-4, 0.03, 3.0)] == [
            "3.00e-4", "3.00e-2", "3.00",
        ]  # fmt: skip

    def test_choices_never_look_alike(self):
        assert len(set(fmt.labels([1, 1.0, True, "1", None, "None"]))) == 6

    @pytest.mark.parametrize(
        ("value", "written"), [(0.31, "0.31 s"), (41, "41 s"), (59.7, "1:00"), (3725, "1:02:05")]
    )
    def test_seconds(self, value, written):
        assert fmt.seconds(value) == written


class TestInputs:
    @pytest.mark.parametrize(
        ("distribution", "kind", "value"),
        [(Int(1, 99), ipywidgets.IntSlider, 42),
         (Int(1, 1000, log=True), ipywidgets.FloatLogSlider, 37),
         (Float(0, 1), ipywidgets.FloatSlider, 0.25),
         (Float(0, 0.5, step=0.1), ipywidgets.FloatSlider, 0.3),
         (Float(3e-4, 3e-2, log=True), ipywidgets.FloatLogSlider, 3e-3),
         (Categorical((0, 1, 2, 3)), ipywidgets.ToggleButtons, 2),
         (Categorical((1, 1.0, True)), ipywidgets.ToggleButtons, True),
         (Categorical(((32, 16), (64,))), ipywidgets.ToggleButtons, (64,)),
         (Categorical(tuple(range(0, 90, 10))), ipywidgets.SelectionSlider, 30),
         (Categorical(("stochastic gradient descent", "adam with decay")), ipywidgets.Dropdown,
          "adam with decay"),
         (Categorical((False, True)), ipywidgets.Checkbox, True)],
    )  # fmt: skip
    def test_kind_and_value(self, distribution, kind, value):
        made = make_input(distribution, value)
        assert type(made.widget) is kind
        assert made.read() == value
        assert type(made.read()) is type(value)

    @pytest.mark.parametrize(
        ("distribution", "value"),
        [(Int(1, 9), 50), (Int(1, 9), -3), (Float(0, 1), 7.5), (Categorical(("a", "b")), "c"),
         (Float(1e-3, 1e-1, log=True), 10.0), (Int(1, 64, log=True), 500),
         (Categorical((1, 2)), 1.0)],
    )  # fmt: skip
    def test_value_outside_makes_room(self, distribution, value):
        made = make_input(distribution, distribution.grid(2)[0])
        made.write(value)
        assert made.read() == value

    def test_log_slider_shows_its_end_for_zero(self):
        made = make_input(Float(1e-3, 1e-1, log=True), 1e-2)
        made.write(0.0)
        assert made.read() == 1e-3


class TestRanges:
    @pytest.mark.parametrize(
        "distribution",
        [Float(3e-4, 3e-2, log=True), Int(1, 1000, log=True), Float(0.1, 0.2), Int(3, 99, step=4),
         Float(0, 1, step=0.25)],
    )  # fmt: skip
    def test_whole_and_narrowed(self, distribution):
        def build(a=1):
            """Take one hyperparameter."""

        space = SearchSpace.read({"a": distribution}, build)
        made = make_range(distribution, lambda _: None)
        assert made.bounds() is None
        slider = made.widget
        if isinstance(slider, ipywidgets.SelectionRangeSlider):
            slider.index = (2, len(slider.options) - 3)
        else:
            slider.value = (slider.min + slider.step, slider.max)
        low, high = made.bounds()
        assert distribution.low < low < high <= distribution.high
        assert space.narrow(a=(low, high))["a"].low >= low

    @pytest.mark.parametrize(
        ("distribution", "bounds"),
        [(Int(3, 99, step=4), (7, 51)), (Int(1, 9), (4,)), (Float(0.1, 0.2), (0.12, 0.15)),
         (Float(1e-4, 1e-1, log=True), (1e-3, 1e-2)), (Categorical(("a", "b", "c")), ("a", "c")),
         (Int(1, 9), None), (Categorical(("a", "b")), None)],
    )  # fmt: skip
    def test_chosen_range_is_shown(self, distribution, bounds):
        made = make_range(distribution, lambda _: None)
        made.choose(distribution.grid(3)[:1])
        made.choose(bounds)
        assert made.bounds() == bounds

    def test_chosen_range_between_two_stops_moves_outwards(self):
        made = make_range(Float(1e-3, 1e-1, log=True), lambda _: None)
        made.choose((2.03e-3, 4.57e-2))
        low, high = made.bounds()
        assert 1.8e-3 < low < 2.03e-3
        assert 4.57e-2 < high < 5.1e-2

    def test_closed_range_is_one_value(self):
        made = make_range(Int(1, 9), lambda _: None)
        made.widget.value = (4, 4)
        assert made.bounds() == (4,)

    def test_one_choice_stays_on(self):
        sent = []
        made = make_range(Categorical(("a", "b")), sent.append)
        for chip in made.widget.children[1:]:
            chip.value = False
        assert made.bounds() == ("b",)
        assert set(map(type, sent)) == {Touched}


class TestControls:
    def space(self):
        def build(n_neurons=30, learning_rate=3e-3):
            """Take two hyperparameters."""

        return SearchSpace.read({**SPACE, "batch_size": [16, 32]}, build)

    def settings(self):
        return {"epochs": 100, "batch_size": None, "patience": 10, "warmup_epochs": None}

    def test_press_train_sends_values_and_changed_settings(self):
        sent = []
        controls = Controls(self.space(), self.settings(), Highlights(), sent.append)
        labelled(controls.widget, "n_neurons").value = 7
        labelled(controls.widget, "patience").value = 3
        button(controls.widget, "Train these values").click()
        expected = {"n_neurons": 7, "learning_rate": 3e-3, "batch_size": 16, "patience": 3}
        assert sent[-1] == Train(expected)

    def test_fixed_settings_have_no_range_and_tuned_ones_no_field(self):
        controls = Controls(self.space(), self.settings(), Highlights(), lambda _: None)
        labels = [getattr(w, "description", "") for w in tree(controls.widget)]
        captions = [w for w in tree(controls.widget) if isinstance(w, ipywidgets.Label)]
        assert labels.count("batch_size") == 1
        assert labels.count("search") + len(captions) == 3
        assert "warmup_epochs" not in labels

    def test_given_schedule_and_restoring_have_fields(self):
        sent = []
        given = {**self.settings(), "schedule": "constant", "restore_best": False}
        controls = Controls(self.space(), given, Highlights(), sent.append)
        assert not {"schedule", "restore_best"} & controls.values.keys()
        labelled(controls.widget, "schedule").value = "cosine"
        labelled(controls.widget, "restore_best").value = True
        assert controls.fixed == {"schedule": "cosine", "restore_best": True}
        controls.use(Trial(3, {"schedule": "step"}))
        assert controls.fixed == {"schedule": "step"}

    def test_pin_takes_the_value_and_greys_the_range(self):
        control = Control("n_neurons", Int(1, 40), 5, lambda _: None)
        pin = next(w for w in tree(control.widget) if isinstance(w, ipywidgets.ToggleButton))
        pin.value = True
        points = Points((), (), np.zeros(0))
        control.render(points, control.covers(points), Highlights())
        slider = next(w for w in tree(control.widget) if isinstance(w, ipywidgets.IntRangeSlider))
        assert control.is_pinned
        assert slider.disabled

    def test_use_values_outside_and_settings(self):
        controls = Controls(self.space(), self.settings(), Highlights(), lambda _: None)
        params = {"n_neurons": 500, "learning_rate": 1.0, "batch_size": 999, "epochs": 7}
        controls.use(Trial(3, params))
        assert controls.values == params

    def test_reason_when_nothing_can_be_trained(self):
        controls = Controls(self.space(), self.settings(), Highlights(), lambda _: None)
        controls.render(snapshot(cannot_train="Only to <look>."))
        train = button(controls.widget, "Train these values")
        assert train.disabled
        assert train.tooltip == "Only to <look>."
        assert "Only to &lt;look&gt;." in words(controls.widget)


class TestSearchBox:
    def box(self, seen=None, **rest):
        def build(n_neurons=30, learning_rate=3e-3):
            """Take two hyperparameters."""

        space = SearchSpace.read(SPACE, build)
        controls = Controls(space, {"epochs": 5}, Highlights(), lambda _: None)
        self.asked = []

        def plan(asked):
            self.asked.append(asked)
            return seen or Forecast(None, 0, 10, 10)

        return SearchBox(controls, plan, rest.get("send", lambda _: None))

    @pytest.mark.parametrize(
        ("seen", "said"),
        [
            (Forecast(400, 0, 10, 30, 60.0), "400 combinations, about 1 min for 30 runs"),
            (
                Forecast(400, 12, 10, 30, 60.0, 8.2),
                "400 combinations, 12 done already, about 1 min (give or take 8.2 s) for 30 runs",
            ),
            (Forecast(4, 0, 4, 4), "4 combinations: all of them will be run"),
            (Forecast(4, 1, 3, 3), "4 combinations, 1 done already: the other 3 will be run"),
            (Forecast(4, 4, 0, 0), "4 combinations, 4 done already: widen a range"),
            (Forecast(None, 0, 10, 10), "Endless combinations"),
            (Forecast(None, 2, None), "Endless combinations (a continuous range), 2 done already"),
        ],
    )
    def test_counts_and_estimates(self, seen, said):
        box = self.box(seen)
        box.render(snapshot())
        assert said in words(box.widget)
        assert button(box.widget, "Search").disabled is (seen.n_trials == 0)

    def test_samplers_pruners_and_ends_are_asked_for_as_shown(self):
        sent = []
        box = self.box(send=sent.append)
        labelled(box.widget, "sampler").value = "tpe"
        labelled(box.widget, "pruner").value = "median"
        labelled(box.widget, "until").value = "minutes"
        labelled(box.widget, "minutes").value = 1.5
        box.render(snapshot())
        asked = self.asked[-1]
        assert (asked.sampler, asked.pruner, asked.n_trials) == ("tpe", "median", None)
        assert asked.budget_s == 90
        assert "near what went well" in labelled(box.widget, "sampler").tooltip
        assert "half of the others" in labelled(box.widget, "pruner").tooltip
        assert labelled(box.widget, "trials").layout.display == "none"
        assert labelled(box.widget, "order").layout.display == "none"
        labelled(box.widget, "sampler").value = "grid"
        labelled(box.widget, "order").value = "shuffled"
        box.render(snapshot())
        assert self.asked[-1].order == "shuffled"
        assert labelled(box.widget, "order").layout.display is None
        assert {type(command) for command in sent} == {Touched}

    def test_a_grid_may_go_on_to_its_end(self):
        box = self.box()
        end, sampler = labelled(box.widget, "until"), labelled(box.widget, "sampler")
        assert "the end" not in dict(end.options)
        end.value = "minutes"
        sampler.value = "grid"
        box.render(snapshot())
        assert end.value == "minutes"
        end.value = dict(end.options)["the end"]
        box.render(snapshot())
        asked = self.asked[-1]
        assert (asked.sampler, asked.n_trials, asked.budget_s) == ("grid", None, None)
        assert labelled(box.widget, "trials").layout.display == "none"
        assert labelled(box.widget, "minutes").layout.display == "none"
        sampler.value = "random"
        box.render(snapshot())
        assert self.asked[-1].n_trials == 10
        assert "the end" not in dict(end.options)

    def test_a_running_search_can_be_given_more_trials(self):
        sent = []
        box = self.box(send=sent.append)
        search = SearchProgress("tpe-1", "tpe", 10, None, 1, SearchState.RUNNING, n_pruned=2)
        box.render(snapshot(searches=(search,)))
        total = labelled(box.widget, "trials in all")
        assert total.value == 10
        assert "2 of 10 trials · 2 pruned" in words(box.widget)
        total.value = 15
        assert sent == [ResizeSearch("tpe-1", 15)]
        box.render(snapshot(searches=(replace(search, n_trials=15),)))
        assert (total.value, len(sent)) == (15, 1)
        timed = replace(search, budget_s=120.0, spent_s=30.0, seconds_left=90.0)
        box.render(snapshot(searches=(timed,)))
        assert total.layout.display == "none"
        assert "1:30 left of 2:00" in words(box.widget)

    def test_progress_in_words_and_pause_becomes_resume(self):
        box = self.box()
        search = SearchProgress(
            "random-1", "random", 10, 2, 1, SearchState.PAUSED, n_complete=3, n_failed=1,
            n_running=2, n_runs=20, n_runs_finished=9, seconds_left=41,
        )  # fmt: skip
        box.render(snapshot(searches=(search,)))
        said = words(box.widget)
        assert "4 of 10 trials" in said
        assert "1 failed" in said
        assert "0:41 left" in said
        assert button(box.widget, "Resume").disabled is False


class TestStatus:
    def test_words(self):
        status = Status(lambda _: None)
        idle = snapshot()
        searching = SearchProgress("random-1", "random", 10, None, 1, SearchState.RUNNING)
        for seen, word in [
            (idle, "idle"),
            (snapshot(trial(0, [[]], State.WAITING)), "training"),
            (replace(idle, searches=(searching,)), "searching"),
            (replace(idle, searches=(replace(searching, state=SearchState.PAUSED),)), "paused"),
        ]:
            status.render(seen)
            assert f">{word}<" in words(status.widget)

    def test_notices_are_escaped(self):
        status = Status(lambda _: None)
        status.render(snapshot(notices=("<script>",)))
        assert "&lt;script&gt;" in words(status.widget)
