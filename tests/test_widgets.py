"""The lab, seen from Python: what its widgets hold after presses, epochs and errors.

Panels are given snapshots made by hand; the lab as a whole is given a real study whose executor
emits epochs from a script, which is what the executor protocol is for.
"""

from __future__ import annotations

import math
import queue
import threading
import time
from dataclasses import replace
from functools import partial
from itertools import pairwise

import bqplot
import ipywidgets
import numpy as np
import pytest
from ipywidgets.widgets.widget import _instances as alive

from tests.builders import build_model, line
from tunewidgets.distributions import Categorical, Float, Int
from tunewidgets.events import EpochsEnded, RunEnded, RunStarted
from tunewidgets.snapshot import SearchProgress, SearchState, Snapshot
from tunewidgets.space import SearchSpace
from tunewidgets.study import Study
from tunewidgets.trial import Run, State, Trial
from tunewidgets.view import load
from tunewidgets.widgets import Lab
from tunewidgets.widgets import format as fmt
from tunewidgets.widgets.closing import close_tree, tree
from tunewidgets.widgets.commands import Touched, Train
from tunewidgets.widgets.control import Control
from tunewidgets.widgets.controls import Controls
from tunewidgets.widgets.curve_data import CurveStore, bands, joined, stacked
from tunewidgets.widgets.curves import Curves
from tunewidgets.widgets.highlights import Highlights
from tunewidgets.widgets.inputs import make_input
from tunewidgets.widgets.leaderboard import Leaderboard
from tunewidgets.widgets.limits import epoch_limits, even_ticks, log_ticks, value_limits
from tunewidgets.widgets.loop import Loop
from tunewidgets.widgets.ranges import make_range
from tunewidgets.widgets.search_box import SearchBox
from tunewidgets.widgets.status import Status
from tunewidgets.widgets.theme import ACCENT

TIMEOUT_S = 20


@pytest.fixture(autouse=True)
def no_widget_outlives_a_test():
    before = set(alive)
    yield
    close_tree(*(widget for name, widget in list(alive.items()) if name not in before))
    assert set(alive) == before


def until(is_so):
    """Wait for what another thread is about to bring about."""
    deadline = time.monotonic() + TIMEOUT_S
    while not is_so():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.005)


class ScriptedExecutor:
    """Emits a few falling epochs for every task; holds each run back until it may go on."""

    n_workers = 2

    def __init__(self, epochs=4):
        self.may_go = threading.Event()
        self.may_go.set()
        self.stopped = set()
        self._epochs = epochs
        self._tasks = queue.SimpleQueue()

    def open(self, _job, emit):
        self._threads = [threading.Thread(target=self._work, args=(emit,)) for _ in range(2)]
        for thread in self._threads:
            thread.start()

    def submit(self, task):
        self._tasks.put(task)

    def stop(self, key):
        self.stopped.add(key)
        self.may_go.set()

    def close(self):
        self.may_go.set()
        for _ in self._threads:
            self._tasks.put(None)
        for thread in self._threads:
            thread.join()

    def _work(self, emit):
        while (task := self._tasks.get()) is not None:
            emit(RunStarted(task.key))
            losses = [1 / (epoch + task.params["n_neurons"]) for epoch in range(self._epochs)]
            emit(EpochsEnded(task.key, {"val_loss": tuple(losses), "loss": tuple(losses)}))
            self.may_go.wait(TIMEOUT_S)
            if task.key in self.stopped:
                emit(RunEnded(task.key, State.STOPPED))
            elif task.params["n_neurons"] == 13:
                error = {"error": "ValueError: 13 <is> unlucky", "traceback": "line 1"}
                emit(RunEnded(task.key, State.FAILED, **error))
            else:
                emit(RunEnded(task.key, State.COMPLETE, value=losses[-1], seconds=0.5))


SPACE = {"n_neurons": (1, 40), "learning_rate": Float(1e-3, 1e-1, log=True)}


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


def button(root, description):
    """Find the visible button with these words on it."""
    return next(
        widget
        for widget in tree(root)
        if isinstance(widget, ipywidgets.Button) and widget.description == description
    )


def words(root):
    """Give all that a panel's sentences say."""
    return " ".join(w.value for w in tree(root) if isinstance(w, ipywidgets.HTML))


def labelled(root, label):
    """Find the control under a small label, or the value control of a strip."""
    for box in tree(root):
        if isinstance(box, ipywidgets.VBox) and box.children:
            head = box.children[0]
            names = [head] if isinstance(head, ipywidgets.Label) else getattr(head, "children", ())
            if any(isinstance(n, ipywidgets.Label) and n.value == label for n in names):
                return box.children[1]
    raise LookupError(label)


def tell(lab, **message):
    """Let the lab hear what the page's table would say."""
    lab.leaderboard._handle_custom_msg(message, [])


def states(lab):
    return [row["state"] for row in lab.leaderboard.rows]


def trial(number, losses, state=State.COMPLETE, folds=None, **params):
    """Make a trial by hand; one row of losses a run."""
    runs = tuple(
        Run(number, i, 0, fold=i if folds else None, state=state,
            history={"val_loss": tuple(row)} if row else {},
            value=row[-1] if state is State.COMPLETE else None)
        for i, row in enumerate(losses)
    )  # fmt: skip
    return Trial(number, params or {"n_neurons": 2}, runs=runs)


def snapshot(*trials, **rest):
    valued = [(t.value, t.number) for t in trials if t.value is not None]
    best = min(valued)[1] if valued else None
    return Snapshot(1, "study", "val_loss", "minimize", trials, best=best, n_workers=2, **rest)


class TestFormat:
    @pytest.mark.parametrize(
        ("value", "written"),
        [(3e-3, "3.0e-3"), (0.304, "0.304"), (0.30391, "0.3039"), (42, "42"), (123456, "123456"),
         (12345.6, "12346"), (1e6, "1.0e6"), (0.0, "0"), (-0.00123456, "-1.235e-3"),
         (math.nan, "NaN"), (math.inf, "∞")],
    )  # fmt: skip
    def test_number(self, value, written):
        assert fmt.number(value) == written

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

    def test_closed_range_is_one_value(self):
        made = make_range(Int(1, 9), lambda _: None)
        made.widget.value = (4, 4)
        assert made.bounds() == (4,)

    def test_one_choice_stays_on(self):
        sent = []
        made = make_range(Categorical(("a", "b")), sent.append)
        for chip in made.widget.children:
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
        controls = Controls(self.space(), self.settings(), sent.append)
        labelled(controls.widget, "n_neurons").value = 7
        labelled(controls.widget, "patience").value = 3
        button(controls.widget, "Train these values").click()
        expected = {"n_neurons": 7, "learning_rate": 3e-3, "batch_size": 16, "patience": 3}
        assert sent[-1] == Train(expected)

    def test_fixed_settings_have_no_range_and_tuned_ones_no_field(self):
        controls = Controls(self.space(), self.settings(), lambda _: None)
        labels = [w.value for w in tree(controls.widget) if isinstance(w, ipywidgets.Label)]
        assert labels.count("batch_size") == 1
        assert labels.count("search") == 3
        assert "warmup_epochs" not in labels

    def test_pin_takes_the_value_and_greys_the_range(self):
        control = Control("n_neurons", Int(1, 40), 5, lambda _: None)
        pin = next(w for w in tree(control.widget) if isinstance(w, ipywidgets.ToggleButton))
        pin.value = True
        control.render()
        slider = next(w for w in tree(control.widget) if isinstance(w, ipywidgets.IntRangeSlider))
        assert control.is_pinned
        assert slider.disabled

    def test_use_values_outside_and_settings(self):
        controls = Controls(self.space(), self.settings(), lambda _: None)
        params = {"n_neurons": 500, "learning_rate": 1.0, "batch_size": 999, "epochs": 7}
        controls.use(Trial(3, params))
        assert controls.values == params

    def test_reason_when_nothing_can_be_trained(self):
        controls = Controls(self.space(), self.settings(), lambda _: None)
        controls.render(snapshot(cannot_train="Only to <look>."))
        train = button(controls.widget, "Train these values")
        assert train.disabled
        assert train.tooltip == "Only to <look>."
        assert "Only to &lt;look&gt;." in words(controls.widget)


class TestSearchBox:
    def box(self, size=None, **rest):
        def build(n_neurons=30, learning_rate=3e-3):
            """Take two hyperparameters."""

        controls = Controls(SearchSpace.read(SPACE, build), {"epochs": 5}, lambda _: None)
        return SearchBox(controls, lambda *_: size, rest.get("send", lambda _: None))

    def test_counts_and_estimates(self):
        box = self.box(size=400)
        labelled(box.widget, "folds").value = 3
        box.render(snapshot(seconds_per_run=4.0))
        assert "400 combinations, about 1 min for 30 runs" in words(box.widget)

    def test_more_trials_than_combinations(self):
        box = self.box(size=4)
        box.render(snapshot())
        assert "4 combinations: all of them will be run" in words(box.widget)

    def test_endless(self):
        box = self.box()
        box.render(snapshot())
        assert "Endless combinations" in words(box.widget)

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
        assert epoch_limits(self.curves([1.0] * 1500), None) == (1, 2000)
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
        np.testing.assert_allclose(calm.y, [0, np.nan, -1])

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


class TestLoop:
    def test_faults_are_told_and_the_loop_goes_on(self):
        told, drawn = [], []

        def render():
            drawn.append(time.monotonic())
            if len(drawn) == 1:
                raise ZeroDivisionError("once")

        loop = Loop(lambda _: None, render, told.append)
        loop.start()
        until(lambda: drawn)
        loop.send(Touched())
        until(lambda: len(drawn) == 2)
        loop.close()
        assert [type(error) for error in told] == [ZeroDivisionError]

    def test_pokes_are_coalesced_and_commands_answered_in_order(self):
        done, drawn = [], []
        loop = Loop(done.append, partial(drawn.append, 1), done.append)
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
        assert states(lab) == ["running"]
        until(lambda: ">training<" in words(lab.status))
        executor.may_go.set()
        until(lambda: "#0: val_loss 0.125, the best so far" in words(lab.controls))
        assert study.trials[0].params["n_neurons"] == 5
        assert lab.leaderboard.rows[0]["cells"][0] == "1"
        assert lab.leaderboard.colours == {"0": ACCENT}
        assert "A &lt;b&gt;study&lt;/b&gt;" in words(lab.status)

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
        until(lambda: ">searching<" in words(lab.status))
        button(lab.status, "Pause").click()
        until(lambda: ">pausing<" in words(lab.status))
        button(lab.status, "Resume").click()
        until(lambda: ">searching<" in words(lab.status))
        button(lab.status, "Stop all").click()
        until(lambda: ">idle<" in words(lab.status))
        assert study.searches[0].state is SearchState.STOPPED
        assert set(states(lab)) <= {"stopped"}

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
        assert lab.leaderboard.rows[0]["fails"]

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
