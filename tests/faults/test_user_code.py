"""What a user's code may do besides raising: leave, fork, hold what cannot travel."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from contextlib import closing

import pytest

import tunewidgets as tw
from tests.builders import build_model, line
from tests.paper import SPACE, PaperExecutor, paper_study, until
from tunewidgets.errors import DataError
from tunewidgets.executors import ProcessExecutor, SerialExecutor
from tunewidgets.snapshot import SearchState
from tunewidgets.trial import State

X, Y = line()


def leaving_builder(n_neurons=1):
    if n_neurons == 2:
        sys.exit("no GPU here")
    return build_model(n_neurons)


@pytest.mark.slow
def test_a_builder_that_calls_exit_fails_its_run_alone():
    study = tw.Study(
        leaving_builder,
        {"n_neurons": [2, 3]},
        X,
        Y,
        validation_split=0.25,
        epochs=1,
        executor=SerialExecutor(),
    )
    with closing(study):
        study.search("grid")
        assert study.wait(60)
        assert [trial.state for trial in study.trials] == [State.FAILED, State.COMPLETE]
        assert study.trials[0].error == "SystemExit: no GPU here"


def forking_builder(n_neurons=1):
    """Leave a process behind that holds all that the worker has open, and report its number."""
    model = build_model(n_neurons)
    model.child = os.fork()
    if model.child == 0:
        while True:
            signal.pause()
    return model


def numbers():
    """A callback that reports the worker's process and the one that was forked from it."""
    import keras

    class Numbers(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            logs.update(worker=os.getpid(), child=self.model.child)

    return [Numbers()]


@pytest.mark.slow
def test_a_worker_that_is_killed_is_missed_though_its_fork_lives():
    study = tw.Study(
        forking_builder,
        {"n_neurons": [1, 2]},
        X,
        Y,
        validation_split=0.25,
        epochs=10**9,
        callbacks=numbers,
        executor=ProcessExecutor(1),
    )
    with closing(study):
        study.enqueue()
        seen = until(study, lambda seen: seen.trials[0].epochs, 60)
        history = seen.trials[0].runs[0].history
        worker, child = (int(history[name][0]) for name in ("worker", "child"))
        try:
            os.kill(worker, signal.SIGKILL)
            assert study.wait(20)
        finally:
            os.kill(child, signal.SIGKILL)
        assert study.trials[0].state is State.FAILED
        assert "ended by the system (SIGKILL" in study.trials[0].error


def test_functions_that_make_data_must_be_able_to_travel(tmp_path):
    with (tmp_path / "rows.csv").open("w") as rows:

        def make():
            return rows.read()

        for arguments in ({"x": make, "y": None}, {"validation_data": make}):
            with pytest.raises(DataError, match=r"able to travel .* open inside it what"):
                tw.Study(
                    build_model, SPACE, **{"x": X, "y": Y, **arguments}, executor=PaperExecutor()
                )


def test_searches_that_begin_in_several_threads_have_names_of_their_own(make):
    study = make(PaperExecutor(3))
    barrier = threading.Barrier(8)
    found = []

    def search():
        barrier.wait(10)
        for _ in range(5):
            found.append(study.search("random", 1, seed=len(found)))

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)  # threads meet more often
    try:
        threads = [threading.Thread(target=search) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert len({search.name for search in found}) == 40
    assert all(search.wait(20) for search in found)


def test_a_search_can_be_stopped_through_its_study(held):
    with closing(paper_study(held)) as study:
        search = study.search("grid")
        until(study, lambda seen: seen.n_running)
        study.stop(search)
        begun = time.monotonic()
        assert search.wait(20)
        assert time.monotonic() - begun < 10
        assert search.state is SearchState.STOPPED
