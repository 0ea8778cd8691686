"""The loop around compiled epochs: what ``model.fit`` does between them.

Callbacks are called as Keras calls them, but for the batch hooks, which a fit that comes here has
no use for (`why_plain`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from tunewidgets.training.compiled import inside
from tunewidgets.training.compiled.eligible import acts_at_begin, is_of_keras_alone
from tunewidgets.training.compiled.epochs import Epochs, Logs
from tunewidgets.training.compiled.hopes import hopes, likes_fusing, likes_turns
from tunewidgets.training.compiled.paths import Path, Paths, Size, Way
from tunewidgets.training.compiled.rows import Rows
from tunewidgets.training.compiled.twins import Twins, all_layers, family, topology

BATCH_SIZE = 32
"""Keras's own default."""

MANY = 300
"""With so many epochs left, several in one call save more time than they take to trace."""


@dataclass(frozen=True, slots=True)
class Fit:
    """What to train on, and for how long.

    Attributes
    ----------
    rows
        Training samples.
    valid
        Validation samples, or None.
    n_epochs
        At most so many.
    batch_size
        Samples a batch; None for Keras's default.
    test_batch_size
        Samples a validation batch; None for the same.
    validation_freq
        Every how many epochs to validate, or a list of epochs (from 1).
    shuffle
        Whether to take the samples in a random order.
    path
        The path to take; None to choose by measuring.
    first_epoch
        How many epochs an earlier fit has trained already.
    settled
        Receives the model whenever it is as the epochs told of have left it.
    """

    rows: Rows
    valid: Rows | None
    n_epochs: int
    batch_size: int | None = None
    test_batch_size: int | None = None
    validation_freq: int | Sequence[int] = 1
    shuffle: bool = True
    path: Path | None = None
    first_epoch: int = 0
    settled: Callable[[Any], None] | None = None


class Fitted:
    """A fit that is over.

    Attributes
    ----------
    model
        The model that was trained: the given one, or its twin.
    path
        The way it went, in words.
    """

    def __init__(self, epochs: Epochs, way: Way) -> None:
        self._epochs = epochs
        self.model = epochs.model
        self.path = way.words

    def evaluate(self, rows: Rows) -> Logs:
        """Score the trained model."""
        return self._epochs.evaluate(rows)


def fit(model: Any, this: Fit, callbacks: Sequence[Any], twins: Twins, paths: Paths) -> Fitted:
    """Train a model by compiled epochs.

    Parameters
    ----------
    model
        Compiled, not trained yet.
    this
        What to train on, and for how long.
    callbacks
        Keras callbacks without batch hooks.
    twins, paths
        What the worker keeps from run to run.
    """
    size = this.batch_size or BATCH_SIZE
    order = inside.seeded_order(this.rows.n) if this.shuffle else None
    rows = this.rows.ordered(order)
    epochs, compiled = _epochs(model, this, callbacks, twins)
    layers = all_layers(epochs.model)
    much = Size(len(layers), rows.n // size, this.n_epochs - this.first_epoch, hopes(layers))
    kind = family(epochs.model)
    way = paths.way(kind, much, compiled, this.path)
    _train(epochs, this, rows, callbacks, way)
    paths.tell(kind)
    return Fitted(epochs, way)


def _epochs(
    model: Any, this: Fit, callbacks: Sequence[Any], twins: Twins
) -> tuple[Epochs, set[Path]]:
    """Find what is compiled for a model's twin, or get ready to compile it."""
    size = this.batch_size or BATCH_SIZE
    batch = this.rows.first(size)  # a stateful layer must know its size
    if not model.built:
        inside.build_symbolically(model, batch)
    test_size = this.test_batch_size or size
    known = topology(model) if is_of_keras_alone(callbacks) else None
    key = (known, this.rows.kind, this.valid and this.valid.kind, size, test_size)
    if known is not None and (found := twins.find(key, model)):
        return found
    inside.build_symbolically(model, batch)
    resets = not acts_at_begin(callbacks)
    layers = all_layers(model) if known is not None else []  # of a user's code nothing is known
    epochs = Epochs(
        model,
        size,
        test_size,
        resets_in_graph=resets,
        in_turn=likes_turns(model, layers),
        fused={layer for layer in layers if likes_fusing(layer)},
    )
    compiled = set[Path]()
    if known is not None:
        twins.keep(key, epochs, compiled)
    return epochs, compiled


def _train(epochs: Epochs, this: Fit, rows: Rows, callbacks: Sequence[Any], way: Way) -> None:
    import keras

    model = epochs.model
    n_batches = -(-rows.n // epochs.batch_size)
    told = keras.callbacks.CallbackList(
        list(callbacks),
        add_history=True,
        model=model,
        verbose=0,
        epochs=this.n_epochs,
        steps=n_batches,
    )
    at_nan = [c for c in callbacks if isinstance(c, keras.callbacks.TerminateOnNaN)]
    model.stop_training = False
    logs: Logs = {}
    epoch = this.first_epoch
    told.on_train_begin()
    while epoch < this.n_epochs:
        if not epochs.resets_in_graph:
            model.reset_metrics()
        told.on_epoch_begin(epoch)
        n = way.n_together() if _may_go_together(epochs, this, callbacks, logs, epoch) else 1
        valid = this.valid if _is_due(epoch, this.validation_freq) else None
        if model.stop_training:  # already: model.fit looks after each batch, so it trains one
            one_batch = rows.taking(rows.index[: epochs.batch_size])
            ended = [_one(epochs, one_batch, valid, told, 0)]
        elif n > 1:
            ended = way.go_together(n, partial(_several, epochs, rows, valid))
        else:
            ended = [way.go(partial(_one, epochs, rows, valid, told))]
        for logs in ended:
            for callback in at_nan:
                callback.on_batch_end(n_batches - 1, logs)
            told.on_epoch_end(epoch, logs)
            epoch += 1
            # Of epochs that went together all have been trained: a wish to stop tells of the rest.
            if model.stop_training and (n == 1 or not math.isfinite(logs.get("loss", 0.0))):
                break
        else:
            if this.settled is not None:
                this.settled(model)
        if model.stop_training:
            break
    if isinstance(model.optimizer, keras.optimizers.Optimizer):
        model.optimizer.finalize_variable_values(model.trainable_weights)
    told.on_train_end(logs)


def _may_go_together(
    epochs: Epochs, this: Fit, callbacks: Sequence[Any], logs: Logs, epoch: int
) -> bool:
    """Whether nothing looks between epochs, and enough are left to pay for tracing."""
    return (
        epochs.resets_in_graph
        and not epochs.in_turn
        and this.validation_freq == 1
        and all(getattr(callback, "only_listens", False) for callback in callbacks)
        and all(isinstance(value, float) for value in logs.values())
        and (epochs.goes_several or this.n_epochs - epoch >= MANY)
    )


def _one(epochs: Epochs, rows: Rows, valid: Rows | None, told: Any, n_by_xla: int) -> Logs:
    logs = epochs.train(rows, n_by_xla, valid)
    if valid is not None:
        told.on_test_begin()
        scores = epochs.test(valid, n_by_xla)
        told.on_test_end(scores)
        logs.update({f"val_{name}": value for name, value in scores.items()})
    return logs


def _several(epochs: Epochs, rows: Rows, valid: Rows | None, n: int, n_by_xla: int) -> list[Logs]:
    return epochs.several(n, rows, valid, n_by_xla)


def _is_due(epoch: int, freq: int | Sequence[int]) -> bool:
    return (epoch + 1) % freq == 0 if isinstance(freq, int) else epoch + 1 in freq
