"""Learning-rate range tests: what one found, and the rate that it suggests.

A fresh model is trained batch by batch while the learning rate grows by the same factor each time.
Where the rate is too low the loss stands still, then it falls, and where the rate is too high it
grows again.

References
----------
The test: Smith 2015, "Cyclical Learning Rates for Training Neural Networks",
https://arxiv.org/abs/1506.01186, section 3.3. A tenth of the rate at the turning point: Géron 2022,
"Hands-On Machine Learning", 3rd edition, chapter 10, on the learning rate.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

from tunewidgets import format as fmt
from tunewidgets.retelling import stated
from tunewidgets.trial import Params, RunKey, State

NAMES = ("learning_rate", "lr")
"""What a hyperparameter that is a learning rate is called."""

SHARE = 0.1
"""What is suggested, as a share of the rate with the lowest loss."""

EXPLODED = 4.0
"""A loss so many times the first one's ends a test."""

MIN_LOSSES = 8
"""Fewer say nothing."""


@dataclass(frozen=True, slots=True)
class RangeRecord:
    """A learning-rate range test.

    Attributes
    ----------
    number
        From 0, among the study's tests.
    params
        The choice of hyperparameters that was built.
    planned
        The learning rates to try, ascending, one a batch.
    state
        As a run's.
    rates, losses, smoothed
        What was tried, up to where the loss exploded: the loss of each batch, and its mean over
        the batches around, the nearer the more.
    suggested
        A learning rate; None where the losses tell none.
    words
        How it was found, in a sentence.
    error
        Why the test failed.
    """

    number: int
    params: Params = field(default_factory=dict)
    planned: tuple[float, ...] = ()
    state: State = State.WAITING
    rates: tuple[float, ...] = ()
    losses: tuple[float, ...] = ()
    smoothed: tuple[float, ...] = ()
    suggested: float | None = None
    words: str = ""
    error: str | None = None

    @property
    def key(self) -> RunKey:
        """What a worker knows it by; no run of a trial has a number below 0."""
        return (-1 - self.number, 0)


def rising(low: float, high: float, n_steps: int) -> tuple[float, ...]:
    """Give rates from ``low`` to ``high``, each the same number of times the last."""
    step = math.log(high / low) / (n_steps - 1)
    return (*(low * math.exp(step * i) for i in range(n_steps - 1)), high)


def has_exploded(losses: Sequence[float]) -> bool:
    """Whether going on tells nothing: the loss is not finite, or far above the first ones."""
    if not losses:
        return False
    if not math.isfinite(losses[-1]):
        return True
    first = statistics.median(losses[:5])
    return len(losses) > 5 and statistics.median(losses[-3:]) > EXPLODED * first > 0


def smooth(losses: Sequence[float], width: float) -> tuple[float, ...]:
    """Average each loss with those around, weighted by a bell of that width (in batches)."""
    reach = math.ceil(3 * width)
    bell = [math.exp(-((d / width) ** 2) / 2) for d in range(reach + 1)]
    smoothed = []
    for i in range(len(losses)):
        near = range(max(0, i - reach), min(len(losses), i + reach + 1))
        weights = [bell[abs(j - i)] for j in near]
        told = math.fsum(w * losses[j] for w, j in zip(weights, near, strict=True))
        smoothed.append(told / math.fsum(weights))
    return tuple(smoothed)


def suggestion(
    rates: Sequence[float], losses: Sequence[float], planned: Sequence[float]
) -> tuple[tuple[float, ...], float | None, str]:
    """Read a learning rate off the losses of a test.

    Parameters
    ----------
    rates, losses
        What was tried; the losses are finite.
    planned
        What was to be tried.

    Returns
    -------
    tuple
        The smoothed losses, the rate (None where they tell none), and how it was found.
    """
    smoothed = smooth(losses, max(1.0, len(planned) / 50))
    if len(rates) < MIN_LOSSES:
        told = stated("The loss exploded at once: try rates below {rate}.", rate=_said(planned[0]))
        return smoothed, None, told
    best = min(range(len(rates)), key=smoothed.__getitem__)
    noise = statistics.pstdev(
        raw - mean for raw, mean in zip(losses[: best + 1], smoothed, strict=False)
    )
    if smoothed[0] - smoothed[best] <= noise:
        told = stated(
            "The loss hardly fell at any rate from {low} to {high}: look at the model and the "
            "data, or try other rates.",
            low=_said(rates[0]),
            high=_said(rates[-1]),
        )
        return smoothed, None, told
    rate = _round(rates[best] * SHARE)
    found = {"turning": _said(rates[best]), "rate": _said(rate)}
    told = stated("The loss is lowest at {turning}: a tenth of that is {rate}.", **found)
    if best == len(planned) - 1:
        told = stated(
            "The loss still falls at {turning}, the highest: a tenth of that is {rate}.", **found
        )
    return smoothed, rate, told


def _said(rate: float) -> str:
    return fmt.text(_round(rate))


def _round(rate: float) -> float:
    """Keep two digits: the losses tell no more."""
    return float(f"{rate:.2g}")
