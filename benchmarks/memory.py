"""What processes weigh."""

from __future__ import annotations

import gc

import psutil


def pss(pid: int | None = None) -> float:
    """Bytes of a process, its share of what it has in common with others; None for this one."""
    if pid is None:
        gc.collect()
    memory = psutil.Process(pid).memory_full_info()
    return float(getattr(memory, "pss", memory.rss))
