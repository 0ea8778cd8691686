"""What a run tells of its model and of where its time went, and that the file keeps it."""

from __future__ import annotations

import pytest

from tests.builders import build_model, line
from tests.paper import PaperExecutor, paper_study
from tunewidgets.events import ModelBuilt, RunStarted
from tunewidgets.trial import State
from tunewidgets.view import load


class BuildingExecutor(PaperExecutor):
    """Tells of a model that nobody has built."""

    def do(self, task, emit):
        def told(event):
            emit(event)
            if isinstance(event, RunStarted):
                emit(ModelBuilt(task.key, 2311, "dense  Dense\nSGD", 0.25, "Hm."))

        super().do(task, told)


def test_the_file_keeps_what_was_told_of_the_model(tmp_path):
    path = tmp_path / "study.db"
    study = paper_study(BuildingExecutor(), storage=path)
    study.enqueue({"n_neurons": 4})
    assert study.wait(20)
    (run,) = study.trials[0].runs
    study.close()
    opened = load(path)
    assert opened.trials[0].runs == (run,)
    opened.close()
    assert (run.n_weights, run.summary, run.build_seconds) == (2311, "dense  Dense\nSGD", 0.25)
    assert run.warning == "Hm."


def late():
    """Make a model that only its first call builds."""
    import keras

    model = keras.Sequential([keras.layers.Dense(4), keras.layers.Dense(1)])
    model.compile(loss="mse", optimizer="sgd")
    return model


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["auto", "keras"])
def test_a_run_tells_of_its_model_and_its_time(train, engine):
    x, y = line()
    study, trial = train(build_model, x, y, validation_split=0.25, epochs=5, engine=engine)
    (run,) = trial.runs
    assert run.n_weights == study.best_model().count_params() == 21
    assert "Dense" in run.summary
    assert run.summary.splitlines()[-1] == "SGD, loss mse"
    assert run.build_seconds > 0
    assert 0 < run.first_epoch_seconds < run.epochs_seconds
    assert run.build_seconds + run.epochs_seconds < run.seconds


@pytest.mark.slow
def test_a_model_that_its_first_call_builds_is_told_of_later(train):
    x, y = line()
    _, trial = train(late, x, y, validation_split=0.25, space={"epochs": [2]})
    assert trial.runs[0].n_weights == 21


@pytest.mark.slow
def test_a_run_that_fails_tells_what_it_knows(train):
    x, y = line()
    _, trial = train(
        build_model, x, y, validation_split=0.25, objective="val_mae", state=State.FAILED
    )
    assert trial.runs[0].n_weights == 21
    assert trial.runs[0].first_epoch_seconds > 0
