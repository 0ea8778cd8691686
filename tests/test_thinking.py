"""What models predict as they learn: from the worker to the record, the file and the lab."""

from __future__ import annotations

import csv
import io
import sqlite3
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest

import tunewidgets as tw
from tests.lab_helpers import labelled, no_widget_outlives_a_test, snapshot, trial, words
from tests.lab_helpers import until as soon
from tests.paper import PaperExecutor, epoch, paper_study, until
from tunewidgets.errors import StorageError, StudyError
from tunewidgets.events import PredictionMade, RunStarted
from tunewidgets.scene import Grid, Scene, Thought
from tunewidgets.training.thinking import PAUSE_S, Thinker
from tunewidgets.trial import State
from tunewidgets.widgets.closing import tree
from tunewidgets.widgets.highlights import Highlights
from tunewidgets.widgets.thinking import HOLD_S, Canvas, Gaze, Thinking
from tunewidgets.widgets.thinking_data import kind_of, picture, sentence, table

__all__ = ["no_widget_outlives_a_test"]

PLANE = Grid(((-1.0, 1.0), (0.0, 2.0)))
LINE = Grid(((-1.0, 1.0),))


def scene(grid, rows, classes=()):
    sample = np.array(rows, "<f4").tobytes()
    return Scene(("x1", "x2")[: len(grid.spans)], "y", classes, grid, sample)


HALVES = scene(PLANE, [[-0.5, 0.5, 0], [0.5, 1.5, 1], [0.7, 0.3, 0]], (0.0, 1.0))
SLOPE = scene(LINE, [[-0.5, -1.0], [0.5, 1.5]])


def thought(grid, function):
    """What a model would think that is this function."""
    values = np.asarray([function(*point) for point in grid.points()], "<f4")
    return Thought(1, grid, values.tobytes())


RIGHT_HALF = thought(PLANE, lambda a, _: (a + 1) / 2)
DOUBLE = thought(LINE, lambda a: 2 * a)


def thinking(number, made, state=State.COMPLETE, folds=None):
    """A trial, one run a thought."""
    done = trial(number, [[0.5]] * len(made), state, folds)
    runs = tuple(replace(r, thought=t) for r, t in zip(done.runs, made, strict=True))
    return replace(done, runs=runs)


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


class Executor(PaperExecutor):
    """Thinks once in each run, on the grid that it was given."""

    def open(self, job, emit):
        self.grid = job.grid
        super().open(job, emit)

    def do(self, task, emit):
        emit(RunStarted(task.key))
        made = np.full((1600, 1), 0.25 + task.key[0], "<f4")
        emit(PredictionMade(task.key, Thought(1, self.grid, made.tobytes())))
        emit(epoch(task.key, 1.0))
        emit(self._wait_for_end(task, 1.0))


def toy_study(executor, **options):
    x = np.random.default_rng(0).normal(size=(40, 2))
    return tw.Study(
        lambda n_neurons=4: None, {"n_neurons": [4, 8]}, x, (x[:, 0] > 0).astype(int),
        validation_split=0.25, executor=executor, **options,
    )  # fmt: skip


class TestThinker:
    def test_not_before_it_is_time(self):
        clock, told = Clock(), []
        thinker = Thinker((0, 0), LINE, is_flat=False, tell=told.append, clock=clock)
        thinker.between(None, 3)
        clock.now = PAUSE_S
        thinker.between(None, 0)
        assert told == []


class TestRecord:
    def test_kept_with_the_run_and_in_the_file(self, tmp_path):
        file = tmp_path / "study.db"
        executor = Executor(held=True)
        study = toy_study(executor, storage=file)
        first = study.enqueue()
        seen = until(study, lambda seen: seen.trials[0].runs[0].epochs)
        assert seen.scene.names == ("x1", "x2")
        assert seen.scene.grid == executor.grid
        live = seen.trials[first.number].runs[0].thought
        assert live.outputs()[0] == 0.25
        assert study.snapshot().trials[0].runs[0].thought is live
        executor.release()
        assert study.wait(20)
        study.close()
        view = tw.load(file)
        again = view.snapshot()
        assert again.trials[0].runs[0].thought == live
        assert again.scene == seen.scene
        view.close()

    def test_a_run_that_starts_over_forgets(self, tmp_path):
        file = tmp_path / "study.db"
        study = toy_study(Executor(held=True), storage=file)
        study.enqueue()
        until(study, lambda seen: seen.trials[0].runs[0].epochs)
        study.close()
        executor = Executor(held=True)
        study = toy_study(executor, storage=file)
        assert study.trials[0].runs[0].thought is not None
        study.close()
        view = tw.load(file)
        assert view.trials[0].runs[0].thought is not None
        view.close()

    def test_other_data_are_not_asked_about(self):
        executor = Executor()
        study = paper_study(executor)
        assert executor.grid is None
        assert study.snapshot().scene is None
        lab = tw.Lab(study)
        with pytest.raises(StudyError, match="leave it out of the layout"):
            _ = lab.thinking
        lab.close()
        study.close()

    def test_damage_is_told(self, tmp_path):
        file = tmp_path / "study.db"
        study = toy_study(Executor(), storage=file)
        study.enqueue()
        assert study.wait(20)
        study.close()
        with closing(sqlite3.connect(file)) as plain, plain:
            plain.execute("UPDATE thought SET outputs = x'00'")
        with pytest.raises(StorageError, match="damaged"):
            tw.load(file)


class TestPicture:
    def test_what_outputs_are(self):
        one, two = np.zeros((1600, 1)), np.zeros((1600, 2))
        assert kind_of(HALVES, one) == "binary"
        assert kind_of(HALVES, two) == "classes"
        assert kind_of(replace(HALVES, classes=(0.0, 1.0, 2.0)), one) == "quantity"
        assert kind_of(replace(HALVES, classes=()), two) == "quantity"
        assert kind_of(HALVES, None) == "classes"

    def test_classes_of_minus_one_and_one(self):
        made = picture(replace(HALVES, classes=(-1.0, 1.0)), thought(PLANE, lambda *_: 0.0))
        assert set(np.frombuffer(made.values, "<f4")) == {0.5}

    def test_agreement_in_words(self):
        run = thinking(12, [RIGHT_HALF]).runs[0]
        told = sentence(HALVES, run, None)
        assert told == ("Run #12, epoch 1: about 66% of the points shown are classified correctly.")
        run = thinking(3, [DOUBLE, DOUBLE], folds=2).runs[1]
        assert sentence(SLOPE, run, 2) == (
            "Run #3, fold 2 of 2, epoch 1: the points shown lie 0.25 off the curve on average."
        )

    def test_a_column_gives_a_curve_and_two_a_map(self):
        curve, surface = picture(SLOPE, DOUBLE), picture(HALVES, RIGHT_HALF)
        assert [axis["name"] for axis in curve.view["axes"]] == ["x1", "y"]
        assert [axis["name"] for axis in surface.view["axes"]] == ["x1", "x2"]
        assert surface.view["legend"] == ["class 0", "class 1"]
        points = np.frombuffer(curve.points, "<f4").reshape(-1, 3)
        assert points.tolist() == [[-0.5, -1, -1], [0.5, 1.5, 1.5]]
        assert len(curve.values) == 200 * 4
        assert len(surface.values) == 1600 * 4

    def test_classes_along_one_column(self):
        rug = scene(LINE, [[-0.5, 0], [0.5, 1], [0.7, 2]], (0.0, 1.0, 2.0))
        made = picture(rug, thought(LINE, lambda a: (0.2, 0.3, 0.5 + 0 * a)))
        assert made.view["axes"][1]["name"] == "probability"
        assert (np.frombuffer(made.points, "<f4").reshape(-1, 3)[:, 1] < 0).all()
        assert len(made.values) == 3 * 200 * 4

    def test_the_table_reads_and_the_file_is_whole(self):
        short = table(HALVES, RIGHT_HALF, "so", coarse=True)
        whole = table(HALVES, RIGHT_HALF, "so", coarse=False)
        assert short.heads == ("x1", "x2", "probability of class 1")
        assert (len(short.rows), len(whole.rows)) == (64, 1600)
        assert set(short.rows) < set(whole.rows)
        assert whole.rows[0] == (-1, 0, 0)
        assert table(HALVES, None, "so", coarse=True).rows == ()


class TestGaze:
    def test_the_selected_one_else_a_running_one_else_the_best(self):
        clock = Clock()
        gaze = Gaze(clock)
        done = [thinking(n, [RIGHT_HALF]) for n in range(2)]
        going = [thinking(n, [RIGHT_HALF], State.RUNNING) for n in (2, 3)]
        seen = snapshot(*done, *going)
        assert gaze.trial(seen, (1, 0)).number == 0
        assert gaze.trial(seen, ()).number == 2
        ended = snapshot(*done, thinking(2, [RIGHT_HALF]), going[1])
        assert gaze.trial(ended, ()).number == 2  # for a moment more
        clock.now = HOLD_S
        assert gaze.trial(ended, ()).number == 3
        assert gaze.trial(snapshot(*done), ()).number == 0

    def test_what_tells_nothing_is_not_looked_at(self):
        gaze = Gaze(Clock())
        assert gaze.trial(snapshot(), ()) is None
        silent = thinking(0, [None])
        assert gaze.trial(snapshot(silent, thinking(1, [RIGHT_HALF])), ()).number == 1
        assert gaze.trial(snapshot(silent), ()).number == 0


class TestPanel:
    @pytest.fixture
    def panel(self):
        self.highlights = Highlights()
        return Thinking(self.highlights, lambda _: None, Clock())

    def draw(self, panel, *trials, scene=HALVES):
        seen = replace(snapshot(*trials), scene=scene)
        self.highlights.update(seen)
        panel.render(seen)
        return next(w for w in tree(panel.widget) if isinstance(w, Canvas))

    def test_the_data_before_anything_is_trained(self, panel):
        canvas = self.draw(panel)
        assert "Select a run" in words(panel.widget)
        assert canvas.points
        assert canvas.values == b""
        assert canvas.view["is_map"]

    def test_follows_the_selection(self, panel):
        trials = [thinking(0, [RIGHT_HALF]), thinking(1, [thought(PLANE, lambda *_: 1)])]
        assert self.draw(panel, *trials).values == RIGHT_HALF.values
        self.highlights.select((1,))
        canvas = self.draw(panel, *trials)
        assert canvas.values == trials[1].runs[0].thought.values
        assert canvas.words.startswith("Run #1, epoch 1: about 33%")
        assert canvas.words in words(panel.widget)
        assert canvas.colour == self.highlights.colours[1]

    def test_the_same_again_sends_nothing_and_a_thought_only_values(self, panel):
        canvas = self.draw(panel, thinking(0, [RIGHT_HALF]))
        sent = []
        canvas.observe(lambda change: sent.append(change.name))
        self.draw(panel, thinking(0, [RIGHT_HALF]))
        assert sent == []
        self.draw(panel, thinking(0, [replace(thought(PLANE, lambda a, _: a > 0), epoch=2)]))
        assert sorted(sent) == ["values", "words"]

    def test_folds(self, panel):
        made = [thought(PLANE, lambda *_, v=v: v) for v in (0.0, 0.5, 1.0)]
        folded = thinking(0, made, folds=3)
        assert self.draw(panel, folded).values == made[2].values
        field = labelled(panel.widget, "fold")
        assert field.layout.display is None
        field.value = 1
        canvas = self.draw(panel, folded)
        assert canvas.values == made[1].values
        assert "fold 2 of 3" in canvas.words
        self.highlights.select((1,))
        self.draw(panel, folded, thinking(1, [RIGHT_HALF]))
        assert field.layout.display == "none"

    def test_trouble_is_escaped(self, panel):
        lost = Thought(1, PLANE, b"", "ValueError: <b>no</b>")
        self.draw(panel, thinking(0, [lost]))
        assert "ValueError: &lt;b&gt;no" in words(panel.widget)

    def test_thoughts_on_data_of_another_shape(self, panel):
        assert self.draw(panel, thinking(0, [DOUBLE])).values == b""
        assert "no prediction yet" in words(panel.widget)

    def test_its_data_as_csv(self, panel):
        twin = panel._card.twin
        replies = []
        twin.send = replies.append
        twin._handle_custom_msg({"kind": "csv", "token": "t"}, [])
        self.draw(panel, thinking(0, [RIGHT_HALF]))
        rows = list(csv.DictReader(io.StringIO(replies[0]["text"])))
        assert len(rows) == 1600
        assert float(rows[39]["probability of class 1"]) == 1

    def test_in_the_lab(self):
        study = toy_study(Executor())
        lab = tw.Lab(study)
        canvas = next(w for w in tree(lab.thinking) if isinstance(w, Canvas))
        study.enqueue()
        assert study.wait(20)
        until(study, lambda seen: seen.trials[0].runs[0].thought)
        soon(lambda: canvas.values)
        lab.close()
        study.close()
