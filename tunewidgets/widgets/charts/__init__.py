"""The charts of all trials: each a panel with a table twin, all linked by one selection.

A chart is a `Card` around a bqplot figure whose marks are made once and then only given new
arrays. What is common to them is here: `growing` keeps what travels small, `gauges` places
hyperparameters on axes, `outcomes` gives the trials as points, `dots` draws them, and `twin` is
the table and the saving of pictures and data.
"""

from __future__ import annotations

from tunewidgets.widgets.charts.growth import Growth
from tunewidgets.widgets.charts.heat_map import HeatMap
from tunewidgets.widgets.charts.importance_chart import ImportanceChart
from tunewidgets.widgets.charts.parallel import Parallel
from tunewidgets.widgets.charts.range_chart import RangeChart
from tunewidgets.widgets.charts.value_history import ValueHistory

__all__ = ["Growth", "HeatMap", "ImportanceChart", "Parallel", "RangeChart", "ValueHistory"]
