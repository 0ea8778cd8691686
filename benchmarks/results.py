"""What was measured, kept in a file, so that tables and plots can be made again."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from benchmarks.table import Figure

FILE = Path(__file__).with_name("results.json")

PACKAGES = (
    *("keras", "numpy", "tensorflow", "tensorflow-cpu"),
    *("keras-tuner", "optuna", "scikeras", "scikit-learn"),
    *("optuna-dashboard", "tensorboard"),
)


@dataclass(frozen=True, slots=True)
class Measured:
    """What a benchmark gave, when and with what."""

    name: str
    day: str
    with_what: str
    quick: bool
    figures: tuple[Figure, ...]


def save(name: str, figures: Sequence[Figure], *, quick: bool) -> None:
    """Put a benchmark's figures in the file, in place of what it gave before."""
    day = datetime.now(UTC).date().isoformat()
    known = {one.name: one for one in load()}
    known[name] = Measured(name, day, _with_what(), quick, tuple(figures))
    text = json.dumps([asdict(one) for one in known.values()], indent=1, ensure_ascii=False)
    FILE.write_text(text + "\n", encoding="utf-8")


def load() -> list[Measured]:
    """Read the file; nothing where there is none."""
    if not FILE.exists():
        return []
    return [_read(one) for one in json.loads(FILE.read_text(encoding="utf-8"))]


def _read(one: dict[str, Any]) -> Measured:
    return Measured(**{**one, "figures": tuple(Figure(**figure) for figure in one["figures"])})


def _with_what() -> str:
    packages = [f"{name} {found}" for name in PACKAGES if (found := _version(name))]
    machine = f"{os.cpu_count()} processors ({platform.machine()})"
    return ", ".join([machine, f"Python {platform.python_version()}", *packages])


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
