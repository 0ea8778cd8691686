"""Plots of what was measured, for ``docs/performance.md``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.results import Measured
from benchmarks.table import Figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

OURS, OTHERS = "#1a7f5a", "#8a8f98"
SETTINGS = {
    "axes.spines.right": False,
    "axes.spines.top": False,
    "font.size": 10,
    "savefig.facecolor": "white",
    "svg.fonttype": "path",
    "svg.hashsalt": "tunewidgets",  # the same picture is the same file
}


def draw(measured: Mapping[str, Measured], folder: Path) -> None:
    """Draw each plot whose benchmark has figures."""
    import matplotlib as mpl
    from matplotlib.figure import Figure as Sheet

    for name, (drawn, size) in PLOTS.items():
        if name not in measured:
            continue
        with mpl.rc_context(SETTINGS):
            sheet = Sheet(size, layout="constrained")
            drawn(sheet.subplots(), [figure for figure in measured[name].figures if figure.tags])
            sheet.savefig(folder / f"performance-{name}.svg", metadata={"Date": None})


def _peers(axes: Axes, figures: list[Figure]) -> None:
    """Bars, the fastest on top."""
    found = [figure for figure in figures if figure.value is not None]
    found.sort(key=lambda figure: -_value(figure))
    names = [figure.tags["contestant"] for figure in found]
    colors = [OURS if name.startswith("tunewidgets") else OTHERS for name in names]
    bars = axes.barh(names, [_value(figure) for figure in found], color=colors)
    axes.bar_label(bars, fmt=" %.1f s")
    axes.set_xlabel("seconds for the same fits, workers' start included")


def _sizes(axes: Axes, figures: list[Figure]) -> None:
    """Curves, one a depth and way."""
    import matplotlib as mpl

    layers = sorted({figure.tags["layers"] for figure in figures} - {0})
    colors = mpl.colormaps["viridis"].resampled(len(layers) + 1)
    for index, depth in enumerate(layers):
        for way, style in (("tunewidgets", "o-"), ("model.fit", "s--")):
            curve = [f for f in figures if (f.tags["layers"], f.tags["way"]) == (depth, way)]
            axes.loglog(
                [figure.tags["neurons"] for figure in curve],
                [_value(figure) for figure in curve],
                style,
                color=colors(index),
                markersize=4,
                label=f"{depth} x, {way}",
            )
    axes.set_xlabel("neurons a hidden layer")
    axes.set_ylabel("epochs a second")
    axes.legend(title="hidden layers", frameon=False, fontsize=8, bbox_to_anchor=(1, 1))


def _trials(axes: Axes, figures: list[Figure]) -> None:
    """One curve, from zero."""
    numbers = [figure.tags["trials"] for figure in figures]
    axes.plot(numbers, [_value(figure) for figure in figures], "o-", color=OURS)
    axes.set_ylim(bottom=0)
    axes.set_xlabel("trials so far")
    axes.set_ylabel("milliseconds a trial")


def _value(figure: Figure) -> float:
    assert figure.value is not None  # noqa: S101 -- for the type checker
    return figure.value


PLOTS: dict[str, tuple[Any, tuple[float, float]]] = {
    "peers": (_peers, (9, 3)),
    "sizes": (_sizes, (8, 4.5)),
    "trials": (_trials, (6, 3)),
}
