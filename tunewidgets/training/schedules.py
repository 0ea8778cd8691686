"""The learning rate over the epochs of a run: warm-up, then a schedule.

Both work with any optimizer that has a plain learning rate, and change it between epochs only, so
that each epoch can still run as one compiled call.
"""

from __future__ import annotations

import math
from typing import Any

from tunewidgets.errors import BuilderError
from tunewidgets.retelling import stated


def share_of_rate(epoch: int, n_epochs: int, n_warm: int, schedule: str | None) -> float | None:
    """Say with what share of the optimizer's learning rate an epoch trains.

    Parameters
    ----------
    epoch
        From 0.
    n_epochs
        How many the run may have, those of the warm-up included.
    n_warm
        Epochs of linear warm-up: epoch ``i`` of them trains with ``(i + 1) / (n_warm + 1)`` of
        the rate, and the first one after them with the whole.
    schedule
        What comes then, over the other ``n`` epochs: ``"step"`` trains with a tenth from half of
        them on, and with a hundredth from three quarters; ``"cosine"`` follows half a wave,
        ``(1 + cos(pi * i / n)) / 2``. ``"constant"`` or None leaves the rate alone.

    Returns
    -------
    float or None
        None where the rate is to be left as it is.

    References
    ----------
    Warm-up: Goyal et al. 2017, "Accurate, Large Minibatch SGD: Training ImageNet in 1 Hour",
    https://arxiv.org/abs/1706.02677, section 2.2. Steps: He et al. 2015, "Deep Residual Learning
    for Image Recognition", https://arxiv.org/abs/1512.03385, section 4.2. Cosine: Loshchilov and
    Hutter 2016, "SGDR", https://arxiv.org/abs/1608.03983, without restarts.
    """
    if epoch < n_warm:
        return (epoch + 1) / (n_warm + 1)
    i, n = epoch - n_warm, n_epochs - n_warm
    match schedule:
        case "step":
            return 0.01 if i >= 0.75 * n else 0.1 if i >= 0.5 * n else 1.0
        case "cosine":
            return (1 + math.cos(math.pi * i / n)) / 2
    return 1.0 if epoch == n_warm else None


def changing_rate(n_epochs: int, n_warm: int, schedule: str | None) -> list[Any]:
    """Make the callback that sets the learning rate of each epoch; none where it stays.

    Raises
    ------
    BuilderError
        When the fit begins, where the optimizer has a schedule of its own.
    """
    if not n_warm and schedule in (None, "constant"):
        return []
    import keras

    class ChangingRate(keras.callbacks.Callback):  # type: ignore[misc]
        def on_train_begin(self, logs: Any = None) -> None:  # noqa: ARG002 - Keras's signature
            name = "warmup_epochs" if n_warm else "schedule"
            check_plain_rate(self.model.optimizer, name)
            self.full_rate = float(self.model.optimizer.learning_rate)

        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:  # noqa: ARG002
            share = share_of_rate(epoch, n_epochs, n_warm, schedule)
            if share is not None:
                self.model.optimizer.learning_rate = self.full_rate * share

    return [ChangingRate()]


def check_plain_rate(optimizer: Any, name: str) -> None:
    """Raise a `BuilderError` where the optimizer has a schedule of its own beside ``name``."""
    plain = getattr(optimizer, "inner_optimizer", optimizer)  # within a LossScaleOptimizer
    if isinstance(plain.get_config().get("learning_rate"), dict):  # a schedule's own
        raise BuilderError(
            stated(
                "{name} needs an optimizer with a plain learning rate, but this one has a "
                "schedule: give the optimizer a number, or leave {name} out.",
                name=name,
            )
        )
