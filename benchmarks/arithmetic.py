"""How fast an epoch could be: its matrix products alone, by NumPy on one thread, in float32.

Batches are stacked, so that NumPy goes from one to the next without Python in between.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np

N_TURNS = 15
STACK = 16
"""Batches that NumPy multiplies in a call; few, so that they stay in the cache."""

LARGE = 1024

Product = tuple[np.ndarray, np.ndarray, np.ndarray]


def epoch_s(sizes: tuple[int, ...], n_train: int, n_valid: int, batch_size: int) -> float:
    """Seconds of the products of an MLP's epoch.

    Parameters
    ----------
    sizes
        Of the layers, the input first.
    n_train, n_valid
        Samples; the former go forward and backward, the latter forward.
    batch_size
        Samples a batch; the last batch may be smaller.
    """
    work = []
    for n_samples, backward in ((n_train, True), (n_valid, False)):
        n_full, rest = divmod(n_samples, batch_size)
        for size, n_stacked, times in (
            (batch_size, STACK, n_full // STACK),
            (batch_size, n_full % STACK, 1),
            (rest, 1, 1),
        ):
            work.append((list(_products(sizes, size, n_stacked, backward=backward)), times))

    def epoch() -> None:
        for products, times in work:
            for _ in range(times):
                for left, right, out in products:
                    np.matmul(left, right, out)

    return _seconds(epoch)


def peak_epoch_s(sizes: tuple[int, ...], n_train: int, n_valid: int) -> float:
    """Seconds of as many operations at the speed of a large product, where nothing is called."""
    left, right, out = next(_products((LARGE, LARGE), LARGE, 1, backward=False))
    speed = 2 * LARGE**3 / _seconds(lambda: np.matmul(left, right, out))

    def operations(n: int, *, backward: bool) -> int:
        products = _products(sizes, n, 1, backward=backward)
        return sum(2 * a.size * b.shape[-1] for a, b, _ in products)

    return (operations(n_train, backward=True) + operations(n_valid, backward=False)) / speed


def _products(
    sizes: tuple[int, ...], n: int, n_stacked: int, *, backward: bool
) -> Iterator[Product]:
    """Give the factors of each product of a batch of n samples, and where to put it."""
    rng = np.random.default_rng(0)

    def some(*shape: int) -> np.ndarray:
        return rng.normal(size=shape).astype("float32")

    for layer, (n_in, n_out) in enumerate(pairwise(sizes)):
        x, slopes = some(n_stacked, n, n_in), some(n_stacked, n, n_out)
        kernel = some(n_in, n_out)
        yield x, kernel, slopes.copy()
        if backward:
            yield x.transpose(0, 2, 1), slopes, some(n_stacked, n_in, n_out)
        if backward and layer:  # nothing asks for the slopes of the data
            yield slopes, kernel.T, x.copy()


def _seconds(do: Callable[[], object]) -> float:
    from threadpoolctl import threadpool_limits

    seconds = []
    with threadpool_limits(1):
        for _ in range(N_TURNS):
            begun = time.perf_counter()
            do()
            seconds.append(time.perf_counter() - begun)
    return statistics.median(seconds)
