"""The lab as a whole, seen from Python, on a real study.

The study's executor emits epochs from a script, which is what the executor protocol is for.
"""

from __future__ import annotations

import threading
import time
from functools import partial

import ipywidgets
import pytest
from ipywidgets.widgets.widget import _instances as alive

from tests.builders import build_model, line
from tests.lab_helpers import (
    SPACE,
    TIMEOUT_S,
    ScriptedExecutor,
    button,
    labelled,
    no_widget_outlives_a_test,
    states,
    tell,
    until,
    words,
)
from tunewidgets.snapshot import SearchState
from tunewidgets.study import Study
from tunewidgets.view import load
from tunewidgets.widgets import Lab
from tunewidgets.widgets.closing import tree
from tunewidgets.widgets.commands import Touched, Train
from tunewidgets.widgets.loop import Loop
from tunewidgets.widgets.theme import ACCENT

__all__ = ["no_widget_outlives_a_test"]


@pytest.fixture
def executor():
    return ScriptedExecutor()


@pytest.fixture
def study(executor):
    x, y = line()
    made = Study(
        build_model, SPACE, x, y, validation_split=0.25, epochs=4, patience=3, seed=1,
        name="A <b>study</b>", executor=executor,
    )  # fmt: skip
    yield made
    made.close()


@pytest.fixture
def lab(study):
    made = Lab(study)
    yield made
    made.close()


class TestLoop:
    def test_faults_are_told_and_the_loop_goes_on(self):
        told, drawn = [], []

        def render():
            drawn.append(time.monotonic())
            if len(drawn) == 1:
                raise ZeroDivisionError("once")

        loop = Loop(lambda _: None, render, render, told.append)
        loop.start()
        until(lambda: drawn)
        loop.send(Touched())
        until(lambda: len(drawn) == 2)
        loop.close()
        assert [type(error) for error in told] == [ZeroDivisionError]

    def test_pokes_are_coalesced_and_commands_answered_in_order(self):
        done, drawn = [], []
        draw = partial(drawn.append, 1)
        loop = Loop(done.append, draw, draw, done.append)
        loop.start()
        until(lambda: drawn)
        commands = [Train({"a": n}) for n in range(50)]
        for command in commands:
            loop.poke()
            loop.send(command)
        until(lambda: len(done) == 50)
        for _ in range(10_000):
            loop.poke()
        loop.close()
        assert done == commands
        assert len(drawn) < 60


class TestLab:
    def test_train_answers_runs_and_shows(self, lab, study, executor):
        executor.may_go.clear()
        labelled(lab.controls, "n_neurons").value = 5
        button(lab.controls, "Train these values").click()
        until(lambda: "Training #0" in words(lab.controls))
        until(lambda: states(lab) == ["running"])
        until(lambda: ">training<" in words(lab.status))
        executor.may_go.set()
        until(lambda: "#0: val_loss 0.125, the best so far" in words(lab.controls))
        assert study.trials[0].params["n_neurons"] == 5
        until(lambda: lab.leaderboard.rows[0]["cells"][0] == "1")
        assert lab.leaderboard.colours == {"0": ACCENT}
        assert "A &lt;b&gt;study&lt;/b&gt;" in words(lab.status)

    def test_every_label_has_a_tooltip(self, lab):
        # ipywidgets writes None into the page as "null".
        panels = lab, lab.values, lab.parallel, lab.heat_map, lab.growth, lab.range_chart
        labels = [w for panel in panels for w in tree(panel) if getattr(w, "description", "")]
        assert labels
        assert [w.description for w in labels if w.tooltip is None] == []

    def test_search_stays_in_ranges_and_pins(self, lab, study):
        labelled(lab.controls, "learning_rate").value = 0.01
        pin = next(
            w for w in tree(lab.controls)
            if isinstance(w, ipywidgets.ToggleButton) and "learning_rate" in (w.tooltip or "")
        )  # fmt: skip
        pin.value = True
        ranges = (w for w in tree(lab.controls) if isinstance(w, ipywidgets.IntRangeSlider))
        next(ranges).value = (3, 5)
        labelled(lab.search_box, "folds").value = 2
        until(lambda: "3 combinations: all of them will be run" in words(lab.search_box))
        button(lab.search_box, "Search").click()
        until(lambda: "random-1 complete: 3 of 3 trials" in words(lab.search_box))
        assert sorted(t.params["n_neurons"] for t in study.trials) == [3, 4, 5]
        assert {t.params["learning_rate"] for t in study.trials} == {0.01}
        assert {t.folds for t in study.trials} == {2}

    def test_pause_resume_stop(self, lab, study, executor):
        executor.may_go.clear()
        button(lab.search_box, "Search").click()
        until(lambda: "running" in states(lab))  # with nothing running, a pause is there at once
        assert ">searching<" in words(lab.status)
        button(lab.status, "Pause").click()
        until(lambda: ">pausing<" in words(lab.status))
        button(lab.status, "Resume").click()
        until(lambda: ">searching<" in words(lab.status))
        button(lab.status, "Stop all").click()
        until(lambda: ">idle<" in words(lab.status))
        assert study.searches[0].state is SearchState.STOPPED
        until(lambda: set(states(lab)) <= {"stopped"})  # drawn after the status

    def test_error_stands_beside_its_control(self, lab, study):
        study.close()
        until(lambda: button(lab.controls, "Train these values").disabled)
        assert "The study is closed" in words(lab.controls)
        button(lab.search_box, "Search").click()
        until(lambda: "tw-error" in words(lab.search_box))
        assert "The study is closed" in words(lab.search_box)

    def test_select_use_and_stop(self, lab, study, executor):
        executor.may_go.clear()
        study.enqueue({"n_neurons": 300})
        until(lambda: states(lab) == ["running"])
        tell(lab, kind="select", numbers=[0])
        until(lambda: lab.leaderboard.selected == [0])
        tell(lab, kind="use", number=0)
        until(lambda: labelled(lab.controls, "n_neurons").value == 300)
        tell(lab, kind="stop", numbers=[0])
        until(lambda: states(lab) == ["stopped"])

    def test_failure_in_words(self, lab):
        labelled(lab.controls, "n_neurons").value = 13
        button(lab.controls, "Train these values").click()
        until(lambda: "#0 failed: ValueError: 13 &lt;is&gt; unlucky" in words(lab.controls))
        # Drawn after the controls, and perhaps for the first time.
        until(lambda: any(row["fails"] for row in lab.leaderboard.rows))

    def test_labs_of_a_study_share_their_panels(self, lab, study):
        other = Lab(study, note="A <note>", height=700)
        assert other.controls is lab.controls
        assert "A &lt;note&gt;" in words(other)
        assert other.layout.height == "700px"
        other.close()
        other.close()
        assert lab.controls.comm is not None
        button(lab.controls, "Train these values").click()
        until(lambda: states(lab) == ["complete"])

    def test_close_leaves_nothing(self, study):
        before, threads = set(alive), threading.active_count()
        first, second = Lab(study), Lab(study)
        assert threading.active_count() == threads + 1
        first.close()
        second.close()
        assert set(alive) == before
        assert threading.active_count() == threads
        again = Lab(study)
        until(lambda: ">idle<" in words(again.status))
        again.close()

    def test_continue_what_an_earlier_session_left(self, tmp_path, held):
        x, y = line()
        path = tmp_path / "study.db"
        first = Study(build_model, SPACE, x, y, validation_split=0.25, storage=path, executor=held)
        first.enqueue({"n_neurons": 5})
        until(lambda: first.trials[0].epochs)
        first.close()
        again = Study(
            build_model, SPACE, x, y, validation_split=0.25, storage=path,
            executor=ScriptedExecutor(),
        )  # fmt: skip
        lab = Lab(again)
        go_on = button(lab.status, "Continue unfinished")
        until(lambda: "1 trial is unfinished" in words(lab.status))
        assert go_on.layout.display != "none"
        go_on.click()
        until(lambda: go_on.layout.display == "none")
        assert "unfinished" not in words(lab.status)
        until(lambda: states(lab) == ["complete"])
        lab.close()
        again.close()

    def test_nothing_unfinished_nothing_to_continue(self, lab):
        until(lambda: ">idle<" in words(lab.status))
        assert button(lab.status, "Continue unfinished").layout.display == "none"

    def test_file_opened_to_look(self, tmp_path, executor):
        x, y = line()
        path = tmp_path / "study.db"
        made = Study(
            build_model, SPACE, x, y, validation_split=0.25, storage=path, executor=executor
        )
        made.enqueue({"n_neurons": 5})
        assert made.wait(TIMEOUT_S)
        made.close()
        opened = load(path)
        lab = Lab(opened)
        until(lambda: states(lab) == ["complete"])
        assert button(lab.controls, "Train these values").disabled
        assert button(lab.search_box, "Search").disabled
        assert "opened to look" in words(lab.status)
        lab.close()
        opened.close()
