"""A learning-rate range test in a worker: the rate grows batch by batch, by ``model.fit``.

``model.fit`` takes any data and any model, and the rate is a variable of the optimizer, so that
nothing is compiled twice. Metrics start over with each batch, as Keras reports means since then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tunewidgets.errors import DataError
from tunewidgets.rates import has_exploded
from tunewidgets.training.callbacks import check_objective
from tunewidgets.training.data import Part
from tunewidgets.training.schedules import check_plain_rate


def try_rates(
    model: Any,
    part: Part,
    rates: Sequence[float],
    batch_size: int | None,
    fit_options: Mapping[str, Any],
    should_stop: Callable[[], bool],
) -> tuple[float, ...]:
    """Train with one rate after the other, a batch each, until the loss explodes.

    Parameters
    ----------
    model
        Compiled and fresh; it is of no use afterwards.
    part
        What to train on.
    rates
        Ascending.
    batch_size, fit_options
        As for ``model.fit``; what is about validation is left out.
    should_stop
        Asked after each batch.

    Returns
    -------
    tuple of float
        The loss of each batch, at most one a rate.

    Raises
    ------
    BuilderError
        Where the optimizer has a schedule of its own.
    """
    import keras

    check_plain_rate(model.optimizer, "A range test")
    losses: list[float] = []

    class Raising(keras.callbacks.Callback):  # type: ignore[misc]
        def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:  # noqa: ARG002
            self.model.reset_metrics()
            self.model.optimizer.learning_rate = rates[min(len(losses), len(rates) - 1)]

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:  # noqa: ARG002
            if len(losses) < len(rates) and not has_exploded(losses):
                check_objective("loss", logs or {})
                losses.append(float((logs or {})["loss"]))
            if len(losses) == len(rates) or has_exploded(losses) or should_stop():
                self.model.stop_training = True

    options = {k: v for k, v in fit_options.items() if not k.startswith("validation")}
    model.fit(
        part.x,
        part.y,
        sample_weight=part.sample_weight,
        batch_size=batch_size,
        epochs=len(rates),
        callbacks=[Raising()],
        verbose=0,
        **options,
    )
    if not losses:
        raise DataError("Nothing was trained: the data gave no batch in the first epoch.")
    return tuple(losses)
