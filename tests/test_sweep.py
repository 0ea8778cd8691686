"""Growing one hyperparameter: the trials made, what is gathered, where overfitting starts."""

from __future__ import annotations

from dataclasses import replace

import pytest

import tunewidgets as tw
from tests.builders import build_model, line
from tests.lab_helpers import (
    SPACE,
    ScriptedExecutor,
    button,
    no_widget_outlives_a_test,
    words,
)
from tunewidgets.analysis.growing import Point, grown, overfitting_from
from tunewidgets.errors import SpaceError
from tunewidgets.snapshot import SearchProgress, SearchState, Snapshot
from tunewidgets.space import SearchSpace
from tunewidgets.sweeping import steps_of
from tunewidgets.trial import Run, State, Trial
from tunewidgets.widgets.charts import Growth
from tunewidgets.widgets.commands import StartSweep

__all__ = ["no_widget_outlives_a_test"]


@pytest.fixture
def study():
    x, y = line()
    made = tw.Study(
        build_model, SPACE, x, y, validation_split=0.25, epochs=4, seed=1,
        executor=ScriptedExecutor(),
    )  # fmt: skip
    yield made
    made.close()


def test_every_value_is_tried_so_often_with_other_seeds_and_all_else_the_same(study):
    sweep = study.sweep("n_neurons", [3, 5, 3, 50], repeats=2, params={"learning_rate": 0.02})
    assert sweep.wait(20)
    tried = [trial.params["n_neurons"] for trial in sweep.trials]
    assert tried == [3, 5, 50, 3, 5, 50]
    assert {trial.params["learning_rate"] for trial in sweep.trials} == {0.02}
    assert len({trial.runs[0].seed for trial in sweep.trials}) == 6
    assert sweep.hyperparameter == "n_neurons"
    assert [point.value for point in sweep.points] == [3, 5, 50]
    assert [len(point.valid) for point in sweep.points] == [2, 2, 2]
    assert sweep.overfits_from is None


def test_a_sweep_is_a_search_among_others(study):
    first = study.sweep("n_neurons", [3], repeats=1)
    second = study.sweep("n_neurons", [3], repeats=1)
    assert (first.name, second.name) == ("sweep-1", "sweep-2")
    assert second.wait(20)
    assert second.state == "complete"
    assert second.progress.n_complete == 1


@pytest.mark.parametrize(
    ("name", "values", "repeats", "words"),
    [
        ("n_neuron", [3], 1, "n_neurons"),
        ("n_neurons", [], 1, "needs values, but got none"),
        ("n_neurons", [3], 0, "repeats must be a whole number of at least 1, but got 0"),
    ],
)
def test_what_cannot_be_grown_is_refused_before_anything_is_made(
    study, name, values, repeats, words
):
    with pytest.raises(SpaceError, match=words):
        study.sweep(name, values, repeats=repeats)
    assert study.trials == ()


def trial(number, n, valid, train=None, state=State.COMPLETE):
    history = {"val_loss": (9.0, valid)} | ({"loss": (9.0, train)} if train is not None else {})
    run = Run(number, 0, 0, state=state, value=valid if state is State.COMPLETE else None)
    return Trial(number, {"n": n}, runs=(Run(**{**as_dict(run), "history": history}),))


def as_dict(run):
    return {name: getattr(run, name) for name in run.__dataclass_fields__}


def test_trials_are_gathered_by_value_in_order():
    points = grown(
        [trial(0, 30, 0.5, 0.4), trial(1, 3, 0.7, 0.6), trial(2, 30, 0.6, 0.2),
         trial(3, 30, 0.0, state=State.FAILED)],
        "n", "val_loss",
    )  # fmt: skip
    assert points == (Point(3, (0.7,), (0.6,)), Point(30, (0.5, 0.6), (0.4, 0.2), 1))
    assert points[1].mean_valid == pytest.approx(0.55)
    assert points[1].mean_train == pytest.approx(0.3)


def points(*triples):
    return [
        Point(n, (valid - 0.01, valid, valid + 0.01), (train, train, train))
        for n, valid, train in triples
    ]


def test_overfitting_starts_where_validation_is_worse_by_more_than_chance():
    rising = points((1, 0.5, 0.5), (10, 0.4, 0.4), (30, 0.405, 0.3), (100, 0.5, 0.1))
    assert overfitting_from(rising, "minimize") == 100


def test_validation_that_is_worse_because_training_failed_is_no_overfitting():
    unstable = points((1, 0.5, 0.5), (10, 0.4, 0.4), (30, 0.9, 0.8))
    assert overfitting_from(unstable, "minimize") is None


def test_scores_are_read_the_other_way_round():
    rising = points((1, 0.7, 0.7), (10, 0.9, 0.9), (100, 0.7, 1.0))
    assert overfitting_from(rising, "maximize") == 100
    assert overfitting_from(rising[:2], "maximize") is None
    assert overfitting_from([], "maximize") is None


def test_the_chart_draws_the_latest_sweep_and_says_where_it_overfits():
    trials = tuple(
        trial(i, n, v, t)
        for i, (n, v, t) in enumerate(
            [
                (1, 0.50, 0.5),
                (10, 0.40, 0.4),
                (100, 0.60, 0.1),
                (1, 0.52, 0.5),
                (10, 0.41, 0.4),
                (100, 0.61, 0.1),
            ]
        )
    )
    trials = tuple(replace(t, origin="sweep-1") for t in trials)
    progress = SearchProgress("sweep-1", "sweep", 6, None, 1, SearchState.COMPLETE)
    seen = Snapshot(1, "s", "val_loss", "minimize", trials, (progress,))
    sent = []
    growth = Growth(SearchSpace.read({"n": (1, 100)}, lambda n=1: None), sent.append)
    growth.render(Snapshot(0, "s", "val_loss", "minimize"))
    assert "Choose a hyperparameter" in words(growth.widget)
    growth.render(seen)
    assert "Overfits from n = 100" in words(growth.widget)
    button(growth.widget, "Grow it").click()
    assert sent[-1] == StartSweep("n", 5, 3)


@pytest.mark.parametrize(
    ("distribution", "steps"),
    [
        (tw.Int(1, 300, log=True), [1, 2, 12, 61, 300]),
        (tw.Float(0.0, 1.0), [0.0, 0.25, 0.5, 0.75, 1.0]),
        (tw.Int(0, 2), [0, 1, 2]),
        (tw.Categorical(["a", "b"]), ["a", "b"]),
    ],
)
def test_steps_span_the_range_as_it_is_spread(distribution, steps):
    assert steps_of(distribution, 5) == steps
