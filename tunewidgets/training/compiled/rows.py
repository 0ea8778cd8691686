"""Samples on the device, and which of them a fit uses, in which order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from tunewidgets.errors import DataError
from tunewidgets.training.arrays import map_nest
from tunewidgets.training.data import Part

_NESTS = (dict, list, tuple)

ALIGNMENT = 64
"""Bytes to whose multiple TensorFlow aligns tensors; it ends the process where one is not."""


@dataclass(frozen=True)
class Rows:
    """Samples that lie on the device.

    Attributes
    ----------
    batch
        What a step takes (``x``, ``(x, y)`` or ``(x, y, sample_weight)``), with all samples.
    index
        The rows that take part, in their order.
    n
        How many they are.
    """

    batch: Any
    index: np.ndarray
    n: int

    def taking(self, index: np.ndarray) -> Rows:
        """Choose rows by their indices."""
        return Rows(self.batch, index.astype(np.int32), len(index))

    def ordered(self, order: np.ndarray | None) -> Rows:
        """Put the rows in another order; None leaves them."""
        return self if order is None else self.taking(self.index[order])

    @cached_property
    def order(self) -> Any:
        """Tensor of int32: the index, as long as the samples, so that all folds have one shape."""
        import tensorflow as tf

        room = np.zeros(len(tf.nest.flatten(self.batch)[0]), np.int32)
        room[: self.n] = self.index
        return tf.constant(room)

    def first(self, n: int) -> Any:
        """Give a batch of a few rows."""
        import tensorflow as tf

        return tf.nest.map_structure(lambda all_: all_[:n], self.batch)

    @cached_property
    def kind(self) -> str:
        """What the samples look like: nesting, shapes, types."""
        import tensorflow as tf

        return repr(tf.nest.map_structure(lambda all_: (all_.shape[1:], all_.dtype), self.batch))


def on_device(part: Part) -> Rows:
    """Put samples on the device, as Keras's array adapter would.

    Parameters
    ----------
    part
        Nests of arrays.
    """
    import keras

    weight = part.sample_weight
    if weight is not None and isinstance(part.y, _NESTS) and not isinstance(weight, _NESTS):
        weight = map_nest(lambda _: part.sample_weight, part.y)  # the same for every output
    x, y, weight = (_as_tuples(map_nest(_tensor, nest)) for nest in (part.x, part.y, weight))
    n = part.n_samples or 0
    return Rows(keras.utils.pack_x_y_sample_weight(x, y, weight), np.arange(n, dtype=np.int32), n)


def class_weighted(rows: Rows, y: Any, class_weight: Mapping[int, float]) -> Rows:
    """Give each sample the weight of its class, 1 where none is named."""
    if isinstance(y, _NESTS):
        instead = "the array itself" if len(y) == 1 else "sample_weight, an array for each output"
        raise DataError(
            "class_weight needs y to be one array of classes, but it is a "
            f"{type(y).__name__} of {len(y)}: give {instead}."
        )
    classes = np.asarray(y)
    if classes.ndim > 1:
        classes = classes.squeeze(-1) if classes.shape[-1] == 1 else classes.argmax(-1)
    classes = np.round(classes).astype(int)
    weights = np.ones(len(classes), np.float32)
    for label, weight in class_weight.items():
        weights[classes == label] = weight
    return replace(rows, batch=(*rows.batch[:2], _tensor(weights)))


def _tensor(array: Any) -> Any:
    import keras
    import tensorflow as tf

    if array.dtype.kind == "f":
        array = array.astype(keras.config.floatx(), copy=False)
    if _can_be_shared(array) and not tf.config.list_physical_devices("GPU"):
        return tf.experimental.dlpack.from_dlpack(np.asarray(array).__dlpack__())
    return tf.convert_to_tensor(array)


def _can_be_shared(array: np.ndarray) -> bool:
    """Whether a tensor may lie where the array lies: then the workers share the file's pages."""
    is_in_order = array.flags.c_contiguous and array.ctypes.data % ALIGNMENT == 0
    return isinstance(array, np.memmap) and array.size > 0 and bool(is_in_order)


def _as_tuples(nest: Any) -> Any:
    """Give tuples, as steps get them, where lists were given."""
    if isinstance(nest, dict):
        return {key: _as_tuples(value) for key, value in nest.items()}
    if isinstance(nest, (list, tuple)):
        return tuple(_as_tuples(value) for value in nest)
    return nest
