"""The lab's learning-rate range test: one press looks for a rate, another sets the control."""

from __future__ import annotations

import numpy as np
import pytest

import tunewidgets as tw
from tests.lab_helpers import button, no_widget_outlives_a_test, until, words
from tests.test_range_test import RangingExecutor
from tunewidgets.distributions import Float
from tunewidgets.rates import RangeRecord, rising
from tunewidgets.snapshot import Snapshot
from tunewidgets.space import SearchSpace
from tunewidgets.trial import State
from tunewidgets.widgets.charts import RangeChart
from tunewidgets.widgets.commands import FindRate, SetValue

__all__ = ["no_widget_outlives_a_test"]

RATES = rising(1e-5, 1.0, 50)
SPACE = {"learning_rate": Float(1e-3, 1e-1, log=True)}


def seen(test=None, **more):
    return Snapshot(0, "s", "val_loss", "minimize", range_test=test, **more)


@pytest.fixture
def chart():
    sent = []
    made = RangeChart(
        SearchSpace.read(SPACE, lambda learning_rate=0.01: None), "learning_rate", sent.append
    )
    return made, sent


def test_the_chart_goes_from_nothing_to_a_rate(chart):
    made, sent = chart
    made.render(seen())
    assert "Press Find a rate" in words(made.widget)
    button(made.widget, "Find a rate").click()
    assert sent == [FindRate()]
    made.render(seen(RangeRecord(0, planned=RATES)))
    assert "Trying learning rates" in words(made.widget)
    assert button(made.widget, "Find a rate").disabled
    losses = tuple(np.linspace(2, 1, 30))
    done = RangeRecord(
        0, {}, RATES, State.COMPLETE, RATES[:30], losses, losses, 1e-4, "The loss is <lowest>."
    )
    made.render(seen(done))
    assert "&lt;lowest&gt;" in words(made.widget)
    button(made.widget, "Set learning_rate to 1.0e-3").click()  # the nearest that the space has
    assert sent[-1] == SetValue("learning_rate", 1e-3)
    made.render(seen(RangeRecord(1, planned=RATES, state=State.FAILED, error="no <luck>")))
    assert "The test failed: no &lt;luck&gt;" in words(made.widget)


def test_a_study_that_cannot_train_says_why(chart):
    made, _ = chart
    made.render(seen(cannot_train="It is closed."))
    start = button(made.widget, "Find a rate")
    assert start.disabled
    assert start.tooltip == "It is closed."


def test_in_a_lab_the_rate_goes_into_the_control(make):
    space = {"n_neurons": [1, 2], "learning_rate": Float(1e-4, 1e-1, log=True)}
    lab = tw.Lab(make(RangingExecutor(), space=space))
    chart = lab.range_chart
    button(chart, "Find a rate").click()

    def set_it():
        return [w for w in chart.children[1].children if w.description[:3] == "Set"]

    until(set_it)
    (use,) = set_it()
    value = use.description.rsplit(" ", 1)[1]
    use.click()
    until(lambda: f"learning_rate is now {value}" in words(lab.controls))
    lab.close()


def test_a_space_without_a_learning_rate_has_no_such_tab(make):
    lab = tw.Lab(make(space={"n_neurons": [1, 2]}))
    with pytest.raises(tw.StudyError, match="named 'learning_rate' or 'lr'"):
        _ = lab.range_chart
    lab.close()
