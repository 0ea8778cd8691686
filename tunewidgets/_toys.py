"""Toy data in one and two dimensions, drawn anew with any size and noise; NumPy alone makes them.

Every sample is drawn by itself, so the three parts are simply drawn one after the other.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Samples = tuple[Any, Any]


def moons(n: int, noise: float, rng: np.random.Generator) -> Samples:
    """Draw two half circles that reach into each other."""
    y = rng.integers(0, 2, n)
    angle = rng.uniform(0, np.pi, n)
    x = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    x[y == 1] = [1, 0.5] - x[y == 1]
    return x + noise * rng.normal(size=x.shape), y


def circles(n: int, noise: float, rng: np.random.Generator) -> Samples:
    """Draw a circle within another of twice its size."""
    y = rng.integers(0, 2, n)
    angle = rng.uniform(0, 2 * np.pi, n)
    radius = np.where(y == 1, 0.5, 1.0)[:, None]
    x = radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return x + noise * rng.normal(size=x.shape), y


def spiral(n: int, noise: float, rng: np.random.Generator) -> Samples:
    """Draw two arms that wind around each other."""
    y = rng.integers(0, 2, n)
    radius = np.sqrt(rng.uniform(0.01, 1, n))  # as dense outside as inside
    angle = 1.75 * 2 * np.pi * radius + np.pi * y
    x = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return x + noise * rng.normal(size=x.shape), y


def sine(n: int, noise: float, rng: np.random.Generator) -> Samples:
    """Draw points around one and a half waves."""
    x = rng.uniform(-3 * np.pi / 2, 3 * np.pi / 2, n)
    return x[:, None], np.sin(x) + noise * rng.normal(size=n)


TOYS = {"moons": moons, "circles": circles, "spiral": spiral, "sine": sine}

DESCRIPTIONS = {
    "moons": "Two half circles that reach into each other: tell which one a point belongs to.",
    "circles": "A circle within a circle: tell which one a point belongs to.",
    "spiral": "Two arms of a spiral: tell which one a point belongs to.",
    "sine": "Points around one and a half waves: find the curve.",
}


def drawn(
    name: str, n_samples: int, noise: float, test_size: float, valid_size: float, seed: int
) -> dict[str, Any]:
    """Draw a toy data set in three parts, scaled by the training part alone."""
    rng = np.random.default_rng(seed)
    n_test = max(1, round(n_samples * test_size))
    n_valid = max(1, round((n_samples - n_test) * valid_size))
    n_train = n_samples - n_test - n_valid
    is_classes = name != "sine"
    parts = {p: TOYS[name](n, noise, rng) for p, n in
             (("train", n_train), ("valid", n_valid), ("test", n_test))}  # fmt: skip
    x_train = parts["train"][0]
    mean, spread = x_train.mean(axis=0), x_train.std(axis=0)
    arrays: dict[str, Any] = {}
    for part, (x, y) in parts.items():
        arrays[f"x_{part}"] = ((x - mean) / spread).astype("float32")
        arrays[f"y_{part}"] = y.astype("int32" if is_classes else "float32")
    return arrays | {
        "feature_names": ("x1", "x2") if is_classes else ("x",),
        "target_name": "which of the two" if is_classes else "height",
        "task": "binary" if is_classes else "regression",
        "n_classes": 2 if is_classes else None,
        "description": DESCRIPTIONS[name],
        "source": "Drawn at random by tunewidgets.",
    }
