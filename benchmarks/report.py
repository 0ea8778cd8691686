"""Write the figures that were kept into ``docs/performance.md``, and plot them.

``python -m benchmarks.report`` does it again from `results.FILE` alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from benchmarks import fresh, plot, results
from benchmarks.results import Measured
from benchmarks.table import Figure

DOCS = Path(__file__).parents[1] / "docs"
PAGE = DOCS / "performance.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"

ABOUT = {
    "lecture": "The lecture's search",
    "samplers": "A search that learns against chance, and what asking it costs",
    "halving": "Successive halving against chance at equal epochs",
    "scores": "The same scores",
    "peers": "The same twelve fits by everybody",
    "epochs": "An epoch of the 8-50-50-1 MLP",
    "models": "20 epochs of other models, compiling included, against model.fit",
    "sizes": "Epochs a second against the model's size",
    "later": "The second trial and later ones",
    "scaling": "One worker and two",
    "trials": "A thousand trials in a row",
    "rate": "As many epochs as there can be",
    "workers": "Workers",
    "importing": "Importing",
    "lab_page": "The lab's page",
    "many_runs": "A thousand runs in the lab",
    "dashboards": "The same thousand trials in other dashboards",
    "lab_cost": "What a live lab takes from the fits",
    "long_search": "A search of 200 trials, watched by a lab",
}
"""Titles of the tables, in their order."""


def write() -> None:
    """Write the tables, and the plots where Matplotlib is there."""
    measured = {one.name: one for one in results.load()}
    known = [measured[name] for name in ABOUT if name in measured]
    text = PAGE.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    tables = "\n".join(line for one in known for line in _table(one))
    PAGE.write_text(f"{before}{BEGIN}\n{tables}\n{END}{after}", encoding="utf-8")
    if fresh.are_installed("matplotlib"):
        plot.draw(measured, DOCS / "images")
    else:
        print("The plots are left as they are: Matplotlib is not installed.")


def _table(one: Measured) -> Iterable[str]:
    fraction = ", **a fraction of the work only**" if one.quick else ""
    yield f"\n### {ABOUT[one.name]}\n"
    yield f"`python -m benchmarks {one.name}`, {one.day}{fraction}: {one.with_what}.\n"
    yield "| what | measured | bar | cleared |\n|---|---:|---:|---|"
    yield from map(_row, one.figures)


def _row(figure: Figure) -> str:
    columns = (figure.what.strip(), figure.measured, figure.asked, figure.verdict)
    return f"| {' | '.join(column.replace('|', '/') for column in columns)} |"


if __name__ == "__main__":
    write()
