"""What ``import tunewidgets`` costs beyond bare Python, in fresh processes, in turn."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

from benchmarks.table import Figure

N_RUNS = 15
HEAVY = ("tensorflow", "keras", "sklearn", "ipywidgets", "bqplot")


def measure() -> list[Figure]:
    extra = [_seconds("import tunewidgets") - _seconds("pass") for _ in range(N_RUNS)]
    probe = f"import sys, tunewidgets; print(sum(name in sys.modules for name in {HEAVY}))"
    printed = subprocess.run([sys.executable, "-c", probe], check=True, capture_output=True)
    return [
        Figure(
            "import tunewidgets, beyond bare Python (median)", statistics.median(extra), 0.3, "s"
        ),
        Figure(f"of {', '.join(HEAVY)} loaded by it", float(printed.stdout), 0, ""),
    ]


def _seconds(code: str) -> float:
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return time.perf_counter() - begun
