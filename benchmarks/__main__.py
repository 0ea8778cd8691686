"""Run the benchmarks by name, or all of them, and print a table a benchmark."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from benchmarks import (
    dashboards,
    epochs,
    halving,
    importing,
    lab_cost,
    lab_page,
    later,
    lecture,
    long_search,
    many_runs,
    models,
    peers,
    rate,
    report,
    results,
    samplers,
    scaling,
    scores,
    sizes,
    trials,
    workers,
)
from benchmarks.table import show

sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))

WHOLE = {
    "importing": importing.measure,
    "lab_page": lab_page.measure,
    "lab_cost": lab_cost.measure,
    "many_runs": many_runs.measure,
    "dashboards": dashboards.measure,
    "long_search": long_search.measure,
    "workers": workers.measure,
}
"""Benchmarks that come in one size."""

SIZED = {
    "epochs": epochs.measure,
    "models": models.measure,
    "sizes": sizes.measure,
    "later": later.measure,
    "scaling": scaling.measure,
    "rate": rate.measure,
    "trials": trials.measure,
    "peers": peers.measure,
    "scores": scores.measure,
    "lecture": lecture.measure,
    "samplers": samplers.measure,
    "halving": halving.measure,
}
"""Benchmarks of which a fraction can be had."""


def main() -> None:
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # what is installed is compiled
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    known = [*WHOLE, *SIZED]
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(known))
    parser.add_argument(
        "--quick",
        action="store_true",
        help=f"a fraction of the work, on both sides, in {', '.join(SIZED)}",
    )
    parser.add_argument(
        "--save",
        action="store_true",
        help="keep the figures, and write docs/performance.md and its plots anew",
    )
    asked = parser.parse_args()
    unknown = [name for name in asked.names if name not in known]
    if unknown:
        parser.error(f"NAME must be one of {', '.join(known)}, but got {unknown[0]!r}")
    for name in asked.names or known:
        quick = asked.quick and name in SIZED
        figures = SIZED[name](quick=quick) if name in SIZED else WHOLE[name]()
        show(name, figures)
        if asked.save:
            results.save(name, figures, quick=quick)
            report.write()


if __name__ == "__main__":
    main()
