"""Builders of every origin in one worker process, and scripts that use workers."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
import tempfile
import textwrap

import numpy as np
import psutil
import pytest

import tunewidgets as tw
from tests.builders import build_model, line
from tests.leftovers import long_lived
from tunewidgets.trial import State

pytestmark = pytest.mark.slow

CELL = """
import keras
units_of_the_last = 1

def helper(n):
    return keras.layers.Dense(n, activation="relu")

def build_in_a_cell(n_neurons=4):
    model = keras.Sequential(
        [keras.layers.Input((3,)), helper(n_neurons), keras.layers.Dense(units_of_the_last)]
    )
    model.compile(loss="mse", optimizer="sgd")
    return model
"""


ORIGINS = ["imported", "cell", "closure", "partial", "lambda", "kwargs", "object"]


class Factory:
    """An object that builds when it is called."""

    def __init__(self, learning_rate):
        self.learning_rate = learning_rate

    def __call__(self, n_neurons=4, input_shape=(3,)):
        return build_model(n_neurons, self.learning_rate, input_shape)


def builders():
    """Name to a builder, as different as they can be on their way to a worker."""
    cell = {"__name__": "__main__"}
    exec(textwrap.dedent(CELL), cell)  # noqa: S102 - what a notebook does with its cells
    rate = np.float32(0.02)

    def closing_over(n_neurons=4, input_shape=(3,)):
        return build_model(n_neurons, float(rate), input_shape)

    def taking_anything(**hyperparameters):
        return build_model(**hyperparameters)

    return {
        "imported": build_model,
        "cell": cell["build_in_a_cell"],
        "closure": closing_over,
        "partial": functools.partial(build_model, learning_rate=0.03),
        "lambda": lambda n_neurons=4: build_model(n_neurons),
        "kwargs": taking_anything,
        "object": Factory(0.04),
    }


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    """One worker, one study, a trial for each builder; what it leaves behind is looked for."""
    chosen = builders()
    assert list(chosen) == ORIGINS

    def build(kind="cell", n_neurons=4):
        return chosen[kind](n_neurons=n_neurons)

    x, y = line()
    shared = tmp_path_factory.mktemp("shared")
    with pytest.MonkeyPatch.context() as patch, long_lived(tw.ProcessExecutor(1)) as executor:
        patch.setattr(tempfile, "tempdir", str(shared))
        study = tw.Study(
            build,
            {"kind": list(chosen), "n_neurons": [4]},
            x,
            y,
            validation_split=0.25,
            epochs=2,
            batch_size=8,
            seed=1,
            executor=executor,
        )
        assert study.search("grid").wait(240)
        study.enqueue({"kind": "imported"}, cv=2)
        assert study.wait(120)
        (worker,) = executor.pids
        assert list(shared.iterdir())
        yield study
        study.close()
        assert not psutil.pid_exists(worker)
        assert not list(shared.iterdir())


@pytest.mark.parametrize("kind", ORIGINS)
def test_builders_of_every_origin(session, kind):
    (trial,) = [t for t in session.searches[0].trials if t.params["kind"] == kind]
    assert trial.state is State.COMPLETE, trial.error
    assert trial.value == trial.runs[0].history["val_loss"][-1]
    assert trial.runs[0].engine


def test_a_run_of_a_worker_is_had_again_here(session):
    import keras

    x, y = line()
    (trial,) = [t for t in session.searches[0].trials if t.params["kind"] == "imported"]
    keras.utils.set_random_seed(trial.runs[0].seed)
    fit = build_model().fit(x, y, batch_size=8, epochs=2, validation_split=0.25, verbose=0)
    for key, values in trial.runs[0].history.items():
        assert list(values) == pytest.approx(fit.history[key], rel=1e-6)


def test_the_best_weights_come_home(session):
    x, y = line()
    single = [trial for trial in session.trials if trial.folds is None]
    best = min(single, key=lambda trial: trial.value)
    assert session.best_trial == best
    value = session.best_model().evaluate(x[48:], y[48:], verbose=0)
    assert value == pytest.approx(session.best_value, rel=1e-5)


def test_folds_in_a_worker(session):
    trial = session.trials[-1]
    assert trial.folds == 2
    assert trial.value == pytest.approx(np.mean([run.value for run in trial.runs]))


SCRIPT = """
    from pathlib import Path

    import numpy as np

    import tunewidgets as tw
    from next_to_it import build_model

    with Path("runs.txt").open("a") as log:
        log.write("once\\n")
    x = np.arange(40, dtype="float32").reshape(20, 2) / 40

    def build_here(n_neurons=2, input_shape=(2,)):
        print("building", n_neurons)
        return build_model(n_neurons, input_shape)

    study = tw.Study(build_here, {"n_neurons": [2, 3]}, x, x.sum(axis=1), validation_split=0.5,
                     epochs=1, executor=tw.ProcessExecutor(1, preload=PRELOAD))
    study.search("grid").wait()
    print([str(trial.state) for trial in study.trials], [trial.error for trial in study.trials])
"""

MODULE = """
    def build_model(n_neurons, input_shape):
        import keras

        layers = [keras.layers.Input(input_shape), keras.layers.Dense(n_neurons)]
        model = keras.Sequential([*layers, keras.layers.Dense(1)])
        model.compile(loss="mse", optimizer="sgd")
        return model
"""


@pytest.mark.parametrize("preload", [True, False], ids=["forked", "fresh"])
def test_a_script_without_a_guard_and_with_a_module_beside_it(preload, tmp_path, root):
    script = textwrap.dedent(SCRIPT).replace("PRELOAD", str(preload))
    folder = tmp_path / "scripts"
    folder.mkdir()
    (folder / "script.py").write_text(script, encoding="utf-8")
    (folder / "next_to_it.py").write_text(textwrap.dedent(MODULE), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(folder / "script.py")],
        cwd=tmp_path,  # the module is found by the script's folder, not by where we stand
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "['complete', 'complete'] [None, None]\n"  # what a builder prints is kept
    assert (tmp_path / "runs.txt").read_text() == "once\n"
