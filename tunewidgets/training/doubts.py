"""What of a model's output, loss and targets is doubtful: it trains, but hardly as it was meant.

A doubt is a sentence shown with the run; nothing is stopped. It is raised only where it is sure
(as in `pairing`): Keras's own kind of model, one output, a last layer of a known kind, and losses
by name.
"""

from __future__ import annotations

import math
from typing import Any

from tunewidgets.retelling import stated
from tunewidgets.training.data import Part
from tunewidgets.training.pairing import LOSSES, REGRESSION, is_plain, loss_name_of, n_units_of
from tunewidgets.training.targets import gives_logits

_REACH = {
    "relu": (0.0, math.inf),
    "softplus": (0.0, math.inf),
    "sigmoid": (0.0, 1.0),
    "softmax": (0.0, 1.0),
    "tanh": (-1.0, 1.0),
}
"""Between what the outputs of an activation lie."""

_ROUNDING = 1e-6


def doubt(model: Any, part: Part) -> str | None:
    """Say what is doubtful about a compiled model and what it is to be trained on.

    Returns
    -------
    str or None
        What does not fit and the remedy, as a sentence; None where nothing is known to be wrong.
    """
    if n_units_of(model) is None or not is_plain(model, part.y):
        return None
    activation, loss = _last_activation(model), loss_name_of(model.loss)
    if activation is None:
        return None
    if loss in REGRESSION:
        return _of_reach(activation, loss, part.y)
    if loss in LOSSES:
        return _of_logits(activation, loss, gives_logits(model))
    return None


def _of_reach(activation: str, loss: str, y: Any) -> str | None:
    reach = _REACH.get(activation)
    if reach is None:
        return None
    low, high = float(y.min()), float(y.max())
    if low >= reach[0] - _ROUNDING and high <= reach[1] + _ROUNDING:
        return None
    if not (math.isfinite(low) and math.isfinite(high)):
        return None
    between = {"low": f"{low:g}", "high": f"{high:g}", "activation": activation, "loss": loss}
    if reach[1] == math.inf:
        return stated(
            "An output with '{activation}' gives only 0 and more, but y goes from {low} to {high}: "
            "with '{loss}' leave the activation of the last layer out.",
            **between,
        )
    return stated(
        "An output with '{activation}' gives only {least} to {most}, but y goes from {low} to "
        "{high}: with '{loss}' leave the activation of the last layer out.",
        least=f"{reach[0]:g}",
        most=f"{reach[1]:g}",
        **between,
    )


def _of_logits(activation: str, loss: str, is_logits: bool) -> str | None:
    usual = "sigmoid" if LOSSES[loss] == "binary" else "softmax"
    if activation == "linear" and not is_logits:
        return stated(
            "'{loss}' expects probabilities, but the last layer has no activation: give it "
            "activation='{usual}', or the loss from_logits=True.",
            loss=loss,
            usual=usual,
        )
    if activation in ("sigmoid", "softmax") and is_logits:
        return stated(
            "The loss is told from_logits=True, but '{activation}' has made probabilities of "
            "them already: leave one of the two out.",
            activation=activation,
        )
    return None


def _last_activation(model: Any) -> str | None:
    """Name the activation of the output, where the last layer is of a kind that tells."""
    import keras

    last = model.layers[-1] if model.layers else None
    if isinstance(last, keras.layers.Softmax):
        return "softmax"
    if isinstance(last, keras.layers.Dense | keras.layers.Activation):
        return getattr(last.activation, "__name__", None)
    return None
