"""Lab 10: searching in levels against searching once, with equal numbers of fits."""

from __future__ import annotations

import statistics
from pathlib import Path

import tunewidgets as tw
from scripts.claims.builder import SPACE, build_model
from scripts.claims.claim import Claim
from scripts.claims.figures import told, values
from scripts.claims.studies import first_seed, fresh, seeds

NAME = "10_levels"
N_FIRST, N_SECOND = 10, 8
EPOCHS, PATIENCE = 15, 5

Found = list[list[float]]


def claims() -> list[Claim]:
    """For each seed search roughly, then once in the best region and once as before."""
    rough, inside, as_before = [], [], []
    for seed in seeds():
        study = _study(seed, fresh(NAME) if seed == first_seed() else None)
        again = _study(seed + 1000)
        try:
            found = study.search("random", N_FIRST, seed=seed)
            on = again.search("random", N_SECOND, seed=seed + 1000)
            found.wait()
            region = study.suggest_zoom()
            study.zoom(**({} if region is None else region.bounds))
            zoomed = study.search("random", N_SECOND, seed=seed)
            study.wait()
            again.wait()
            for said, search in ((rough, found), (inside, zoomed), (as_before, on)):
                said.append(values(search.trials))
        finally:
            study.close()
            again.close()
    return [_levels_help(rough, inside, as_before)]


def _study(seed: int, storage: Path | None = None) -> tw.Study:
    data = tw.datasets.load("california_housing", fallback=None)
    return tw.Study(
        build_model, SPACE, data.x_train, data.y_train,
        validation_data=(data.x_valid, data.y_valid), epochs=EPOCHS, patience=PATIENCE,
        name=data.title, storage=storage, seed=seed, checkpoints=False,
    )  # fmt: skip


def _levels_help(rough: Found, inside: Found, as_before: Found) -> Claim:
    best = [min(found) for found in rough]
    zoomed = [min(r, min(found)) for r, found in zip(best, inside, strict=True)]
    went_on = [min(r, min(found)) for r, found in zip(best, as_before, strict=True)]
    middles = [[statistics.median(found) for found in part] for part in (rough, inside)]
    wins = sum(z < w for z, w in zip(zoomed, went_on, strict=True))
    n_better = sum(new < old for old, new in zip(*middles, strict=True))
    return Claim(
        3,
        "A second look: a level around the good ones finds more of them than random search does",
        10,
        f"California housing, {EPOCHS} epochs at most, {len(rough)} seeds. {N_FIRST} random "
        f"fits: best {told(best)}, middle {told(middles[0])}. {N_SECOND} more in the box around "
        f"the best: middle of the new {told(middles[1])}, better {n_better} of {len(rough)} times; "
        f"best of all {told(zoomed)}. {N_SECOND} more all over instead: best of all "
        f"{told(went_on)}. The box had the best one {wins} of {len(rough)} times.",
        "yes" if wins == n_better == len(rough) else "partly" if wins + n_better else "no",
    )
