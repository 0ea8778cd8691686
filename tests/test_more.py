"""Going on: a run that continues has the numbers of one that was never interrupted."""

from __future__ import annotations

import numpy as np
import pytest

from tests.builders import line
from tests.paper import PaperExecutor, until
from tunewidgets import SerialExecutor, Study
from tunewidgets.errors import StudyError
from tunewidgets.trial import State

X, Y = line()


def build_model(n_neurons=4, kind="adam"):
    import keras

    model = keras.Sequential(
        [
            keras.layers.Input((3,)),
            keras.layers.Dense(n_neurons, activation="relu"),
            keras.layers.Dropout(0.1),
            keras.layers.Dense(1),
        ]
    )
    momentum = keras.optimizers.SGD(0.01, momentum=0.9)
    model.compile(loss="mse", optimizer="adam" if kind == "adam" else momentum)
    return model


def study_of(epochs, **options):
    options = {"engine": "graph", "seed": 3, "epochs": epochs, "validation_split": 0.25, **options}
    space = {"n_neurons": [4], "kind": ["adam", "momentum"]}
    return Study(build_model, space, X, Y, executor=SerialExecutor(), **options)


def ended(study, number=0):
    assert study.wait(120)
    trial = study.trials[number]
    assert trial.state is State.COMPLETE, trial.runs[0].traceback
    return trial


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("adam", {"shuffle": False}),
        ("momentum", {}),
        ("adam", {"engine": "keras"}),
    ],
)
def test_more_epochs_are_those_of_one_go(kind, options):
    values = []
    for first, more in ((5, None), (3, 2)):
        study = study_of(first, **options)
        study.enqueue({"kind": kind})
        trial = ended(study)
        if more:
            study.more(trial, more)
            trial = ended(study)
            assert trial.runs[0].engine.endswith("continued from epoch 3")
        values.append((trial.runs[0].history["loss"], trial.value))
        study.close()
    np.testing.assert_allclose(values[0][0], values[1][0], rtol=1e-6)
    assert values[0][1] == pytest.approx(values[1][1], rel=1e-6)


def spoiling():
    """A callback that makes every epoch but the first one worse."""
    import keras

    class Spoiling(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, _logs=None):
            if epoch:
                self.model.set_weights([weights + 5 for weights in self.model.get_weights()])

    return [Spoiling()]


def rates():
    """A callback that has the learning rate reported."""
    import keras

    class Rates(keras.callbacks.Callback):
        def on_epoch_end(self, _epoch, logs=None):
            logs["rate"] = float(self.model.optimizer.learning_rate)

    return [Rates()]


@pytest.mark.slow
def test_the_best_epoch_may_be_of_an_earlier_attempt():
    study = study_of(2, restore_best=True, callbacks=spoiling)
    study.enqueue()
    first = ended(study).value
    study.more(0, 2)
    trial = ended(study)
    losses = trial.runs[0].history["val_loss"]
    assert len(losses) == 4
    assert min(losses) == losses[0]
    assert trial.value == pytest.approx(first, rel=1e-6)
    study.close()


@pytest.mark.slow
def test_a_schedule_goes_on_as_that_of_all_the_epochs():
    study = study_of(2, schedule="cosine", warmup_epochs=1, callbacks=rates)
    study.enqueue({"kind": "momentum"})
    study.more(ended(study), 2)
    history = ended(study).runs[0].history
    np.testing.assert_allclose(history["rate"], [0.005, 0.01, 0.01 * 0.75, 0.01 * 0.25], rtol=1e-5)
    study.close()


@pytest.mark.slow
def test_every_fold_goes_on_and_without_checkpoints_begins_anew():
    for checkpoints, words in ((True, "continued from epoch 2"), (False, "began anew")):
        study = study_of(2, checkpoints=checkpoints)
        study.enqueue(cv=2)
        study.more(ended(study), 1)
        trial = ended(study)
        assert [run.epochs for run in trial.runs] == [3, 3]
        assert all(run.engine.endswith(words) for run in trial.runs)
        study.close()


@pytest.mark.slow
def test_checkpoints_lie_beside_the_file_and_outlive_the_session(tmp_path):
    file = tmp_path / "study.db"
    study = study_of(2, storage=file)
    study.enqueue()
    ended(study)
    study.close()
    assert len(list(tmp_path.glob("study.db-checkpoints/*/0-0.npz"))) == 1
    study = study_of(2, storage=file)
    study.more(0, 2)
    trial = ended(study)
    assert trial.runs[0].engine.endswith("continued from epoch 2")
    assert trial.runs[0].goal == 4
    study.close()


def test_a_refit_has_the_epochs_of_what_it_repeats(make):
    study = make()
    study.enqueue()
    assert study.wait(20)
    study.more(0, 5)
    assert study.wait(20)
    task, _ = study._best(retrain=True)
    assert task.epochs == 7
    study.close()


def test_only_what_has_ended_can_go_on(make):
    executor = PaperExecutor(held=True)
    study = make(executor)
    study.enqueue()
    until(study, lambda seen: seen.n_running)
    with pytest.raises(StudyError, match="must have ended to go on, but #0 has not"):
        study.more(0, 1)
    executor.release()
    assert study.wait(20)
    with pytest.raises(StudyError, match="#0 is complete"):
        study.more(0)
    with pytest.raises(StudyError, match="at least 1, but got 0"):
        study.more(0, 0)
    assert study.more(0, 5).state is State.WAITING
    assert study.wait(20)
    assert [(task.epochs, task.continues) for task in executor.tasks] == [(10, False), (7, True)]


def test_a_stopped_run_goes_on_to_its_planned_end(make):
    executor = PaperExecutor(held=True)
    study = make(executor)
    study.enqueue()
    until(study, lambda seen: seen.n_running and seen.trials[0].epochs)
    study.stop(0)
    assert study.wait(20)
    executor.release()
    study.more(0)
    assert study.wait(20)
    assert study.trials[0].state is State.COMPLETE
    assert executor.tasks[-1].continues
    assert executor.tasks[-1].epochs == 10


def test_checkpoints_must_be_bytes(make):
    with pytest.raises(StudyError, match=r"checkpoints must be .* but got 0"):
        make(checkpoints=0)


def test_the_inspector_asks_for_more_epochs():
    from tests.lab_helpers import button, snapshot, trial
    from tunewidgets.space import SearchSpace
    from tunewidgets.widgets.commands import MoreEpochs
    from tunewidgets.widgets.highlights import Highlights
    from tunewidgets.widgets.inspector import Inspector

    sent = []
    space = SearchSpace.read({"n_neurons": (1, 9)}, build_model)
    inspector = Inspector(space, {"epochs": 3}, Highlights(), sent.append)
    inspector.render(snapshot(trial(0, [[3.0, 2.0, 1.0]], n_neurons=3)))
    button(inspector.widget, "Train on").click()
    assert sent == [MoreEpochs(0, 50)]
