"""Compiled epochs give the numbers of ``model.fit``.

By the graph: the same to float32's rounding, also with shuffling and dropout, since the order of
the samples and the random states are Keras's own. By XLA: within `XLA_TOLERANCE` after the epochs
trained here, as XLA adds up in another order; dropout draws other numbers there, so it is compared
in distribution.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import mannwhitneyu

from tests.compiled.zoo import ZOO, Animal, N
from tunewidgets.training.arrays import map_nest
from tunewidgets.training.data import read_data
from tunewidgets.training.job import Job, Recipe, Task, pack_recipe
from tunewidgets.training.workshop import Workshop
from tunewidgets.trial import State

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]

EPOCHS = 5
BATCH_SIZE = 16
ROUNDING = 1e-6
XLA_TOLERANCE = 1e-3


def by_keras(animal: Animal, seed=3, **fit):
    import keras

    keras.utils.clear_session()
    keras.utils.set_random_seed(seed)
    model = animal.build()
    model.fit(
        animal.x,
        animal.y,
        sample_weight=animal.sample_weight,
        validation_data=validation(animal),
        epochs=EPOCHS,
        batch_size=BATCH_SIZE,
        callbacks=animal.callbacks() if animal.callbacks else None,
        verbose=0,
        **{**animal.fit, **fit},
    )
    return model.history.history


def by_us(animal: Animal, engine, seed=3, workshop=None, epochs=EPOCHS, **fit):
    workshop = workshop or workshop_of(animal, engine, **fit)
    history: dict[str, list[float]] = {}

    def report(metrics):
        for name, value in metrics.items():
            history.setdefault(name, []).append(value)

    task = Task((0, 0), {}, seed, epochs, BATCH_SIZE)
    ended = workshop.run(task, report, lambda: False)
    assert ended.state is State.COMPLETE, ended.traceback or ended.error
    assert ended.engine == {"graph": "graph", "xla": "XLA"}[engine]
    return history


def workshop_of(animal: Animal, engine, **fit):
    recipe = Recipe(
        builder=lambda: animal.build(),
        callbacks=animal.callbacks or (),
        fit_options={**animal.fit, **fit},
        objective="loss",
        minimize=True,
        engine=engine,
    )
    data = read_data(
        animal.x,
        animal.y,
        sample_weight=animal.sample_weight,
        validation_data=validation(animal),
    )
    return Workshop(Job(pack_recipe(recipe), data))


def validation(animal: Animal):
    rows = slice(0, N // 3)
    nests = (animal.x, animal.y, animal.sample_weight)
    return tuple(map_nest(lambda a: a[rows], nest) for nest in nests if nest is not None)


def assert_same(ours, keras_own, rel):
    assert ours.keys() == keras_own.keys()
    for name, values in keras_own.items():
        np.testing.assert_allclose(ours[name], values, rtol=rel, atol=rel, err_msg=name)


@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("name", ZOO)
def test_the_graph_gives_the_same_history(name, shuffle):
    ours = by_us(ZOO[name], "graph", shuffle=shuffle)
    assert_same(ours, by_keras(ZOO[name], shuffle=shuffle), ROUNDING)


@pytest.mark.parametrize("name", [name for name in ZOO if name != "dropout"])
def test_xla_gives_the_same_history(name):
    ours = by_us(ZOO[name], "xla", shuffle=False)
    assert_same(ours, by_keras(ZOO[name], shuffle=False), XLA_TOLERANCE)


@pytest.mark.parametrize(("n", "engine"), [(64, "graph"), (64, "xla"), (10, "graph")])
def test_batches_that_divide_the_data_and_data_smaller_than_a_batch(n, engine):
    animal = Animal(ZOO["mlp"].build, x=ZOO["mlp"].x[:n], y=ZOO["mlp"].y[:n])
    rel = ROUNDING if engine == "graph" else XLA_TOLERANCE
    assert_same(by_us(animal, engine), by_keras(animal), rel)


@pytest.mark.parametrize("engine", ["graph", "xla"])
def test_twins_share_what_was_compiled_and_nothing_else(engine):
    """Runs of one worker, of the same and of other seeds, are as if each were alone."""
    animal = ZOO["batch norm"]
    workshop = workshop_of(animal, engine)
    histories = [by_us(animal, engine, seed, workshop) for seed in (1, 2, 1)]
    assert histories[0] == histories[2]
    assert histories[0] != histories[1]
    for seed, history in zip((1, 2), histories, strict=False):
        assert_same(history, by_keras(animal, seed), ROUNDING if engine == "graph" else 5e-3)


def test_dropout_by_xla_in_distribution():
    """Final losses over twelve seeds: a Mann-Whitney test sees no difference at 5 %."""
    animal = ZOO["dropout"]
    workshop = workshop_of(animal, "xla")
    seeds = range(12)
    ours = [by_us(animal, "xla", seed, workshop)["val_loss"][-1] for seed in seeds]
    plain = workshop_of(animal, "graph")
    theirs = [by_us(animal, "graph", seed, plain)["val_loss"][-1] for seed in seeds]
    assert mannwhitneyu(ours, theirs).pvalue > 0.05


def test_shuffling_by_xla_has_the_same_final_losses():
    """The same seeds give the same orders, so that losses can be compared one by one."""
    animal = ZOO["mlp"]
    workshop = workshop_of(animal, "xla")
    for seed in range(4):
        ours = by_us(animal, "xla", seed, workshop)
        assert_same(ours, by_keras(animal, seed), XLA_TOLERANCE)


@pytest.mark.parametrize("engine", ["graph", "xla"])
@pytest.mark.parametrize("name", ["mlp", "batch norm", "mixed metrics"])
def test_several_epochs_in_one_call_are_as_one_by_one(name, engine):
    """A callback that looks at every epoch keeps them apart."""
    animal = ZOO[name]

    def looking():
        import keras

        return [keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: None)]

    together = by_us(animal, engine, epochs=400)
    assert_same(together, by_us(replace(animal, callbacks=looking), engine, epochs=400), ROUNDING)
    assert len(together["loss"]) == 400
