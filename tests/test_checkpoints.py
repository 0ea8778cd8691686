"""The shelf of checkpoints: it stays within its limit, and the best trial's stay on it."""

from __future__ import annotations

import os

import pytest

from tunewidgets.training.checkpoints import Shelf

LIMIT = 1000


def put(folder, name, age_s, size=100):
    file = folder / f"{name}.npz"
    file.write_bytes(bytes(size))
    os.utime(file, (2e9 - age_s, 2e9 - age_s))


def names(folder):
    return sorted(int(file.name.split("-")[0]) for file in folder.glob("*.npz"))


def test_the_oldest_go_but_for_the_best(tmp_path):
    for number in range(12):
        put(tmp_path, f"{number}-0", age_s=100 - number)
    Shelf(tmp_path, LIMIT).tidy(best=1)
    assert names(tmp_path) == [1, *range(4, 12)]


def test_within_the_limit_all_stay(tmp_path):
    for number in range(10):
        put(tmp_path, f"{number}-0", age_s=100 - number)
    Shelf(tmp_path, LIMIT).tidy(best=None)
    assert names(tmp_path) == list(range(10))


@pytest.mark.slow
def test_a_long_search_stays_within_the_limit(tmp_path):
    import keras

    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile(loss="mse", optimizer="sgd")
    model.optimizer.build(model.trainable_variables)
    shelf, sizes = Shelf(tmp_path, 50_000), []
    for number in range(100):
        shelf.write((number, 0), "mark", model, {"loss": [1.0]}, 1.0)
        shelf.tidy(best=0)
        sizes.append(sum(file.stat().st_size for file in tmp_path.iterdir()))
    assert max(sizes) <= 50_000
    assert sizes[-1] > 40_000
    assert names(tmp_path)[0] == 0
    assert names(tmp_path)[-1] == 99
