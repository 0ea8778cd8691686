"""What every panel keeps to: it draws any study, the same study again without sending a thing.

The studies: empty, with one run, with failed runs alone, and with a thousand.
"""

from __future__ import annotations

import functools
import itertools
import math
from dataclasses import replace

import numpy as np
import pytest

from tests.lab_helpers import no_widget_outlives_a_test, snapshot, trial
from tunewidgets.distributions import Float
from tunewidgets.rates import RangeRecord, rising
from tunewidgets.requests import Forecast
from tunewidgets.scene import Grid, Scene
from tunewidgets.space import SearchSpace
from tunewidgets.trial import State
from tunewidgets.widgets.charts import (
    Growth,
    HeatMap,
    ImportanceChart,
    Parallel,
    RangeChart,
    ValueHistory,
)
from tunewidgets.widgets.charts.outcomes import OutcomeStore
from tunewidgets.widgets.closing import tree
from tunewidgets.widgets.controls import Controls
from tunewidgets.widgets.curves import Curves
from tunewidgets.widgets.highlights import Highlights
from tunewidgets.widgets.inspector import Inspector
from tunewidgets.widgets.leaderboard import Leaderboard
from tunewidgets.widgets.search_box import SearchBox
from tunewidgets.widgets.status import Status
from tunewidgets.widgets.tabs import Tabs
from tunewidgets.widgets.takeaway import TakeAway
from tunewidgets.widgets.thinking import Thinking
from tunewidgets.widgets.trail import Trail

__all__ = ["no_widget_outlives_a_test"]

SPACE = {
    "n_neurons": (1, 40),
    "learning_rate": Float(1e-3, 1e-1, log=True),
    "activation": ["relu", "tanh"],
}


def build(n_neurons=30, learning_rate=3e-3, activation="relu"):
    """Take three hyperparameters."""


def space():
    return SearchSpace.read(SPACE, build)


def tried(number, losses, state=State.COMPLETE):
    return trial(
        number, [losses], state, n_neurons=1 + number % 40,
        learning_rate=10 ** (-3 + (number * 7 % 101) / 50), activation=("relu", "tanh")[number % 2],
    )  # fmt: skip


@functools.cache
def thousand():
    curves = [[1 / (1 + n % 37 + epoch) for epoch in range(20)] for n in range(1000)]
    curves[13][7:] = [math.nan] * 13
    curves[14][7:] = [1e30] * 13
    done = [tried(n, curve) for n, curve in enumerate(curves)]
    done[15] = tried(15, [], State.FAILED)
    done[16] = tried(16, [0.5], State.STOPPED)
    return snapshot(*done, tried(1000, [0.4], State.RUNNING))


STUDIES = {
    "empty": lambda: snapshot(),
    "one run": lambda: snapshot(tried(0, [0.5, 0.4])),
    "failed only": lambda: snapshot(tried(0, [], State.FAILED), tried(1, [math.nan], State.FAILED)),
    "thousand": thousand,
}

SCENE = Scene(("x",), "y", (), Grid(((0.0, 1.0),)), np.zeros(8, "<f4").tobytes())

RATES = rising(1e-5, 1.0, 50)
TEST = RangeRecord(
    0, planned=RATES, state=State.COMPLETE, rates=RATES[:30], losses=(1.0,) * 30,
    smoothed=(1.0,) * 30, suggested=1e-4, words="Well.",
)  # fmt: skip

PANELS = {
    "status": lambda h, send: Status(send),
    "controls": lambda h, send: Controls(space(), {"epochs": 5}, h, send),
    "search box": lambda h, send: SearchBox(
        Controls(space(), {"epochs": 5}, h, send), lambda _: Forecast(7, 0, 7), send
    ),
    "trail": lambda h, send: Trail(Controls(space(), {"epochs": 5}, h, send), send),
    "curves": Curves,
    "run list": lambda h, send: Leaderboard(space(), h, send),
    "values": lambda h, send: ValueHistory(OutcomeStore(), h, send),
    "parameters": lambda h, send: Parallel(space(), OutcomeStore(), h, send),
    "heat map": lambda h, send: HeatMap(space(), OutcomeStore(), h, send),
    "thinking": Thinking,
    "importance": lambda h, send: ImportanceChart(space(), send),
    "growth": lambda h, send: Growth(space(), send),
    "learning rate": lambda h, send: RangeChart(space(), "learning_rate", send),
    "tabs": lambda h, send: Tabs([("Values", lambda: ValueHistory(OutcomeStore(), h, send))], send),
    "inspector": lambda h, send: Inspector(space(), {"epochs": 5}, h, send),
    "take away": lambda h, send: TakeAway(send),
}


@pytest.fixture(params=PANELS)
def panel(request):
    """A panel, the highlights that it shows, and the commands that it raised."""
    highlights, sent = Highlights(), []
    made = PANELS[request.param](highlights, sent.append)
    yield made, highlights
    if hasattr(made, "close"):
        made.close()


SELECTED = ((), (0,), (0, 3))
"""Nothing; one, to be inspected; two, to be compared."""


def test_any_study_is_drawn_and_again_for_nothing(panel):
    made, highlights = panel
    for make, selected in itertools.product(STUDIES.values(), SELECTED):
        seen = replace(make(), scene=SCENE, range_test=TEST)
        highlights.select(selected)
        highlights.update(seen)
        made.render(seen)
        wait_for_threads(made)
        made.render(seen)
        sent = record(made)
        made.render(seen)
        assert sent == []


def wait_for_threads(made):
    if hasattr(made, "close"):
        made.close()


def record(made):
    """Note whatever a panel's widgets change from now on."""
    sent = []
    for widget in tree(made.widget):
        widget.observe(lambda change: sent.append((change.owner, change.name)), names=widget.keys)
    return sent
