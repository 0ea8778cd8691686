"""Warm-up and schedule as a function to paste, for Keras's ``LearningRateScheduler``.

It says the same as ``training.schedules.share_of_rate``, written for the one run that it is for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def changes_rate(training: Mapping[str, Any]) -> bool:
    """Whether a run's learning rate changes between its epochs."""
    has_schedule = training.get("schedule") not in (None, "constant")
    return bool(training.get("warmup_epochs")) or has_schedule


def rate_lines(training: Mapping[str, Any]) -> list[str]:
    """Write the function ``rate_of``; nothing where the learning rate stays.

    Parameters
    ----------
    training
        The run's training hyperparameters.
    """
    if not changes_rate(training):
        return []
    n_warm = training.get("warmup_epochs") or 0
    body = []
    if n_warm:
        body += [
            f"    if epoch < {n_warm}:",
            f"        return full_rate * (epoch + 1) / {n_warm + 1}",
        ]
    body += _after(n_warm, training["epochs"] - n_warm, training.get("schedule"))
    head = ["full_rate = float(model.optimizer.learning_rate)", "\n\ndef rate_of(epoch, rate):"]
    return [*head, *body[:-1], f"{body[-1]}\n\n"]


def _after(n_warm: int, n: int, schedule: str | None) -> list[str]:
    """Write what comes after the warm-up, over ``n`` epochs."""
    i = f"(epoch - {n_warm})" if n_warm else "epoch"
    match schedule:
        case "step":
            share = f"0.01 if {i} >= {0.75 * n} else 0.1 if {i} >= {0.5 * n} else 1.0"
            return [f"    return full_rate * ({share})"]
        case "cosine":
            return [f"    return full_rate * (1 + math.cos(math.pi * {i} / {n})) / 2"]
    return [f"    return full_rate if epoch == {n_warm} else rate"]
