"""Stretch pants: take a size too large, and let early stopping and regularisation fit it."""

from __future__ import annotations

from typing import Any

from tunewidgets.training.builders.mlp import mlp


def stretch_pants(
    n_hidden: int = 3,
    n_neurons: int = 200,
    dropout: float = 0.2,
    l2: float = 1e-4,
    optimizer: str = "adam",
    learning_rate: float = 1e-3,
    input_shape: tuple[int, ...] = (8,),
    task: str = "regression",
    n_outputs: int = 1,
) -> Any:
    """Build a large `mlp` with dropout and l2; train it with ``patience`` and ``restore_best``.

    The loss holds the l2 penalty: to compare, take ``objective="val_mse"`` or ``"val_accuracy"``.
    Parameters as `mlp` takes them.
    """
    return mlp(
        n_hidden=n_hidden,
        n_neurons=n_neurons,
        dropout=dropout,
        l2=l2,
        optimizer=optimizer,
        learning_rate=learning_rate,
        initializer="he_normal",
        input_shape=input_shape,
        task=task,
        n_outputs=n_outputs,
    )
