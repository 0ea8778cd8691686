"""Data as people have it: what is read, what is refused, how it is split and shared."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix
from sklearn.model_selection import KFold, StratifiedKFold

import tunewidgets as tw
from tunewidgets.training.arrays import ArrayFile, leaves, map_nest, open_nest, read_nest, save_nest
from tunewidgets.training.data import read_data
from tunewidgets.training.folds import class_labels

X = np.arange(24, dtype="float32").reshape(12, 2)
Y = np.arange(12, dtype="float32")


def kept(nest):
    return [(name, array.tolist()) for name, array in leaves(nest, "x")]


# Nests


@pytest.mark.parametrize(
    ("written", "names"),
    [
        (X, ["x"]),
        (X.tolist(), ["x"]),
        (tuple(map(tuple, X)), ["x"]),
        ([X, X], ["x[0]", "x[1]"]),
        ((X, X), ["x[0]", "x[1]"]),
        ({"left": X, "right": [X, X]}, ["x['left']", "x['right'][0]", "x['right'][1]"]),
        (pd.DataFrame(X, columns=["a", "b"]), ["x"]),
        ({"frame": pd.DataFrame(X)}, ["x['frame']"]),
        (None, []),
    ],
)
def test_nests_keep_their_shape_and_become_arrays(written, names):
    read = read_nest(written, "x")
    assert kept(read) == [(name, X.tolist()) for name in names]
    assert all(isinstance(array, np.ndarray) for _, array in leaves(read, "x"))


def test_columns_of_mixed_numbers_become_real_ones():
    frame = pd.DataFrame({"a": [1, 2], "b": [True, False], "c": [0.5, 1.5]})
    assert read_nest(frame, "x").tolist() == [[1, 1, 0.5], [2, 0, 1.5]]
    assert read_nest(pd.Series([1, 2, 3], dtype="Int64"), "y").tolist() == [1, 2, 3]


@pytest.mark.parametrize("written", [["a", "b"], np.array(["a", "b"]), pd.Series(["a", "b"])])
def test_text_stays_text(written):
    read = read_nest(written, "x")
    assert read.dtype.kind == "U"
    assert read.tolist() == ["a", "b"]


@pytest.mark.parametrize(
    ("written", "message"),
    [
        (pd.DataFrame({"a": [1, 2], "city": ["A", "B"]}), r"Python objects \(columns city\)"),
        ([[1, 2], [3]], "ragged list: pad it first"),
        (np.array(["2026-01-01"], "datetime64[D]"), "holds datetime64"),
        (3.0, "one row a sample, but got float"),
        ({"a": [object()]}, r"x\['a'\] must hold numbers or text"),
    ],
)
def test_what_holds_neither_numbers_nor_text(written, message):
    with pytest.raises(tw.DataError, match=message):
        read_nest(written, "x")


def test_arrays_travel_as_files_that_are_mapped(tmp_path):
    nest = {"a": X, "b": [np.array(["ö", "longer"]), None]}
    saved = save_nest(nest, tmp_path, "x")
    files = [leaf for _, leaf in leaves(saved, "x")]
    assert all(isinstance(leaf, ArrayFile) for leaf in files)
    assert len({leaf.path for leaf in files}) == len(list(tmp_path.iterdir())) == 2
    opened = open_nest(saved)
    assert kept(opened) == kept(nest)
    assert isinstance(opened["a"], np.memmap)
    opened["a"][:] = 0  # is this process's own affair
    assert kept(open_nest(saved)) == kept(nest)
    assert opened["b"][1] is None


def test_a_function_is_applied_to_every_leaf():
    assert map_nest(len, {"a": X, "b": (X, None)}) == {"a": 12, "b": (12, None)}


# What fits together


def test_lengths_must_match():
    with pytest.raises(tw.DataError, match="x has 12, y has 11: match the rows"):
        read_data(X, Y[:-1])
    with pytest.raises(tw.DataError, match="sample_weight has 5"):
        read_data(X, Y, sample_weight=np.ones(5))
    with pytest.raises(tw.DataError, match=r"x\['b'\] has 3"):
        read_data({"a": X, "b": X[:3]}, Y)
    with pytest.raises(tw.DataError, match="at least one sample"):
        read_data(X[:0], Y[:0])
    with pytest.raises(tw.DataError, match="x must be given"):
        read_data(None, Y)


def test_validation_data_must_be_alike():
    assert read_data(X, Y, validation_data=(X, Y[:, None])).valid.n_samples == 12
    with pytest.raises(tw.DataError, match=r"got \(12, 1\) beside \(12, 2\)"):
        read_data(X, Y, validation_data=(X[:, :1], Y))
    with pytest.raises(tw.DataError, match=r"got x beside x\[0\], x\[1\]: give the same"):
        read_data([X, X], Y, validation_data=(X, Y))
    with pytest.raises(tw.DataError, match="got no y beside y: give the same"):
        read_data(X, Y, validation_data=(X,))
    assert read_data(X, validation_data=(X[:3],)).valid.y is None
    with pytest.raises(tw.DataError, match="validation x has 12, validation y has 3"):
        read_data(X, Y, validation_data=(X, Y[:3]))
    with pytest.raises(tw.DataError, match=r"must be \(x, y\) or \(x, y, sample_weight\)"):
        read_data(X, Y, validation_data=X)


def test_text_is_no_target():
    with pytest.raises(tw.DataError, match="number the classes first"):
        read_data(X, ["a"] * 12)


def test_text_goes_to_keras_as_tensors_only():
    with pytest.raises(tw.DataError, match=r"x=lambda: \(tf.constant\(texts\), y\)"):
        read_data(["a"] * 12, Y)
    with pytest.raises(tw.DataError, match="validation x must hold numbers"):
        read_data(X, Y, validation_data=(pd.DataFrame({"a": ["b"] * 12}), Y))


def test_missing_values_are_told_of_by_their_columns():
    holed = X.copy()
    holed[3, 1] = np.nan
    with pytest.warns(UserWarning, match="x holds NaN in 1 of its 2 columns"):
        read_data(holed, Y)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read_data(X, Y)


def test_what_cannot_be_sent_to_a_worker():
    with pytest.raises(tw.DataError, match="generator, which cannot be sent there: wrap it"):
        read_data((row for row in X), Y)
    with pytest.raises(tw.DataError, match=r"sparse csr_matrix: write x.toarray\(\)"):
        read_data(csr_matrix(X), Y)


def test_functions_wait_for_the_worker():
    calls = []

    def both():
        calls.append("both")
        return X, Y

    data = read_data(both, validation_data=both)
    assert not calls
    assert data.n_samples is None
    assert kept(data.train.made().x) == kept(X)
    assert data.valid.made().y.tolist() == Y.tolist()
    with pytest.raises(tw.DataError, match="returned None: end it with 'return'"):
        read_data(lambda: None).train.made()
    with pytest.raises(tw.DataError, match="made by a function in the worker"):
        data.check_folds(3)
    with pytest.raises(tw.DataError, match="validation_split needs arrays"):
        read_data(both, validation_split=0.5)


# Splits


def test_the_last_rows_validate():
    data = read_data(X, Y, sample_weight=Y, validation_split=0.25)
    assert data.train.y.tolist() == list(range(9))
    assert data.valid.y.tolist() == data.valid.sample_weight.tolist() == [9, 10, 11]
    assert data.valid.x.tolist() == X[9:].tolist()


@pytest.mark.parametrize("share", [-0.1, 1, 1.5, 0.999, 0.01])
def test_a_split_leaves_samples_on_both_sides(share):
    if share == 0.01:
        assert read_data(X, Y, validation_split=share).valid.n_samples == 1
        return
    with pytest.raises(tw.DataError, match="validation_split must"):
        read_data(X, Y, validation_split=share)


def test_validation_data_comes_before_a_split():
    assert read_data(X, Y, validation_data=(X, Y), validation_split=0.5).n_samples == 12


def folds_by(splitter, y):
    fold_of = np.full(len(y), -1)
    for fold, (_, left_out) in enumerate(splitter.split(np.zeros(len(y)), y)):
        fold_of[left_out] = fold
    return fold_of.tolist()


LABELS = np.array([0] * 6 + [1] * 3 + [2] * 3)


@pytest.mark.parametrize(
    "y", [LABELS, LABELS[:, None], np.eye(3)[LABELS], np.eye(3, dtype=int)[LABELS]]
)
def test_classes_are_split_in_proportion(y):
    assert class_labels(y).tolist() == LABELS.tolist()
    fold_of = read_data(X, y).fold_of(3)
    assert fold_of.tolist() == folds_by(StratifiedKFold(3), LABELS)
    for fold in range(3):
        assert np.bincount(LABELS[fold_of == fold]).tolist() == [2, 1, 1]


BINARY = np.array([0] * 8 + [1] * 4)


@pytest.mark.parametrize(
    "y",
    [BINARY, BINARY > 0, BINARY.astype("float32"), BINARY[:, None] / 1.0, {"out": BINARY / 1.0}],
)
def test_two_classes_may_be_written_as_real_numbers(y):
    assert read_data(X, y).fold_of(4).tolist() == folds_by(StratifiedKFold(4), BINARY)


@pytest.mark.parametrize("y", [LABELS, np.eye(3, dtype="float32")[LABELS]])
def test_a_class_rarer_than_the_folds_is_split_as_far_as_it_goes(y):
    with pytest.warns(UserWarning, match="least populated class"):
        expected = folds_by(StratifiedKFold(5), LABELS)
    data = read_data(X, y)
    assert data.fold_of(5).tolist() == expected  # without the warning
    assert data.rarity(5) == (
        "Every class should have a sample in each of the 5 folds, but 2 of the 3 classes have "
        "fewer (class 1 has 3): take fewer folds, or read the scores with care."
    )
    assert data.rarity(3) is None


def test_where_every_class_is_rarer_than_the_folds_they_are_split_in_order():
    data = read_data(X, LABELS)
    assert data.fold_of(7).tolist() == folds_by(KFold(7), LABELS)
    assert read_data(X, Y).rarity(7) is data.rarity(7) is None


THREE_HEIGHTS = LABELS.astype("float32")


@pytest.mark.parametrize(
    "y", [Y, X, np.arange(12), THREE_HEIGHTS, {"a": LABELS, "b": LABELS}, None]
)
def test_other_targets_are_split_in_order(y):
    expected = folds_by(KFold(5), np.zeros(12))
    assert read_data(X, y).fold_of(5).tolist() == expected


@pytest.mark.parametrize("n_folds", [1, 0, -3, 2.0, True, "3"])
def test_folds_are_whole_and_two_at_least(n_folds):
    with pytest.raises(tw.DataError, match="at least 2, but got"):
        read_data(X, Y).fold_of(n_folds)


def test_no_more_folds_than_samples():
    assert sorted(read_data(X, Y).fold_of(12)) == list(range(12))
    with pytest.raises(tw.DataError, match="cv=13 for 12 samples"):
        read_data(X, Y).fold_of(13)


def test_rows_are_taken_from_every_part():
    part = read_data({"a": X, "b": [Y]}, [Y, Y]).train.rows(np.array([2, 0]))
    assert kept(part.x) == [("x['a']", [[4, 5], [0, 1]]), ("x['b'][0]", [2, 0])]
    assert [array.tolist() for _, array in leaves(part.y, "y")] == [[2, 0], [2, 0]]
    assert part.sample_weight is None


def test_data_goes_to_files_and_back(tmp_path):
    data = read_data({"a": X}, Y, sample_weight=Y, validation_data=lambda: (X, Y))
    opened = data.saved(tmp_path).opened()
    assert kept(opened.train.x) == kept(data.train.x)
    assert opened.train.sample_weight.tolist() == Y.tolist()
    assert opened.valid is not None
    assert opened.valid.x is data.valid.x
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "train-w-0.npy",
        "train-x-0.npy",
        "train-y-0.npy",
    ]
