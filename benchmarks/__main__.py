"""Run the benchmarks by name, or all of them, and print a table a benchmark."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks import importing, lab_cost, lab_page, long_search, workers
from benchmarks.table import show

sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))

BENCHMARKS = {
    "importing": importing.measure,
    "lab_page": lab_page.measure,
    "lab_cost": lab_cost.measure,
    "long_search": long_search.measure,
    "workers": workers.measure,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    names = parser.parse_args().names or list(BENCHMARKS)
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"NAME must be one of {', '.join(BENCHMARKS)}, but got {unknown[0]!r}")
    for name in names:
        show(name, BENCHMARKS[name]())


if __name__ == "__main__":
    main()
