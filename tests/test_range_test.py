"""Learning-rate range tests: what is read off the losses, and how a study makes one."""

from __future__ import annotations

import math

import pytest

import tunewidgets as tw
from tests.builders import build_model, line
from tests.paper import PaperExecutor
from tunewidgets.events import RatesTried, RunEnded, RunStarted
from tunewidgets.rates import has_exploded, rising, smooth, suggestion
from tunewidgets.trial import State

RATES = rising(1e-5, 1.0, 100)


def valley(rates, at=0.01):
    """Losses that are lowest at a rate."""
    return tuple(1 + 0.2 * math.log10(rate / at) ** 2 for rate in rates)


def test_rates_grow_by_the_same_factor():
    rates = rising(1e-3, 1.0, 4)
    assert rates == pytest.approx((1e-3, 1e-2, 1e-1, 1.0))
    assert RATES[-1] == 1.0


def test_a_tenth_of_the_rate_with_the_lowest_loss_is_suggested():
    _, rate, words = suggestion(RATES, valley(RATES), RATES)
    assert rate == pytest.approx(1e-3, rel=0.15)
    assert words == "The loss is lowest at 9.5e-3: a tenth of that is 9.5e-4."


def test_a_loss_that_falls_to_the_end_says_so():
    _, rate, words = suggestion(RATES, valley(RATES, at=100), RATES)
    assert rate == pytest.approx(0.1)
    assert "still falls at 1" in words


@pytest.mark.parametrize(
    ("n", "losses", "words"),
    [
        (100, [1.0 + 0.1 * (-1) ** i for i in range(100)], "hardly fell at any rate"),
        (100, [2.0] * 100, "hardly fell"),
        (6, [1.0, 1.0, 1.0, 2.0, 4.0, 9.0], "exploded at once: try rates below 1.0e-5"),
    ],
)
def test_losses_that_tell_nothing_suggest_nothing(n, losses, words):
    _, rate, told = suggestion(RATES[:n], losses, RATES)
    assert rate is None
    assert words in told


def test_smoothing_keeps_a_line_and_its_place():
    line_up = [float(i) for i in range(30)]
    assert smooth(line_up, 2.0)[10:20] == pytest.approx(line_up[10:20])


def test_explosion():
    calm = [1.0] * 10
    assert not has_exploded([])
    assert not has_exploded(calm)
    assert not has_exploded([*calm, 9.0])
    assert has_exploded([*calm, 9.0, 9.0])
    assert has_exploded([1.0, math.nan])
    assert not has_exploded([-1.0] * 10)


class RangingExecutor(PaperExecutor):
    """Has range tests find a valley."""

    def do(self, task, emit):
        if task.rates is None:
            super().do(task, emit)
            return
        emit(RunStarted(task.key))
        if self._wait_for_end(task, 0.0) is None:
            return
        if task.params["n_neurons"] == 8:
            emit(RunEnded(task.key, State.FAILED, error="ValueError: bad luck"))
            return
        emit(RatesTried(task.key, (*valley(task.rates)[:70], math.nan)))
        emit(RunEnded(task.key, State.COMPLETE))


def test_a_study_makes_a_test_that_is_no_trial(make):
    study = make(RangingExecutor())
    test = study.range_test({"n_neurons": 2})
    assert test.wait(20)
    record = test.record
    assert record.state is State.COMPLETE
    assert len(record.rates) == len(record.losses) == len(record.smoothed) == 70
    assert record.suggested == test.suggested == pytest.approx(1e-3, rel=0.15)
    assert record.params["n_neurons"] == 2
    assert study.trials == ()
    assert study.snapshot().range_test == record
    assert "lowest at" in repr(test)


def test_one_that_fails_says_why(make):
    test = make(RangingExecutor()).range_test({"n_neurons": 8})
    assert test.wait(20)
    assert test.state is State.FAILED
    assert "bad luck" in repr(test)


def test_stopping_and_closing_end_it(make):
    study = make(RangingExecutor(held=True))
    running, waiting, last = (study.range_test() for _ in range(3))
    assert not running.wait(0)
    waiting.stop()
    assert waiting.state is State.STOPPED
    study.close()
    assert running.state is last.state is State.STOPPED
    with pytest.raises(tw.StudyError, match="closed"):
        study.range_test()


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"low": 0.0}, "`0 < low < high` must hold"),
        ({"low": 1.0, "high": 0.1}, "low=1.0, high=0.1"),
        ({"high": math.inf}, "high=inf"),
        ({"n_steps": 3}, "n_steps must be a whole number of at least 10, but got 3"),
    ],
)
def test_rates_that_cannot_be_tried(make, how, message):
    with pytest.raises(tw.StudyError, match=message):
        make().range_test(**how)


@pytest.mark.slow
def test_a_real_model_finds_a_rate_and_trains_on(train):
    x, y = line(64)
    study, _ = train(build_model, x, y, validation_split=0.25, batch_size=8, epochs=1)
    test = study.range_test(low=1e-4, high=100.0, n_steps=60)
    assert test.wait(60)
    record = test.record
    assert record.state is State.COMPLETE, record.error
    assert 8 < len(record.rates) < 60, "a rate of 100 explodes"
    assert record.suggested is not None
    assert 1e-4 < record.suggested < 1
    study.enqueue({"n_neurons": 3})
    assert study.wait(60)
    assert study.trials[1].state is State.COMPLETE
