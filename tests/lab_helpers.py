"""What the lab's tests share: a scripted executor, and ways to find and read widgets."""

from __future__ import annotations

import threading
import time

import ipywidgets
import pytest
from ipywidgets.widgets.widget import _instances as alive

from tests.paper import ThreadExecutor
from tunewidgets.distributions import Float
from tunewidgets.events import EpochsEnded, RunEnded, RunStarted
from tunewidgets.snapshot import Snapshot
from tunewidgets.trial import Run, State, Trial
from tunewidgets.widgets.closing import close_tree, tree

TIMEOUT_S = 20
SPACE = {"n_neurons": (1, 40), "learning_rate": Float(1e-3, 1e-1, log=True)}


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


class ScriptedExecutor(ThreadExecutor):
    """Emits a few falling epochs for every task; holds each run back until it may go on."""

    def __init__(self, epochs=4):
        super().__init__(n_workers=2)
        self.may_go = threading.Event()
        self.may_go.set()
        self.stopped = set()
        self._epochs = epochs

    def stop(self, key):
        self.stopped.add(key)
        self.may_go.set()

    def close(self):
        self.may_go.set()
        super().close()

    def do(self, task, emit):
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
    """Find the control with this label."""
    return next(w for w in tree(root) if getattr(w, "description", None) == label)


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
