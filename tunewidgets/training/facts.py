"""What the data alone decide of a model: the shape of its input, its task, its outputs.

None of it is tuned, so a builder that takes ``input_shape``, ``task`` or ``n_outputs`` is given
them, unless the space, the person or a ``functools.partial`` names them. The tasks:

==============  ==================================  ==================  ================
task            targets                             ``n_outputs``       activation
==============  ==================================  ==================  ================
``regression``  real numbers                        columns             none
``binary``      0 or 1 (several columns: labels     columns             sigmoid
                that do not exclude each other)
``multiclass``  whole numbers that recur            highest label + 1   softmax
``one-hot``     rows with a single 1                columns             softmax
==============  ==================================  ==================  ================

Counts that are a quantity look like classes; write ``y.astype("float32")``.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from tunewidgets.training.arrays import Nest, map_nest
from tunewidgets.training.data import Part
from tunewidgets.training.folds import class_labels

TASKS = ("regression", "binary", "multiclass", "one-hot")

FROM_DATA = ("input_shape", "task", "n_outputs")
"""Parameters of a builder that the data may tell."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the data decide; None for what they do not tell.

    Attributes
    ----------
    input_shape
        Of a sample, without the axis of samples; a list or dict of shapes for several inputs.
    task
        One of `TASKS`.
    n_outputs
        Units of the output.
    """

    input_shape: Any = None
    task: str | None = None
    n_outputs: int | None = None

    def given(self, builder: Callable[..., Any], params: Mapping[str, Any]) -> dict[str, Any]:
        """Give a builder those of its parameters that the data decide."""
        parameters = inspect.signature(builder).parameters
        bound = builder.keywords if isinstance(builder, functools.partial) else {}
        known = {
            "input_shape": self.input_shape,
            "task": self.task,
            "n_outputs": self.n_outputs,
        }
        return {
            name: value
            for name, value in known.items()
            if value is not None
            and name in parameters
            and name not in {*params, *bound}
            and _means_it(name, parameters[name].default)
        }


def facts_of(train: Part, valid: Part | None = None) -> Facts:
    """Read what the samples tell; the validation samples may hold labels that training lacks."""
    task, n_outputs = _targets(train.y, None if valid is None else valid.y)
    return Facts(_input_shape(train.x), task, n_outputs)


def _means_it(name: str, default: Any) -> bool:
    """Whether a builder's ``task`` is ours and not a word of its own."""
    return name != "task" or default is inspect.Parameter.empty or default in TASKS


def _targets(y: Nest, valid: Nest) -> tuple[str | None, int | None]:
    if not isinstance(y, np.ndarray) or y.ndim not in (1, 2) or not y.size:
        return None, None
    n_columns = 1 if y.ndim == 1 else y.shape[1]
    if n_columns == 1:
        y = y.reshape(-1)
        if isinstance(valid, np.ndarray) and valid.size:
            y = np.concatenate([y, valid.reshape(-1)])
    labels = class_labels(y)
    if labels is None:
        is_binary = n_columns > 1 and bool(
            np.isin(y[:1000], (0, 1)).all() and np.isin(y, (0, 1)).all()
        )
        return ("binary" if is_binary else "regression"), n_columns
    if n_columns > 1:
        return "one-hot", n_columns
    if set(np.unique(labels)) <= {0, 1}:
        return "binary", 1
    return "multiclass", int(labels.max()) + 1


def _input_shape(x: Nest) -> Any:
    try:
        return map_nest(_sample_shape, _inputs(x))
    except (AttributeError, TypeError, ValueError):
        return None  # a data set that does not tell its shape: the builder's own default holds


def _inputs(x: Nest) -> Nest:
    """Give the arrays that a model is called with, or for a data set what is shaped like them."""
    if hasattr(x, "element_spec"):  # tf.data
        batch = x.element_spec
    elif hasattr(x, "num_batches"):  # PyDataset
        batch = x[0]
    else:
        return x
    return batch[0] if isinstance(batch, tuple) else batch  # (x, y, ...), or x alone


def _sample_shape(array: Any) -> tuple[int, ...]:
    shape = tuple(array.shape[1:])
    if shape or getattr(array.dtype, "kind", "") not in ("b", "i", "u", "f"):
        return shape
    return (1,)  # Keras makes a column of numbers that stand in a row
