"""Showing a model think: between epochs, it is asked about a fixed grid now and then.

It is asked in a `keras.StatelessScope`, which throws away whatever the model would have updated,
random states among it, so that a fit gives the same numbers with and without. It is asked as an
epoch begins, not as one ends: where several epochs end in one call, they are told of afterwards,
when the weights are the last one's.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from tunewidgets.events import PredictionMade
from tunewidgets.retelling import stated
from tunewidgets.scene import FLOAT, Grid, Thought
from tunewidgets.trial import RunKey

PAUSE_S = 0.25
"""The least time between two predictions."""

SHARE = 0.03
"""The part of a fit's time that predictions may take."""

MOST_OUTPUTS = 20
"""A model of more has no picture."""

Tell = Callable[[PredictionMade], None]


class Thinker:
    """Asks one run's model.

    Parameters
    ----------
    key
        Of the run.
    grid
        Where to ask.
    is_flat
        Whether samples are single numbers, rather than rows of one.
    tell
        Receives the predictions.
    clock
        Gives seconds.
    """

    def __init__(
        self,
        key: RunKey,
        grid: Grid,
        is_flat: bool,
        tell: Tell,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        points = grid.points()
        self._key = key
        self._grid = grid
        self._points = points[:, 0] if is_flat else points
        self._tell = tell
        self._clock = clock
        self._due = clock() + PAUSE_S
        self._is_lost = False

    def between(self, model: Any, epoch: int) -> None:
        """Ask a model that has been trained for so many epochs, if it is time."""
        if epoch and self._clock() >= self._due:
            self._ask(model, epoch)

    def end(self, model: Any, epoch: int) -> None:
        """Ask a model that has its last weights."""
        self._ask(model, epoch)

    def _ask(self, model: Any, epoch: int) -> None:
        if self._is_lost:
            return
        begun = self._clock()
        try:
            values = predictions(model, self._points)
        except Exception as error:  # a model may be anybody's; the fit goes on without a picture
            self._is_lost = True
            thought = Thought(epoch, self._grid, b"", f"{type(error).__name__}: {error}")
        else:
            thought = Thought(epoch, self._grid, values.tobytes())
            if not np.isfinite(values).any():
                return  # it diverged: what it thought before tells more
        self._tell(PredictionMade(self._key, thought))
        now = self._clock()
        self._due = now + max(PAUSE_S, (now - begun) / SHARE)


def predictions(model: Any, points: np.ndarray) -> np.ndarray:
    """Ask a built model for its outputs, and leave it as it was.

    Returns
    -------
    array of float32, shape (points, outputs)
        Probabilities, where the model's loss takes logits.

    Raises
    ------
    ValueError
        For several outputs, or other than a few numbers a point.
    """
    import keras

    with keras.StatelessScope():
        outputs = model(keras.ops.convert_to_tensor(points, keras.config.floatx()), training=False)
    if isinstance(outputs, (list, tuple, dict)):
        told = stated("A picture needs one output, but the model has {n}.", n=len(outputs))
        raise ValueError(told)
    table = keras.ops.convert_to_numpy(keras.ops.cast(outputs, "float32"))
    table = table.reshape(len(points), -1)
    if not 1 <= table.shape[1] <= MOST_OUTPUTS:
        told = stated("A picture needs a few outputs a point, but got {n}.", n=table.shape[1])
        raise ValueError(told)
    if getattr(getattr(model, "loss", None), "from_logits", False):
        table = _probabilities(table)
    return np.ascontiguousarray(table, FLOAT)


def asking(thinker: Thinker) -> Any:
    """Make the callback that lets a thinker ask; it stands last, to see what the others leave."""
    import keras

    class Asking(keras.callbacks.Callback):  # type: ignore[misc]
        only_listens = True  # so that epochs may end together before it is told of them
        n_epochs = 0

        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:  # noqa: ARG002
            thinker.between(self.model, epoch)

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:  # noqa: ARG002
            self.n_epochs = epoch + 1

        def on_train_end(self, logs: Any = None) -> None:  # noqa: ARG002
            if self.n_epochs:
                thinker.end(self.model, self.n_epochs)

    return Asking()


def _probabilities(logits: np.ndarray) -> np.ndarray:
    if logits.shape[1] == 1:
        return np.asarray(0.5 + 0.5 * np.tanh(logits / 2))  # the sigmoid, without overflow
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))
