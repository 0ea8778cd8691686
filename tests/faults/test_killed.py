"""Workers and kernels that are killed, interrupted, stuck or closed in the middle of a fit."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

import tunewidgets as tw
from tests.builders import line
from tests.faults.kernel import again
from tests.leftovers import long_lived
from tests.paper import until
from tests.processes import is_alive, wait_for
from tunewidgets.executors import ProcessExecutor, SerialExecutor
from tunewidgets.trial import State

pytestmark = pytest.mark.slow

ENDLESS = 10**9


def builder(mood="fine"):
    import keras

    if mood == "prints":
        print("printed by a builder", flush=True)  # noqa: T201
        print("complained by a builder", file=sys.stderr, flush=True)  # noqa: T201
        os.system("echo echoed by a builder")  # noqa: S605
    if mood == "exits":
        os._exit(7)
    model = keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(1)])
    model.compile(loss="mse", optimizer="sgd")
    model.mood = mood
    return model


def stubbornness():
    """A callback that does not come to its end in the third epoch of a stubborn run."""
    import keras

    class Stubborn(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, _logs=None):
            while epoch == 2 and self.model.mood == "stubborn":
                time.sleep(1)

    return [Stubborn()]


def make_study(executor):
    x, y = line()
    return tw.Study(
        builder,
        {"mood": ["fine", "prints", "exits", "stubborn"]},
        x,
        y,
        validation_split=0.25,
        callbacks=stubbornness,
        epochs=2,
        executor=executor,
    )


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Where executors keep what their workers share."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


# Workers


@pytest.fixture(scope="module")
def executor() -> Iterator[ProcessExecutor]:
    with long_lived(ProcessExecutor(2, grace_s=2.0)) as executor:
        yield executor


@pytest.fixture(scope="module")
def shared(executor):
    """One study whose two workers serve the tests below."""
    with closing(make_study(executor)) as study:
        yield study


@pytest.fixture
def study(shared):
    """The study with nothing going on, before and after."""
    yield shared
    shared.stop()
    assert shared.wait(60)


def epochs_of(study, number):
    return study.trials[number].epochs


def test_a_worker_that_is_killed_fails_its_run_alone(study, executor):
    one, two = (study.enqueue({"mood": "fine", "epochs": ENDLESS}).number for _ in range(2))
    after = study.enqueue({"mood": "fine"}).number
    until(study, lambda seen: seen.trials[one].epochs and seen.trials[two].epochs, 60)
    os.kill(executor.pids[0], signal.SIGKILL)
    until(study, lambda seen: seen.trials[after].state is State.COMPLETE, 60)  # by a new worker
    killed, other = sorted(
        (one, two), key=lambda number: not study.trials[number].state.is_finished
    )
    (run,) = study.trials[killed].runs
    assert run.state is State.FAILED
    assert run.error == (
        "The worker process was ended by the system (SIGKILL, most likely for want of memory). "
        "The others go on; try a smaller model or batch, or fewer workers."
    )
    assert run.epochs > 0  # what it had reported is kept
    n_epochs = epochs_of(study, other)
    until(study, lambda seen: seen.trials[other].epochs > n_epochs)


def test_a_killed_run_goes_on_from_its_last_checkpoint(tmp_path):
    executor = ProcessExecutor(1, grace_s=2.0)
    x, y = line()
    space, file = {"mood": ["fine"]}, tmp_path / "study.db"
    study = tw.Study(
        builder, space, x, y, validation_split=0.25, epochs=ENDLESS, executor=executor, storage=file
    )
    with closing(study):
        study.enqueue()
        wait_for(lambda: list(checkpoints(file)), limit_s=60)  # it is in the middle of the fit
        n_epochs = epochs_of(study, 0)
        os.kill(executor.pids[0], signal.SIGKILL)
        assert study.wait(60)
        assert study.trials[0].state is State.FAILED
        study.more(0)
        until_further(study, n_epochs)
        study.stop(0)
        assert study.wait(60)
        (run,) = study.trials[0].runs
        assert run.state is State.STOPPED
        assert 0 < int(run.engine.rpartition("continued from epoch ")[2]) < run.epochs


def until_further(study, n_epochs):
    def is_further(seen):
        return seen.trials[0].state is State.RUNNING and seen.trials[0].epochs > n_epochs

    until(study, is_further, 60)


def checkpoints(file):
    return file.parent.glob(f"{file.name}-checkpoints/*/0-0.npz")


def test_a_worker_that_exits_by_itself_fails_its_run_alone(study):
    exited, after = (study.enqueue({"mood": mood}).number for mood in ("exits", "fine"))
    assert study.wait(60)
    assert study.trials[exited].error == (
        "The worker process ended by itself with exit code 7. The others go on."
    )
    assert study.trials[after].state is State.COMPLETE


def test_an_idle_worker_that_is_killed_is_not_missed(study, executor):
    study.enqueue()
    assert study.wait(60)
    for pid in executor.pids:
        os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not executor.pids)
    number = study.enqueue().number
    assert study.wait(60)
    assert study.trials[number].state is State.COMPLETE


def test_what_a_builder_prints_goes_nowhere(study, capfd):
    number = study.enqueue({"mood": "prints"}).number
    assert study.wait(60)
    assert study.trials[number].state is State.COMPLETE
    assert capfd.readouterr() == ("", "")


def test_a_run_that_does_not_listen_is_ended_by_force(study):
    number = study.enqueue({"mood": "stubborn", "epochs": 10}).number
    until(study, lambda seen: seen.trials[number].epochs == 2, 60)
    begun = time.monotonic()
    study.stop(number)
    assert study.wait(30)
    assert 1.5 < time.monotonic() - begun < 10
    (run,) = study.trials[number].runs
    assert run.state is State.STOPPED
    assert run.epochs == 2
    assert run.error is None


def test_stopping_at_any_moment_comes_to_an_end(study):
    for attempt in range(20):
        # Some end by themselves at about the time that they are stopped.
        number = study.enqueue({"mood": "fine", "epochs": 1 + attempt % 3}).number
        if attempt % 2:
            until(study, lambda seen, n=number: seen.trials[n].state is not State.WAITING, 60)
        study.stop(number)
    assert study.wait(60)
    assert {trial.state for trial in study.trials[-20:]} <= {State.STOPPED, State.COMPLETE}
    assert study.enqueue({"mood": "fine"}).number == len(study.trials) - 1
    assert study.wait(60)
    assert study.trials[-1].state is State.COMPLETE


def test_workers_are_replaced_when_they_have_served_long(folder):
    executor = ProcessExecutor(1, max_runs=2)
    with closing(make_study(executor)) as study:
        pids = set()
        for _ in range(3):
            study.enqueue()
            assert study.wait(60)
            pids |= set(executor.pids)
        assert list(folder.iterdir())
        assert [trial.state for trial in study.trials] == [State.COMPLETE] * 3
        assert len(pids) == 2
    assert not list(folder.iterdir())


# Closing


@pytest.mark.parametrize("moment", ["while a worker starts", "in the middle of a fit"])
def test_closing_ends_the_workers_soon(moment, folder):
    executor = ProcessExecutor(1)
    study = make_study(executor)
    with closing(study):
        study.enqueue({"mood": "stubborn", "epochs": 10})
        wait_for(lambda: executor.pids)
        (pid,) = executor.pids
        if moment == "in the middle of a fit":
            until(study, lambda seen: seen.trials[0].epochs == 2, 60)
        waiting = threading.Thread(target=study.wait)
        waiting.start()
        begun = time.monotonic()
        study.close()
        assert time.monotonic() - begun < 4
    waiting.join(5)
    assert not waiting.is_alive()
    assert not is_alive(pid)
    assert not list(folder.iterdir())
    assert study.trials[0].state is State.WAITING  # it can be taken up again


# Kernels


class Kernel:
    """The process of `tests.faults.kernel`, and what it told last."""

    def __init__(self, file: Path, folder: Path) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.kernel", str(file)],
            stdout=subprocess.PIPE,
            env={**os.environ, "TMPDIR": str(folder)},
            start_new_session=True,
            text=True,
        )
        first = self.next_line()
        self.workers, self.fork = first["workers"], first["fork"]

    def next_line(self):
        assert self.process.stdout is not None
        return json.loads(self.process.stdout.readline())

    def until(self, is_so):
        deadline = time.monotonic() + 20
        while not is_so(told := self.next_line()):
            assert time.monotonic() < deadline, f"it told {told} at last"
        return told

    def end(self):
        for pid in (self.process.pid, self.fork, *self.workers):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()


@pytest.fixture
def kernel(tmp_path):
    (tmp_path / "tmp").mkdir()
    kernel = Kernel(tmp_path / "study.db", tmp_path / "tmp")
    yield kernel
    kernel.end()


def test_a_kernel_that_is_interrupted_and_killed(kernel, tmp_path):
    # An interrupt, as Jupyter sends it: to all processes of the kernel's group.
    os.killpg(kernel.process.pid, signal.SIGINT)
    before = kernel.until(lambda told: told["interrupts"])
    told = kernel.until(lambda told: all(map(int.__lt__, before["epochs"], told["epochs"])))
    assert all(map(is_alive, kernel.workers))

    wait_for(lambda: list(checkpoints(tmp_path / "study.db")))

    # Killed, while a process that was forked from it holds all its pipes open.
    assert list(kernel.folder.glob("tunewidgets-*"))
    kernel.until(lambda later: later["time"] > told["time"] + 1.0)
    kernel.process.kill()
    kernel.process.wait()
    wait_for(lambda: not any(map(is_alive, kernel.workers)), limit_s=5)
    wait_for(lambda: not list(kernel.folder.glob("tunewidgets-*")), limit_s=5)
    assert is_alive(kernel.fork)
    with closing(tw.load(tmp_path / "study.db")) as seen:
        assert [trial.state for trial in seen.trials] == [State.RUNNING] * 2
        assert all(trial.epochs >= n for trial, n in zip(seen.trials, told["epochs"], strict=True))
        assert any("study.resume()" in notice for notice in seen.snapshot().notices)

    # What it began goes on in another kernel, from where its last checkpoint was.
    study = again(tmp_path / "study.db", SerialExecutor())
    with closing(study):
        assert study.resume() == 2
        n_epochs = epochs_of(study, 0)
        until_further(study, n_epochs)
        study.stop()
        assert study.wait(60)
        assert "continued from epoch" in study.trials[0].runs[0].engine
