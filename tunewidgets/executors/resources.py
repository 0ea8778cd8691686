"""How many workers this machine can carry, and what each of them may take."""

from __future__ import annotations

import os
from pathlib import Path

WORKER_MEMORY = 700e6
"""Bytes a worker takes with TensorFlow and a small model, with room to spare."""

_CGROUP_LIMITS = (
    "/sys/fs/cgroup/memory.max",
    "/sys/fs/cgroup/memory/memory.limit_in_bytes",
)


def default_n_workers() -> int:
    """Count the workers that the processors and the memory allow, at least 1.

    ``TUNEWIDGETS_WORKERS`` in the environment overrides it.
    """
    asked = os.environ.get("TUNEWIDGETS_WORKERS", "")
    if asked.isdecimal() and int(asked):
        return int(asked)
    from loky import cpu_count

    return max(1, min(int(cpu_count()), int(free_memory() / WORKER_MEMORY)))


def free_memory() -> float:
    """Bytes that may still be taken, also within a container's limit."""
    import psutil

    free = float(psutil.virtual_memory().available)
    for name in _CGROUP_LIMITS:
        try:
            limit = Path(name).read_text(encoding="ascii").strip()
        except OSError:
            continue
        if limit.isdecimal():
            free = min(free, float(limit) - psutil.Process().memory_info().rss)
    return free


def worker_environment(n_workers: int) -> dict[str, str]:
    """Environment of a worker, so that the workers share the processors.

    TensorFlow reads these before it is imported:
    https://www.tensorflow.org/api_docs/python/tf/config/threading
    """
    from loky import cpu_count

    threads = str(max(1, int(cpu_count()) // n_workers))
    return {
        **os.environ,
        "TF_NUM_INTRAOP_THREADS": threads,
        "TF_NUM_INTEROP_THREADS": threads,
        "OMP_NUM_THREADS": threads,
        "TF_CPP_MIN_LOG_LEVEL": os.environ.get("TF_CPP_MIN_LOG_LEVEL", "2"),
        "PYTHONUNBUFFERED": "1",
    }
