"""How many workers this machine can carry, and what each of them may take."""

from __future__ import annotations

import os
from pathlib import Path

from tunewidgets.executors.gpus import usable_gpus

WORKER_MEMORY = 700e6
"""Bytes a worker takes with TensorFlow and a small model, with room to spare."""

WARM_MEMORY = 2e9
"""Bytes that must be free for workers to be started before they are asked for."""

LONG_IDLE_S, SHORT_IDLE_S = 600.0, 60.0
"""After so many seconds without a run a worker ends; the short time is a small machine's."""

_CGROUP_LIMITS = (
    "/sys/fs/cgroup/memory.max",
    "/sys/fs/cgroup/memory/memory.limit_in_bytes",
)


def default_n_workers() -> int:
    """Count the workers that the processors, the GPUs and the memory allow, at least 1.

    On a machine with GPUs, each has one worker. ``TUNEWIDGETS_WORKERS`` in the environment
    overrides it.
    """
    asked = os.environ.get("TUNEWIDGETS_WORKERS", "")
    if asked.isdecimal() and int(asked):
        return int(asked)
    from loky import cpu_count

    most = len(usable_gpus()) or int(cpu_count())
    return max(1, min(most, int(free_memory() / WORKER_MEMORY)))


def may_warm() -> bool:
    """Whether workers may be started before they are asked for: not on a small machine.

    ``TUNEWIDGETS_WARM=0`` in the environment forbids it.
    """
    if os.environ.get("TUNEWIDGETS_WARM", "").strip() == "0":
        return False
    return not is_small()


def default_idle_s() -> float:
    """Seconds without a run until a worker ends and gives its memory back.

    On a small machine that is soon: who goes from lab to lab would have a worker in each.
    """
    return SHORT_IDLE_S if is_small() else LONG_IDLE_S


def is_small() -> bool:
    """Whether there is one processor alone, or little memory: a machine like Binder's."""
    from loky import cpu_count

    return int(cpu_count()) == 1 or free_memory() < WARM_MEMORY


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


def own_memory(pid: int) -> float:
    """Bytes that a process holds beside its files and what it maps of them; 0 if it is gone.

    What it shares with a process that it was forked from counts, so that the figure does not
    leap when others end, as PSS would; nor does it grow with the data that is read from maps.
    """
    import psutil

    try:
        memory = psutil.Process(pid).memory_info()
    except psutil.Error:
        return 0.0
    return float(memory.rss - getattr(memory, "shared", 0))


def worker_environment(n_workers: int, gpu: str | None = None) -> dict[str, str]:
    """Environment of a worker, so that the workers share the processors and the GPUs.

    TensorFlow reads the thread counts before it is imported, and the GPUs at its first use:
    https://www.tensorflow.org/api_docs/python/tf/config/threading
    """
    from loky import cpu_count

    threads = str(max(1, int(cpu_count()) // n_workers))
    return {
        "TF_CPP_MIN_LOG_LEVEL": "2",
        "TF_FORCE_GPU_ALLOW_GROWTH": "true",  # else the first worker takes a GPU's whole memory
        **os.environ,
        "TF_NUM_INTRAOP_THREADS": threads,
        "TF_NUM_INTEROP_THREADS": threads,
        "OMP_NUM_THREADS": threads,
        "PYTHONUNBUFFERED": "1",
        **({} if gpu is None else {"CUDA_VISIBLE_DEVICES": gpu}),
    }
