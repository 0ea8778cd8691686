"""Models of one topology share what was compiled for the first of them.

A fresh model whose topology a worker has met hands its state (weights, random seeds, optimizer)
to the earlier one, its twin, and the twin trains in its place: the folds of a trial, trials that
differ in learning rate or seed, and later runs of the same sizes start at once.

Two models are twins when Keras writes the same configuration for both, learning rate aside, and
everything in it is Keras's own: what a user's class or function does, no configuration tells.
"""

from __future__ import annotations

import gc
import json
import math
from collections import OrderedDict
from collections.abc import Hashable, Mapping
from typing import Any

from tunewidgets.training.compiled import inside
from tunewidgets.training.compiled.epochs import Epochs
from tunewidgets.training.compiled.paths import Path

ROOM = 4
"""How many topologies are kept; more would only take memory."""

_METHODS = ("call", "train_step", "test_step", "compute_loss", "compute_metrics")


class Twins:
    """The compiled epochs of the topologies met last.

    Parameters
    ----------
    is_thrifty
        Whether to keep the last topology alone, and to free the memory of the one before at once:
        what is compiled is in circles, which Python's garbage collector comes by for now and then.
    """

    def __init__(self, *, is_thrifty: bool = False) -> None:
        self._is_thrifty = is_thrifty
        self._room = 1 if is_thrifty else ROOM
        self._kept: OrderedDict[Hashable, tuple[Epochs, set[Path], _Start]] = OrderedDict()

    def find(self, key: Hashable, model: Any) -> tuple[Epochs, set[Path]] | None:
        """Give the epochs of a model's twin, with the model's state, and their compiled paths."""
        if key not in self._kept:
            return None
        epochs, compiled, start = self._kept[key]
        if not start.hand_over(model, epochs.model):
            return None
        self._kept.move_to_end(key)
        return epochs, compiled

    def has(self, model: Any) -> bool:
        """Whether a model stands in for those of its topology."""
        return any(epochs.model is model for epochs, _, _ in self._kept.values())

    def keep(self, key: Hashable, epochs: Epochs, compiled: set[Path]) -> None:
        """Keep what was compiled, and forget the oldest."""
        self._kept[key] = epochs, compiled, _Start(epochs.model)
        while len(self._kept) > self._room:
            self._kept.popitem(last=False)
            if self._is_thrifty:
                gc.collect()


def topology(model: Any) -> str | None:
    """Write down what makes a model's steps, or None where Keras does not know all of it."""
    import keras

    if not type(model).__module__.startswith("keras."):
        return None
    if any(hasattr(layer, "adapt") for layer in all_layers(model)):
        return None  # what such a layer has learnt of data is fixed in what is traced
    try:
        written = keras.saving.serialize_keras_object(model)
    except Exception:  # a layer's configuration is anybody's code, which model.fit never calls
        return None
    if not _is_all_of_keras(written) or _is_altered(model):
        return None
    rate = ((written.get("compile_config") or {}).get("optimizer") or {}).get("config", {})
    if isinstance(rate.get("learning_rate"), float):
        rate["learning_rate"] = None  # a variable
    frozen = [variable.trainable for variable in model.variables]  # one by one, in no config
    return json.dumps([written, frozen], sort_keys=True, default=repr)


def family(model: Any) -> str:
    """Name models that are likely to like the same path: by types, and large ones by size."""
    layers = sorted({type(layer).__name__ for layer in all_layers(model)})
    size = max(5, int(math.log10(max(1, model.count_params()))))
    return " ".join([type(model).__name__, type(model.optimizer).__name__, f"1e{size}", *layers])


def all_layers(layer: Any) -> list[Any]:
    """List a model, or a layer, and every layer in it."""
    import keras

    below = getattr(layer, "layers", ())
    if isinstance(layer, keras.layers.Bidirectional):
        below = layer.forward_layer, layer.backward_layer
    elif isinstance(layer, keras.layers.Wrapper):
        below = (layer.layer,)
    return [layer, *(one for inner in below for one in all_layers(inner))]


def _is_all_of_keras(written: Any) -> bool:
    if isinstance(written, Mapping):
        name = written.get("class_name")
        if isinstance(name, str):
            is_plain = name.startswith("__") and name != "__lambda__"  # a tuple, a slice
            if not is_plain and str(written.get("module")).split(".")[0] != "keras":
                return False
        return all(_is_all_of_keras(value) for value in written.values())
    if isinstance(written, (list, tuple)):
        return all(_is_all_of_keras(value) for value in written)
    return True


def _is_altered(model: Any) -> bool:
    """Whether methods were replaced, or weights excluded from decay, which no config tells."""
    is_replaced = any(name in vars(part) for part in all_layers(model) for name in _METHODS)
    return is_replaced or inside.has_exclusions(model.optimizer)


class _Start:
    """The state of a model that has not trained yet."""

    def __init__(self, model: Any) -> None:
        self._optimizer = [variable.numpy() for variable in model.optimizer.variables]

    def hand_over(self, model: Any, twin: Any) -> bool:
        """Give a twin the state of a fresh model; nothing is done where they do not match."""
        mine, its = model.variables, twin.variables
        if [(v.shape, v.dtype) for v in mine] != [(v.shape, v.dtype) for v in its]:
            return False
        # An optimizer that was not built yet has its first variables alone; the others are as
        # they are when it is built.
        known = model.optimizer.variables
        optimizer = [*(v.value for v in known), *self._optimizer[len(known) :]]
        values = [*(v.value for v in mine), *optimizer]
        for variable, value in zip([*its, *twin.optimizer.variables], values, strict=True):
            variable.value.assign(value)
        return True
