"""An executor of our own making, as anybody may write one: it trains nothing and takes no time.

A run has two epochs. Its value comes from a formula, and with ``held=True`` it stays in its
second epoch until it is released, so that a test can look at a study in the middle of its work.
"""

from __future__ import annotations

import queue
import threading
import time

import numpy as np

import tunewidgets as tw
from tests.builders import line
from tunewidgets.events import EpochsEnded, RunEnded, RunStarted
from tunewidgets.training.job import weights_to_bytes
from tunewidgets.trial import State

SPACE = {"n_neurons": [1, 2, 4, 8], "learning_rate": [0.01, 0.1]}


def build_model(n_neurons=4, learning_rate=0.01):
    raise AssertionError(f"nothing is built on paper, also not {n_neurons, learning_rate}")


class ThreadExecutor:
    """Does runs in threads; what that means is for `do` to say."""

    def __init__(self, n_workers):
        self.n_workers = n_workers
        self.tasks = []  # in the order in which they were submitted
        self._queue = queue.SimpleQueue()

    def open(self, job, emit):
        del job
        self._threads = [
            threading.Thread(target=self._work, args=(emit,), name="tunewidgets-paper", daemon=True)
            for _ in range(self.n_workers)
        ]
        for thread in self._threads:
            thread.start()

    def warm(self):
        """Be ready at all times."""

    def submit(self, task):
        self.tasks.append(task)
        self._queue.put(task)

    def close(self):
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join()

    def _work(self, emit):
        while (task := self._queue.get()) is not None:
            self.do(task, emit)


class StoppedExecutor(ThreadExecutor):
    """Knows which runs were asked to stop, and whether it is closed."""

    def __init__(self, n_workers=1):
        super().__init__(n_workers)
        self._changed = threading.Condition()
        self._stopped = set()
        self._is_closed = False

    def stop(self, key):
        with self._changed:
            self._stopped.add(key)
            self._changed.notify_all()

    def close(self):
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
        super().close()


class PaperExecutor(StoppedExecutor):
    """Does runs on paper."""

    def __init__(self, n_workers=1, *, held=False):
        super().__init__(n_workers)
        self._n_free = 0 if held else 10**9

    def submit(self, task):
        with self._changed:
            self._stopped.discard(task.key)
        super().submit(task)

    def release(self, n_runs=10**9):
        """Let so many runs come to their end."""
        with self._changed:
            self._n_free += n_runs
            self._changed.notify_all()

    def do(self, task, emit):
        if self._is_closed:
            return
        value = value_of(task.params, task.fold)
        emit(RunStarted(task.key))
        emit(epoch(task.key, 2 * value))
        end = self._wait_for_end(task, value)
        if end is None:
            return
        if end.state is State.COMPLETE:
            emit(epoch(task.key, value))
        emit(end)

    def _wait_for_end(self, task, value):
        def is_over():
            return self._is_closed or task.key in self._stopped or self._n_free > 0

        with self._changed:
            self._changed.wait_for(is_over)
            if self._is_closed:
                return None
            if task.key in self._stopped:
                return RunEnded(task.key, State.STOPPED, seconds=1.0, engine="paper")
            self._n_free -= 1
        if task.params["n_neurons"] == 13:
            return RunEnded(task.key, State.FAILED, seconds=1.0, error="ValueError: bad luck")
        weights = weights_to_bytes([np.array([value])]) if task.to_beat is not None else None
        return RunEnded(task.key, State.COMPLETE, value, 1.0, engine="paper", weights=weights)


def value_of(params, fold=None):
    """The lower, the nearer to three neurons and a learning rate of 0.1."""
    rate = params.get("learning_rate", 0.1)
    return abs(params["n_neurons"] - 3) + abs(rate - 0.1) + 0.5 * (fold or 0)


def epoch(key, value):
    return EpochsEnded(key, {"loss": (value,), "val_loss": (value,)})


def paper_study(executor=None, space=None, **options):
    """A study on paper."""
    x, y = line()
    return tw.Study(
        build_model,
        space or SPACE,
        x,
        y,
        executor=executor or PaperExecutor(),
        **{"validation_split": 0.25, **options},
    )


def until(study, is_so, timeout_s=20):
    """Wait for a condition of the study's snapshot, woken by its changes; give the snapshot."""
    deadline = time.monotonic() + timeout_s
    changed = threading.Event()
    unsubscribe = study.subscribe(changed.set)
    try:
        while not is_so(seen := study.snapshot()):
            assert changed.wait(deadline - time.monotonic()), f"still {seen}"
            changed.clear()
        return seen
    finally:
        unsubscribe()
