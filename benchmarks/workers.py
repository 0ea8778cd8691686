"""How soon a worker is there, what it weighs (PSS), and what the epochs of a fast run cost here."""

from __future__ import annotations

import statistics
import time
from contextlib import closing

import numpy as np
import psutil

import tunewidgets as tw
from benchmarks.table import Figure

N_LATER = 10
EPOCHS_A_SECOND = 500
EPOCHS = 10_000


def build_model(n_neurons=50, is_paced=False, input_shape=(8,)):
    """Build the lecture's model, or one whose epochs do nothing and end at a pace."""
    import keras

    class Paced(keras.Sequential):
        def fit(self, *_, epochs, callbacks, **__):
            watching = keras.callbacks.CallbackList(callbacks, model=self)
            watching.on_train_begin()
            begun = time.perf_counter()
            for epoch in range(epochs):
                watching.on_epoch_begin(epoch)
                time.sleep(max(0.0, begun + epoch / EPOCHS_A_SECOND - time.perf_counter()))
                watching.on_epoch_end(epoch, {"loss": 1 / (epoch + 1), "val_loss": 1.0})
                if self.stop_training:
                    break
            watching.on_train_end()

    model = (Paced if is_paced else keras.Sequential)([keras.Input(input_shape)])
    for _ in range(2):
        model.add(keras.layers.Dense(n_neurons, activation="relu"))
    model.add(keras.layers.Dense(1))
    model.compile(loss="mse", optimizer="sgd")
    return model


def measure() -> list[Figure]:
    figures = []
    for preload, name in ((False, "fresh Python"), (True, "forked")):
        first, later, idle, trained = _ready(preload=preload)
        figures += [
            Figure(f"{name}: asked for to run begun, first", first, None, "s"),
            Figure(f"{name}: the same, later (median)", later, 0.1 if preload else None, "s"),
            Figure(f"{name}: a worker that waits (PSS)", idle / 1e6, None, "MB"),
            Figure(f"{name}: a worker after a small fit (PSS)", trained / 1e6, None, "MB"),
        ]
    nurseries = [pid for pid in _children() if "nursery_main" in _command(pid)]
    weight = max(_pss(pid) for pid in nurseries)
    share, lost = _events()
    return [
        *figures,
        Figure("the process that they are forked from, alone (PSS)", weight / 1e6, None, "MB"),
        Figure(
            f"kernel, at {EPOCHS_A_SECOND} epochs a second and worker", share, 10, "% of a core"
        ),
        Figure(f"epochs lost of {2 * EPOCHS:,}", lost, 0, ""),
    ]


def _study(executor: tw.ProcessExecutor, **options: object) -> tw.Study:
    import cloudpickle

    from benchmarks import workers

    cloudpickle.register_pickle_by_value(workers)
    x = np.random.default_rng(0).normal(size=(1000, 8)).astype("float32")
    space = {"n_neurons": [50], "is_paced": [False, True]}
    return tw.Study(
        build_model, space, x, x.sum(1), validation_split=0.2, executor=executor, **options
    )


def _ready(*, preload: bool) -> tuple[float, float, float, float]:
    """Seconds to a first worker and to later ones, bytes of one that waits and one that did."""
    seconds = []
    for _ in range(1 + (N_LATER if preload else 2)):
        executor = tw.ProcessExecutor(1, preload=preload)
        with closing(_study(executor, epochs=2)) as study:
            begun = time.perf_counter()
            study.enqueue()
            while not study.snapshot().n_running:
                time.sleep(0.001)
            seconds.append(time.perf_counter() - begun)
            study.wait()
            (trained,) = map(_pss, executor.pids)
    executor = tw.ProcessExecutor(1, preload=preload)
    with closing(_study(executor)):
        executor.warm()
        while not executor.pids:
            time.sleep(0.01)
        time.sleep(8)  # it imports and settles
        (idle,) = map(_pss, executor.pids)
    return seconds[0], statistics.median(seconds[1:]), idle, trained


def _events() -> tuple[float, int]:
    """Percent of a core that this process spends on two fast runs, and the epochs lost."""
    with closing(_study(tw.ProcessExecutor(2), epochs=EPOCHS)) as study:
        for _ in range(2):
            study.enqueue({"is_paced": True})
        while not all(trial.epochs for trial in study.trials):
            time.sleep(0.01)
        cpu, wall = time.process_time(), time.perf_counter()
        study.wait()
        share = 100 * (time.process_time() - cpu) / (time.perf_counter() - wall)
        return share, 2 * EPOCHS - sum(trial.epochs for trial in study.trials)


def _pss(pid: int) -> float:
    memory = psutil.Process(pid).memory_full_info()
    return float(getattr(memory, "pss", memory.rss))


def _children() -> list[int]:
    return [child.pid for child in psutil.Process().children()]


def _command(pid: int) -> str:
    return " ".join(psutil.Process(pid).cmdline())
