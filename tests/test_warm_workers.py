"""Workers that are forked from a process with TensorFlow in it, and what they are given."""

from __future__ import annotations

import io
import json
import os
import pickle
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from contextlib import closing

import psutil
import pytest

import tunewidgets as tw
from tests.builders import line
from tests.paper import until
from tests.processes import is_alive, nurseries, wait_for
from tunewidgets.events import EpochsEnded, RunStarted
from tunewidgets.executors import ProcessExecutor, resources
from tunewidgets.executors.nursery import start_nursery
from tunewidgets.executors.nursery_main import Greeting, Request
from tunewidgets.executors.worker import Outbox
from tunewidgets.trial import State

ENDLESS = 10**9
BOTH = pytest.mark.parametrize("preload", [True, False], ids=["forked", "fresh"])


def mood_builder(mood="fine"):
    import keras
    import tensorflow as tf

    if mood == "exits":
        os._exit(7)
    if mood == "too large":
        raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor")
    if mood == "threads":
        for _ in range(3):
            threading.Thread(target=threading.Event().wait).start()  # and they never end
    model = keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(1)])
    model.compile(loss="mse", optimizer="sgd", jit_compile=mood == "compiled")
    model.hoard = b"x" * (60_000_000 if mood == "hoards" else 0)
    return model


def telling():
    """A callback that reports where it is, and keeps what its model hoards."""
    import keras

    class Telling(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            keras.__dict__.setdefault("hoard", []).append(self.model.hoard)
            logs["worker"] = os.getpid()
            logs["gpu"] = int(os.environ.get("CUDA_VISIBLE_DEVICES", -1))
            logs["colour"] = {"red": 1, "blue": 2}.get(os.environ.get("COLOUR"), 0)
            logs["readme"] = os.path.exists("readme.txt")  # noqa: PTH110

    return [Telling()]


def make_study(executor, builder=mood_builder, **options):
    x, y = line()
    moods = ["fine", "exits", "too large", "threads", "compiled", "hoards"]
    return tw.Study(
        builder,
        {"mood": moods},
        x,
        y,
        validation_split=0.25,
        callbacks=telling,
        epochs=2,
        executor=executor,
        **options,
    )


def told(study, name, number=-1):
    """What a trial's first epoch told."""
    return int(study.trials[number].runs[0].history[name][0])


def train(study, mood="fine"):
    number = study.enqueue({"mood": mood}).number
    assert study.wait(60)
    return study.trials[number]


# Workers that are forked


@pytest.mark.slow
def test_workers_of_all_executors_come_from_one_process():
    with (
        closing(make_study(ProcessExecutor(2))) as one,
        closing(make_study(ProcessExecutor(2))) as other,
    ):
        for study in (one, other):
            for _ in range(2):
                study.enqueue({"mood": "fine", "epochs": ENDLESS})
        for study in (one, other):
            until(study, lambda seen: all(trial.epochs for trial in seen.trials), 60)
        workers = {told(study, "worker", number) for study in (one, other) for number in (0, 1)}
        assert len(workers) == 4
        (nursery,) = {psutil.Process(pid).ppid() for pid in workers}
        assert nursery in nurseries()
        assert all(os.getsid(pid) == pid for pid in workers)  # out of reach of each other's signals
    assert not any(map(is_alive, workers))
    assert is_alive(nursery)  # for the next study


@pytest.mark.slow
@BOTH
def test_a_worker_trains_with_and_without_xla(preload):
    with closing(make_study(ProcessExecutor(1, preload=preload))) as study:
        plain, compiled = (train(study, mood) for mood in ("fine", "compiled"))
        assert [plain.state, compiled.state] == [State.COMPLETE] * 2
        assert (psutil.Process(told(study, "worker")).ppid() == os.getpid()) is not preload


@pytest.mark.slow
@BOTH
def test_a_worker_sees_the_environment_and_the_folder_of_the_kernel_as_they_are_now(
    preload, tmp_path, monkeypatch
):
    seen = []
    for colour in ("red", "blue", None):
        monkeypatch.delenv("COLOUR", raising=False)
        if colour:
            monkeypatch.setenv("COLOUR", colour)
        with closing(make_study(ProcessExecutor(1, preload=preload))) as study:
            assert train(study).state is State.COMPLETE
            seen.append((told(study, "colour"), told(study, "readme")))
        (tmp_path / "readme.txt").touch()
        monkeypatch.chdir(tmp_path)
    assert seen == [(1, 0), (2, 1), (0, 1)]


@pytest.mark.slow
@BOTH
def test_how_a_worker_ends_is_told(preload):
    with closing(make_study(ProcessExecutor(1, preload=preload))) as study:
        assert train(study, "exits").error == (
            "The worker process ended by itself with exit code 7. The others go on."
        )
        study.enqueue({"mood": "fine", "epochs": ENDLESS})
        until(study, lambda seen: seen.trials[-1].epochs, 60)
        os.kill(told(study, "worker"), signal.SIGTERM)
        assert study.wait(20)
        assert "ended by the system (SIGTERM)" in study.trials[-1].error
        assert train(study).state is State.COMPLETE


@pytest.mark.slow
def test_a_run_out_of_memory_fails_alone_and_in_words():
    with closing(make_study(ProcessExecutor(1))) as study:
        assert train(study, "too large").error == (
            "A run must fit into memory, but got 'ResourceExhaustedError: OOM when allocating "
            "tensor': try a smaller model or batch, or fewer workers."
        )
        assert train(study).state is State.COMPLETE


@pytest.mark.slow
@BOTH
def test_threads_that_a_builder_leaves_hold_up_nothing(preload):
    with closing(make_study(ProcessExecutor(1, preload=preload))) as study:
        assert train(study, "threads").state is State.COMPLETE
        worker = told(study, "worker")
        begun = time.monotonic()
    assert time.monotonic() - begun < 1.5
    assert not is_alive(worker)


# Nurseries


@pytest.mark.slow
def test_runs_go_on_without_their_nursery_and_the_next_worker_has_another():
    with closing(make_study(ProcessExecutor(1))) as study:
        study.enqueue({"mood": "fine", "epochs": ENDLESS})
        until(study, lambda seen: seen.trials[0].epochs, 60)
        worker = told(study, "worker")
        nursery = psutil.Process(worker).ppid()
        os.kill(nursery, signal.SIGKILL)
        wait_for(lambda: not is_alive(nursery))
        n_epochs = study.trials[0].epochs
        until(study, lambda seen: seen.trials[0].epochs > n_epochs)

        os.kill(worker, signal.SIGKILL)  # whose end nobody is there to tell of
        assert study.wait(20)
        assert study.trials[0].state is State.FAILED
        assert "nobody knows how" in study.trials[0].error

        assert train(study).state is State.COMPLETE
        assert psutil.Process(told(study, "worker")).ppid() in nurseries() - {nursery}


@pytest.mark.slow
def test_a_nursery_that_dies_as_it_starts_is_not_missed(monkeypatch):
    monkeypatch.setenv("TF_OF_THIS_TEST", "1")  # so that no other test's nursery will do
    others = nurseries()
    with closing(make_study(ProcessExecutor(1))) as study:
        study.enqueue()
        wait_for(lambda: nurseries() - others)
        (nursery,) = nurseries() - others
        os.kill(nursery, signal.SIGKILL)
        assert study.wait(60)
        assert study.trials[0].state is State.COMPLETE


@pytest.mark.slow
def test_a_process_with_threads_is_not_forked(tmp_path, monkeypatch):
    # Keras imports pydot if it is there.
    module = (
        "import threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()"
    )
    (tmp_path / "pydot.py").write_text(module, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("TF_OF_THIS_TEST", "2")
    with closing(make_study(ProcessExecutor(1))) as study:
        assert train(study).state is State.COMPLETE
        assert psutil.Process(told(study, "worker")).ppid() == os.getpid()


@pytest.mark.slow
def test_a_nursery_without_workers_ends_after_a_while():
    others = nurseries()
    with closing(make_study(ProcessExecutor(1, idle_s=0.2))) as study:
        assert train(study).state is State.COMPLETE
        wait_for(lambda: not nurseries() - others)
        assert train(study).state is State.COMPLETE
    wait_for(lambda: not nurseries() - others)


KERNEL = """
    import signal, sys
    import tunewidgets as tw
    from tests.builders import build_model, line

    study = tw.Study(build_model, {{"n_neurons": (1, 9)}}, *line(), validation_split=0.25,
                     epochs=10**9, executor=(executor := tw.ProcessExecutor(2)))
    executor.warm()
    {then}
    print("there", flush=True)
    signal.pause()
"""

BUSY = "study.enqueue()\n    while not study.trials[0].epochs: pass"


@pytest.mark.slow
@pytest.mark.parametrize("then", ["", BUSY], ids=["starting", "busy"])
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_nothing_outlives_a_kernel_that_is_killed(then, how, root, tmp_path):
    kernel = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(KERNEL.format(then=then))],
        stdout=subprocess.PIPE,
        cwd=root,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    with kernel:
        assert kernel.stdout.readline() == b"there\n"
        wait_for(lambda: nurseries(kernel.pid) and any(tmp_path.glob("*/*.log")))
        (nursery,) = nurseries(kernel.pid)
        workers = [child.pid for child in psutil.Process(nursery).children()]
        assert len(workers) == (2 if then else 0)
        kernel.send_signal(how)
    wait_for(lambda: not any(map(is_alive, (nursery, *workers))))
    wait_for(lambda: not any(tmp_path.iterdir()))  # the data that the workers shared


@pytest.mark.slow
def test_a_kernel_whose_files_are_closed_before_it_has_ended_leaves_nothing(tmp_path):
    (shared := tmp_path / "shared").mkdir()
    kernel = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    news, far_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    news.settimeout(60)
    reader, writer = os.pipe()
    with kernel, theirs, far_end, news, (shared / "worker.log").open("wb") as log:
        nursery = start_nursery("main", resources.worker_environment(1), theirs.fileno())
        with nursery, ours:
            greeting, pidfd = Greeting(sys.path, 60.0), os.pidfd_open(kernel.pid)
            socket.send_fds(ours, [json.dumps(greeting).encode()], [pidfd])
            os.close(pidfd)
            request = Request(str(tmp_path), str(shared))
            files = [reader, log.fileno(), log.fileno(), far_end.fileno()]
            socket.send_fds(ours, [json.dumps(request).encode()], files)
            worker = int(news.recv(100))
            ours.close()
            kernel.kill()
            wait_for(lambda: not shared.exists())
    os.close(reader), os.close(writer)  # then the worker ends, which has not been told anything
    wait_for(lambda: not is_alive(worker))


@pytest.mark.slow
def test_a_process_that_ends_says_nothing_of_its_workers(root):
    code = textwrap.dedent(
        KERNEL.format(then="study.enqueue({'epochs': 1}); study.wait(); sys.exit()")
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=root,
        capture_output=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


# Ready beforehand


@pytest.mark.slow
@BOTH
def test_workers_can_be_ready_before_the_first_run(preload):
    executor = ProcessExecutor(2, preload=preload)
    with closing(make_study(executor)) as study:
        executor.warm()
        wait_for(lambda: len(executor.pids) == 2)
        ready = executor.pids
        assert train(study).state is State.COMPLETE
        assert told(study, "worker") in ready
        assert executor.pids == ready


def test_a_small_machine_has_its_memory_back_soon(monkeypatch):
    monkeypatch.setattr(resources, "WARM_MEMORY", float("inf"))
    assert not resources.may_warm()
    assert resources.default_idle_s() == resources.SHORT_IDLE_S


def test_a_machine_that_is_not_to_be_warmed(monkeypatch):
    monkeypatch.setenv("TUNEWIDGETS_WARM", "0")
    assert not resources.may_warm()
    with closing(make_study(executor := ProcessExecutor(2))):
        executor.warm()
    assert not executor.pids


@pytest.mark.slow
@pytest.mark.parametrize("reason", ["runs", "memory"])
def test_a_worker_is_replaced_by_one_that_is_ready(reason):
    options = {"max_runs": 2} if reason == "runs" else {"max_growth": 100e6}
    executor = ProcessExecutor(1, **options)
    with closing(make_study(executor)) as study:
        workers, there = [], []
        for _ in range(6):
            assert train(study, "hoards").state is State.COMPLETE
            workers.append(told(study, "worker"))
            there.append(executor.pids)
        n_runs = 2 if reason == "runs" else 4
        assert workers[:n_runs] == workers[:1] * n_runs
        assert workers[n_runs] != workers[0]
        assert workers[n_runs] in there[n_runs - 1]


# What they are given


def test_epochs_arrive_in_order_and_none_is_lost():
    stream = io.BytesIO()
    outbox = Outbox(stream)
    outbox.send(RunStarted((0, 0)))
    for n in range(100):
        outbox.epoch((0, 0), {"loss": float(n)})
    outbox.epochs((0, 0), {"loss": [100.0, 101.0], "val_loss": [0.0, 1.0]})
    outbox.send(RunStarted((1, 0)))
    stream.seek(0)
    events = []
    while stream.tell() < len(stream.getvalue()):
        events.append(pickle.load(stream))  # noqa: S301 - written above
    started, *batches, other = events
    assert (started, other) == (RunStarted((0, 0)), RunStarted((1, 0)))
    assert len(batches) < 50
    assert [value for batch in batches for value in batch.metrics["loss"]] == [
        *map(float, range(102))
    ]
    assert batches[-1] == EpochsEnded((0, 0), {"loss": (100.0, 101.0), "val_loss": (0.0, 1.0)})


@pytest.mark.slow
def test_each_worker_has_a_gpu(tmp_path, monkeypatch):
    # As on a machine with two, and a TensorFlow that can use them.
    (tmp_path / "tensorflow-2.99.dist-info").mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3,5")
    monkeypatch.delenv("TUNEWIDGETS_WORKERS", raising=False)
    with closing(make_study(ProcessExecutor())) as study:
        for _ in range(2):
            study.enqueue({"mood": "fine", "epochs": ENDLESS})
        until(study, lambda seen: all(trial.epochs for trial in seen.trials), 60)
        assert {told(study, "gpu", number) for number in (0, 1)} == {3, 5}
