"""Lab 3: grid search against random search, at equal budgets and at a fraction of the grid's."""

from __future__ import annotations

import math
import statistics
from typing import Any

import tunewidgets as tw
from scripts.claims.builder import SPACE, build_model, housing
from scripts.claims.claim import Claim
from scripts.claims.figures import told
from scripts.claims.studies import first_seed, fresh, seeds

NAME = "03_grid_random"
TITLE = "California housing"
EPOCHS = 20
GRID = {
    "n_hidden": [0, 1, 2, 3],
    "n_neurons": [5, 25, 99],
    "learning_rate": [3e-4, 1.4e-3, 6.5e-3, 3e-2],  # over all of the range that is drawn from
}
FEW = 10


def claims() -> list[Claim]:
    """Run a grid and a random search of its size for each seed, and compare."""
    (x, y), valid = housing()
    grids, draws = [], []
    for seed in seeds():
        storage = fresh(NAME) if seed == first_seed() else None
        study = tw.Study(
            build_model, SPACE, x, y, validation_data=valid, epochs=EPOCHS, seed=seed, name=TITLE,
            storage=storage, checkpoints=False,
        )  # fmt: skip
        try:
            grid = study.search("grid", space=tw.SearchSpace.read(GRID, build_model))
            drawn = study.search("random", grid.progress.n_trials, seed=seed)
            study.wait()
            # What diverged is worse than everything else.
            grids.append({_key(t.params): _or_worst(t.value) for t in grid.trials})
            draws.append([_or_worst(t.value) for t in drawn.trials])
        finally:
            study.close()
    return [_grid_finds(grids), _random_finds(grids, draws)]


def _grid_finds(grids: list[dict[Any, float]]) -> Claim:
    winners = [min(grid, key=grid.__getitem__) for grid in grids]
    ranks = [1 + sorted(grid, key=grid.__getitem__).index(winners[0]) for grid in grids[1:]]
    size = tw.SearchSpace.read({**SPACE, "learning_rate": [3e-4, 3e-2]}, build_model).grid_size()
    best = [min(grid.values()) for grid in grids]
    is_same = len(set(winners)) == 1
    return Claim(
        2,
        "Grid search finds the best of its grid",
        3,
        f"California housing, grid of {len(grids[0])}, 3 seeds: best {told(best)}. The winner with "
        f"the first seed ({_told(winners[0])}) came {' and '.join(f'number {r}' for r in ranks)} "
        f"with the others: it is the best of these fits, and "
        f"{'no other seed disagrees' if is_same else 'chance decides between close ones'}. The "
        f"lecture's grid has 4 x 99 x 2 = {size} combinations, not 800; with 3 folds {3 * size:,} "
        f"fits.",
        "yes" if is_same else "partly",
    )


def _random_finds(grids: list[dict[Any, float]], draws: list[list[float]]) -> Claim:
    n_all = len(grids[0])
    best = [min(grid.values()) for grid in grids]
    # Each stretch of ten of a random search is a random search of ten.
    few = [min(d[i : i + FEW]) for d in draws for i in range(0, n_all - FEW + 1, FEW)]
    equal = [min(drawn) for drawn in draws]
    goal = 1.1 * statistics.fmean(best)
    n_good = sum(value <= goal for value in few)
    return Claim(
        3,
        "Random search finds a good one with far fewer fits, without a guarantee",
        3,
        f"Same data. Grid, {n_all} fits: {told(best)}. Random, {n_all} fits: {told(equal)}; "
        f"{FEW} fits ({len(few)} draws): {told(few)}, worst {max(few):.3f}; {n_good} of "
        f"{len(few)} came within 10 % of the grid's best with {FEW / n_all:.0%} of its fits"
        f"{'' if n_good < len(few) else ': none missed it'}.",
        "yes" if len(few) / 2 <= n_good < len(few) else "partly",
    )


def _or_worst(value: float | None) -> float:
    return math.inf if value is None else value


def _key(params: Any) -> tuple[Any, ...]:
    return tuple(params[name] for name in GRID)


def _told(key: tuple[Any, ...]) -> str:
    return ", ".join(f"{name} {value:g}" for name, value in zip(GRID, key, strict=True))
