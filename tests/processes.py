"""Looking at processes: whether they are alive, and waiting for what they do."""

from __future__ import annotations

import time
from collections.abc import Callable

import psutil


def wait_for(is_so: Callable[[], object], limit_s: float = 30.0) -> None:
    deadline = time.monotonic() + limit_s
    while not is_so():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.01)


def is_alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def nurseries(kernel: int | None = None) -> set[int]:
    """Process numbers of a kernel's nurseries."""
    found = set()
    for child in psutil.Process(kernel).children():
        try:
            if "nursery_main" in " ".join(child.cmdline()):
                found.add(child.pid)
        except psutil.NoSuchProcess:
            continue
    return found
