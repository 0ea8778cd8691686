"""A model in a few lines of text: its layers, their shapes, how many weights each has.

Keras's own ``summary`` draws a table for a terminal, and takes longer than a short run should
spend on it.
"""

from __future__ import annotations

from typing import Any

MOST_LAYERS = 60


def described(model: Any) -> tuple[int | None, str | None]:
    """Count a model's weights and list its layers.

    Returns
    -------
    int or None
        How many numbers training and the data fill in; None before the model is built.
    str or None
        A line a layer: name, kind, shape of its output, number of weights.
    """
    if not model.built:
        return None, None
    layers = [_line(layer) for layer in model.layers]
    n_more = len(layers) - MOST_LAYERS
    if n_more > 0:
        layers[MOST_LAYERS:] = [(f"and {n_more} more layers", "", "", "")]
    optimizer = type(model.optimizer).__name__
    loss = model.loss if isinstance(model.loss, str) else type(model.loss).__name__
    return model.count_params(), "\n".join([*_aligned(layers), f"{optimizer}, loss {loss}"])


def _line(layer: Any) -> tuple[str, str, str, str]:
    try:
        shape = str(tuple(layer.output.shape))
    except (AttributeError, ValueError):  # called several times, never, or with several outputs
        shape = ""
    n = layer.count_params() if layer.built else 0
    return layer.name, type(layer).__name__, shape, f"{n:,}"


def _aligned(rows: list[tuple[str, str, str, str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            [*(cell.ljust(width) for cell, width in zip(row[:3], widths, strict=False)),
             row[3].rjust(widths[3])]
        ).rstrip()
        for row in rows
    ]  # fmt: skip
