"""What a study relies on, whichever executor does the runs."""

from __future__ import annotations

import math
import queue
import time

import numpy as np
import pytest

from tests.builders import build_model, line
from tests.leftovers import long_lived
from tunewidgets.errors import StudyError
from tunewidgets.events import EpochsEnded, RunEnded, RunStarted
from tunewidgets.executors import ProcessExecutor, SerialExecutor
from tunewidgets.training.checkpoints import Keeping
from tunewidgets.training.data import read_data
from tunewidgets.training.job import Job, Recipe, Task, pack_recipe, weights_from_bytes
from tunewidgets.trial import State

pytestmark = pytest.mark.slow

EXECUTORS = {
    "serial": SerialExecutor,
    "forked": lambda: ProcessExecutor(1, grace_s=30),
    "fresh": lambda: ProcessExecutor(1, grace_s=30, preload=False),
}


class Bench:
    """An opened executor, and what it emits."""

    def __init__(self, executor, builder=build_model, callbacks=(), objective="val_loss"):
        self.executor = executor
        self.events = queue.SimpleQueue()
        x, y = line()
        recipe = pack_recipe(Recipe(builder, callbacks, {}, objective, minimize=True))
        data = read_data(x, y, validation_split=0.25)
        executor.open(Job(recipe, data, keeping=Keeping(None)), self.events.put)

    def until_end(self, key, timeout_s=90):
        """Collect a run's events up to its end."""
        seen = []
        deadline = time.monotonic() + timeout_s
        while not (seen and isinstance(seen[-1], RunEnded)):
            event = self.events.get(timeout=max(0.1, deadline - time.monotonic()))
            if event.key == key:
                seen.append(event)
        return seen

    def do(self, **task):
        task = Task(**{"key": (0, 0), "params": {}, "seed": 1, "epochs": 2, **task})
        self.executor.submit(task)
        return self.until_end(task.key)


@pytest.fixture(scope="module", params=EXECUTORS)
def bench(request):
    """One executor of each kind, for the tests that leave it as they found it."""
    opened = Bench(EXECUTORS[request.param](), builder=moody_builder)
    with long_lived(opened.executor):
        yield opened
    opened.executor.close()


@pytest.fixture(params=EXECUTORS)
def make(request):
    """Open benches on one kind of executor, and close them after the test."""
    benches = []

    def opened(**options):
        benches.append(Bench(EXECUTORS[request.param](), **options))
        return benches[-1]

    yield opened
    for bench in benches:
        bench.executor.close()


def moody_builder(n_neurons=4):
    if n_neurons == 13:
        raise ValueError("thirteen brings bad luck\nsecond line")
    return build_model(n_neurons)


def history(events):
    values = {}
    for event in events:
        if isinstance(event, EpochsEnded):
            for key, new in event.metrics.items():
                values.setdefault(key, []).extend(new)
    return values


def test_a_run_starts_reports_every_epoch_and_ends_once(bench):
    started, *epochs, ended = bench.do(epochs=7)
    assert isinstance(started, RunStarted)
    assert {key: len(values) for key, values in history(epochs).items()} == {
        "loss": 7,
        "val_loss": 7,
    }
    assert ended.state is State.COMPLETE
    assert ended.value == history(epochs)["val_loss"][-1]
    assert ended.seconds > 0
    assert ended.engine


def test_the_same_seed_gives_the_same_run(bench):
    first, again = (history(bench.do(key=(n, 0), seed=5)) for n in range(2))
    assert first == again
    assert history(bench.do(key=(2, 0), seed=6)) != first


def test_a_run_goes_on_where_it_stopped(bench):
    first = history(bench.do(key=(3, 0)))
    *epochs, ended = bench.do(key=(3, 0), epochs=3, continues=True)
    assert [len(values) for values in history(epochs).values()] == [3, 3]
    assert history(epochs)["loss"][:2] == first["loss"]
    assert ended.engine.endswith("continued from epoch 2")
    *_, ended = bench.do(key=(3, 0), seed=2, continues=True)  # another run of that number
    assert ended.engine.endswith("began anew")


def test_a_failing_builder_fails_that_run_alone(bench):
    *_, ended = bench.do(params={"n_neurons": 13})
    assert ended.state is State.FAILED
    assert ended.error == "ValueError: thirteen brings bad luck"
    assert "in moody_builder" in ended.traceback
    *_, ended = bench.do(key=(1, 0), params={"n_neurons": 2})
    assert ended.state is State.COMPLETE


def test_a_stopped_run_ends_after_its_epoch_and_keeps_its_history(bench):
    bench.executor.submit(Task((0, 0), {}, seed=1, epochs=100_000))
    while not isinstance(bench.events.get(timeout=90), EpochsEnded):
        pass
    bench.executor.stop((0, 0))
    *_, ended = bench.until_end((0, 0))
    assert ended.state is State.STOPPED
    assert ended.value is None
    *_, ended = bench.do(key=(1, 0))
    assert ended.state is State.COMPLETE


def test_weights_come_back_when_the_value_beats_the_best(bench):
    *_, ended = bench.do(to_beat=math.inf)
    assert [array.shape for array in weights_from_bytes(ended.weights)] == [
        (3, 4),
        (4,),
        (4, 1),
        (1,),
    ]
    *_, ended = bench.do(key=(1, 0), to_beat=-1.0)
    assert ended.weights is None


def test_a_fold_is_left_out_and_scored_on(bench):
    rows = np.arange(48)  # three quarters of 64 are to train on
    *_, first = bench.do(fold=0, fit_rows=rows[16:], score_rows=rows[:16])
    *_, second = bench.do(key=(0, 1), fold=1, fit_rows=rows[:32], score_rows=rows[32:])
    assert first.state is second.state is State.COMPLETE
    assert first.value != second.value


def test_callbacks_serve_one_run_each(make):
    def callbacks():
        import keras

        return [keras.callbacks.EarlyStopping("loss", patience=0, mode="max")]

    bench = make(callbacks=callbacks)
    for number in range(2):
        assert len(history(bench.do(key=(number, 0), epochs=50))["loss"]) == 2


def test_closing_ends_what_runs(make):
    bench = make()
    bench.executor.submit(Task((0, 0), {}, seed=1, epochs=100_000))
    while not isinstance(bench.events.get(timeout=90), EpochsEnded):
        pass
    bench.executor.close()
    while not bench.events.empty():
        assert not isinstance(bench.events.get(), RunEnded)


def test_getting_ready_beforehand_changes_nothing(make):
    bench = make()
    for _ in range(2):
        bench.executor.warm()
    *_, ended = bench.do()
    assert ended.state is State.COMPLETE
    bench.executor.warm()


def test_closing_right_after_getting_ready_leaves_nothing(make):
    bench = make()
    bench.executor.warm()
    bench.executor.close()
    bench.executor.warm()
    assert bench.events.empty()


def test_n_workers_must_be_positive():
    with pytest.raises(StudyError, match="at least 1, but got 0"):
        ProcessExecutor(0)


@pytest.mark.parametrize("preload", [True, False])
def test_a_worker_that_has_nothing_to_do_gives_its_memory_back(preload):
    bench = Bench(ProcessExecutor(1, idle_s=0.1, preload=preload))
    try:
        for number in range(2):  # and the next run starts another
            *_, ended = bench.do(key=(number, 0))
            assert ended.state is State.COMPLETE
            deadline = time.monotonic() + 30
            while bench.executor.pids and time.monotonic() < deadline:
                time.sleep(0.05)
            assert not bench.executor.pids
    finally:
        bench.executor.close()
