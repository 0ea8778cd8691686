"""Whether the speed costs anything: the scores of five searches, against scikeras's.

Both try the same candidates. They begin with other weights, so scores differ by chance either way.
The test is Wilcoxon's, paired by candidate and one-sided: its p is small where ours are worse than
chance would have them. The best scores of the seeds are given as they are: five pairs are too few
to test.
"""

from __future__ import annotations

import statistics

import numpy as np

from benchmarks import fresh
from benchmarks.searching import SCIKERAS, Outcome, Work, by_scikeras, by_tunewidgets
from benchmarks.table import Figure

SEEDS = range(5)
EPOCHS = 10
LEVEL = 0.05


def measure(*, quick: bool = False) -> list[Figure]:
    if not fresh.are_installed(*SCIKERAS):
        return [Figure("scores against scikeras's", None, None, "")]
    pairs = []
    for seed in SEEDS[:2] if quick else SEEDS:
        work = Work(n_candidates=4 if quick else 10, epochs=2 if quick else EPOCHS, seed=seed)
        pairs.append((fresh.call(by_tunewidgets, work), fresh.call(by_scikeras, work)))
    ratios = [ours.best / theirs.best for ours, theirs in pairs]
    ours, theirs = (sum(pair[side].n_diverged for pair in pairs) for side in (0, 1))
    return [
        Figure("candidates that diverged, tunewidgets (not tested)", ours, None, ""),
        Figure("candidates that diverged, scikeras (not tested)", theirs, None, ""),
        Figure("best score to scikeras's, median over seeds", statistics.median(ratios), None, ""),
        Figure("the same, the luckiest seed", min(ratios), None, ""),
        Figure("the same, the unluckiest seed", max(ratios), None, ""),
        Figure(
            "p that candidates score worse only by chance",
            _p_worse(pairs),
            None if quick else LEVEL,
            "",
            at_least=True,
        ),
    ]


def _p_worse(pairs: list[tuple[Outcome, Outcome]]) -> float:
    from scipy.stats import wilcoxon

    both = np.array(
        [
            (our_score, their_score)
            for ours, theirs in pairs
            for our_score, their_score in _paired(ours, theirs)
        ]
    )
    both = both[np.isfinite(both).all(1)]
    return float(wilcoxon(both[:, 0], both[:, 1], alternative="greater").pvalue)


def _paired(ours: Outcome, theirs: Outcome) -> list[tuple[float, float]]:
    """Pair the scores of the same candidates, whichever was tried first."""
    named = dict(zip(map(_name, theirs.params), theirs.scores, strict=True))
    return [
        (score, named[_name(params)])
        for params, score in zip(ours.params, ours.scores, strict=True)
    ]


def _name(params: dict[str, object]) -> str:
    return " ".join(f"{key}={float(params[key]):.6g}" for key in sorted(params))
