"""The lecture's data: split, scaled, and honest about what it is."""

from __future__ import annotations

import gzip
import time
from pathlib import Path

import numpy as np
import pytest

from tunewidgets import datasets
from tunewidgets.errors import DataError


@pytest.fixture
def offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty scikit-learn cache, and a network that refuses at once."""
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(tmp_path))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    for variable in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")
        monkeypatch.delenv(variable.upper(), raising=False)
    for variable in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(variable, raising=False)
    return tmp_path


@pytest.mark.slow  # a process that loads scikit-learn
def test_diabetes_is_split_twice() -> None:
    data = datasets.load("diabetes")
    assert (len(data.y_test), len(data.y_valid), len(data.y_train)) == (89, 71, 282)
    assert data.x_train.shape == (282, 10)
    assert len(data.feature_names) == 10
    assert data.x_train.dtype == data.y_train.dtype == np.float32
    assert data.note is None
    assert data.title == "Diabetes"


@pytest.mark.slow  # a process that loads scikit-learn
def test_features_are_scaled_by_the_training_part_alone() -> None:
    data = datasets.load("diabetes")
    np.testing.assert_allclose(data.x_train.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(data.x_train.std(axis=0), 1, atol=1e-5)
    assert np.abs(data.x_test.mean(axis=0)).max() > 1e-3
    assert 0.2 < data.y_train.min() < data.y_train.max() < 4


@pytest.mark.slow  # a process that loads scikit-learn
def test_the_seed_gives_the_same_split_again() -> None:
    first, again, other = (datasets.load("diabetes", seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.x_train, again.x_train)
    assert not np.array_equal(first.y_train, other.y_train)


@pytest.mark.slow  # a process that loads scikit-learn
def test_sizes_are_fractions_of_what_there_is() -> None:
    data = datasets.load("diabetes", test_size=0.5, valid_size=0.1)
    assert (len(data.y_test), len(data.y_valid), len(data.y_train)) == (221, 23, 198)


@pytest.mark.slow  # a process that loads scikit-learn
def test_without_cache_and_network_another_data_set_says_so(offline: Path) -> None:
    data = datasets.load("california_housing")
    assert data.name == "diabetes"
    assert data.note is not None
    assert data.note.startswith("California housing could not be read")
    assert "(the network cannot be reached)" in data.note
    assert "so this is the diabetes data instead." in data.note
    assert not list(offline.rglob("*.pkz"))


@pytest.mark.slow  # a process that loads scikit-learn
def test_a_broken_cache_falls_back_too(offline: Path) -> None:
    (offline / "cal_housing_py3.pkz").write_bytes(b"not a data set")
    data = datasets.load("california_housing")
    assert data.name == "diabetes"
    assert data.note is not None


@pytest.mark.slow  # a process that loads scikit-learn
@pytest.mark.usefixtures("offline")
def test_without_a_fallback_the_error_names_the_bundled_one() -> None:
    with pytest.raises(DataError, match=r"(?s)'california_housing' is neither.*load 'diabetes'"):
        datasets.load("california_housing", fallback=None)


def test_an_unknown_name_is_met_with_the_nearest() -> None:
    with pytest.raises(DataError, match="did you mean 'california_housing'"):
        datasets.load("calfornia_housing")
    with pytest.raises(DataError, match="'sine', but got 'iris'"):
        datasets.load("diabetes", fallback="iris")


@pytest.mark.parametrize("size", [0, 1, -0.1, 300, float("nan")])
def test_fractions_lie_between_0_and_1(size: float) -> None:
    with pytest.raises(DataError, match="`0 < test_size < 1` must hold"):
        datasets.load("diabetes", test_size=size)
    with pytest.raises(DataError, match="`0 < valid_size < 1` must hold"):
        datasets.load("diabetes", valid_size=size)


@pytest.mark.slow  # a process that loads scikit-learn
def test_a_part_without_samples_is_an_error() -> None:
    with pytest.raises(DataError, match="train set will be empty"):
        datasets.load("diabetes", test_size=0.9999)


@pytest.mark.slow  # a process that loads scikit-learn
def test_repr_tells_shapes() -> None:
    text = repr(datasets.load("diabetes"))
    assert text == "Dataset(Diabetes: 10 features; train 282, valid 71, test 89)"


@pytest.mark.slow  # a process that loads scikit-learn
@pytest.mark.parametrize(
    ("name", "shape", "task", "n_classes"),
    [
        ("digits", (8, 8, 1), "multiclass", 10),
        ("breast_cancer", (30,), "binary", 2),
        ("wine", (13,), "multiclass", 3),
    ],
)
def test_what_comes_with_scikit_learn(
    name: str, shape: tuple[int, ...], task: str, n_classes: int
) -> None:
    data = datasets.load(name)
    assert (data.x_train.shape[1:], data.task, data.n_classes) == (shape, task, n_classes)
    assert data.y_train.dtype == np.int32
    assert "https://" in data.source
    shares = [np.bincount(y) / len(y) for y in (data.y_train, data.y_test)]
    np.testing.assert_allclose(*shares, atol=0.03)
    if len(shape) > 1:
        assert (data.x_train.min(), data.x_train.max()) == (0, 1)


@pytest.mark.parametrize("name", ["moons", "circles", "spiral", "sine"])
def test_toys_are_drawn_with_size_and_noise(name: str) -> None:
    data = datasets.load(name, n_samples=200, noise=0.0, seed=3)
    assert (len(data.y_train), len(data.y_valid), len(data.y_test)) == (128, 32, 40)
    np.testing.assert_allclose(data.x_train.mean(axis=0), 0, atol=1e-5)
    again = datasets.load(name, n_samples=200, noise=0.0, seed=3)
    np.testing.assert_array_equal(data.x_test, again.x_test)
    noisy = datasets.load(name, n_samples=200, noise=0.3, seed=3)
    assert not np.array_equal(data.y_test, noisy.y_test) or (data.x_test != noisy.x_test).any()
    assert data.task == ("regression" if name == "sine" else "binary")


def test_toys_need_points_and_no_negative_noise() -> None:
    with pytest.raises(DataError, match="n_samples must be a whole number of at least 20"):
        datasets.load("moons", n_samples=3)
    with pytest.raises(DataError, match="`noise >= 0` must hold"):
        datasets.load("moons", noise=-1)


def keep_mnist(folder: Path, x: np.ndarray, y: np.ndarray) -> None:
    folder.mkdir()
    np.savez(folder / "mnist.npz", x_train=x, y_train=y, x_test=x[:20], y_test=y[:20])


def keep_fashion_mnist(folder: Path, x: np.ndarray, y: np.ndarray) -> None:
    kept = folder / "fashion-mnist"
    kept.mkdir(parents=True)
    for part, n in (("train", None), ("t10k", 20)):
        labels, images = (a[:n].tobytes() for a in (y, x))
        (kept / f"{part}-labels-idx1-ubyte.gz").write_bytes(gzip.compress(bytes(8) + labels))
        (kept / f"{part}-images-idx3-ubyte.gz").write_bytes(gzip.compress(bytes(16) + images))


@pytest.mark.slow  # a process that loads scikit-learn
@pytest.mark.parametrize(
    ("name", "keep"), [("mnist", keep_mnist), ("fashion_mnist", keep_fashion_mnist)]
)
def test_images_are_read_from_keras_s_cache(offline: Path, name: str, keep) -> None:
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 256, (100, 28, 28), "uint8"), (np.arange(100) % 10).astype("uint8")
    x[0, 0, :2] = 0, 255
    keep(offline / "datasets", x, y)
    data = datasets.load(name)
    assert data.note is None
    assert data.x_train.shape == (80, 28, 28)
    assert data.x_valid.shape == (20, 28, 28)
    np.testing.assert_allclose(data.x_test, x[:20] / 255, rtol=1e-6)
    np.testing.assert_array_equal(data.y_test, y[:20])
    assert (data.x_test.min(), data.x_test.max(), data.x_test.dtype) == (0, 1, np.float32)
    assert (data.task, data.n_classes, data.y_train.dtype) == ("multiclass", 10, np.int32)


@pytest.mark.slow  # a process that loads scikit-learn
@pytest.mark.parametrize("name", ["mnist", "fashion_mnist"])
def test_images_that_cannot_be_had_name_the_bundled_ones(offline: Path, name: str) -> None:
    (offline / "datasets").mkdir()
    (offline / "datasets" / "mnist.npz").write_bytes(b"broken")
    began = time.monotonic()
    with pytest.raises(DataError, match=rf"(?s)in Keras's cache.*'{name}' is nei.*load 'digits'"):
        datasets.load(name)
    assert time.monotonic() - began < 10  # no Keras was imported to find that out


@pytest.mark.slow  # a process that loads scikit-learn
def test_a_split_is_kept_and_a_broken_one_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platformdirs.user_cache_path", lambda *_, **__: tmp_path)
    first = datasets.load("wine")
    (kept,) = tmp_path.rglob("*.npz")
    written = kept.stat().st_mtime_ns
    again = datasets.load("wine")
    assert kept.stat().st_mtime_ns == written
    assert (again.x_train == first.x_train).all()
    assert again.feature_names == first.feature_names
    kept.write_bytes(b"no arrays")
    assert (datasets.load("wine").y_test == first.y_test).all()
    assert kept.stat().st_size > 1000


@pytest.mark.slow  # a process that loads scikit-learn
def test_a_cache_that_cannot_be_written_is_done_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data").write_text("a file in the way")
    monkeypatch.setattr("platformdirs.user_cache_path", lambda *_, **__: tmp_path)
    assert len(datasets.load("wine").y_train) > 100
