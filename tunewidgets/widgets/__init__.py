"""The lab as Jupyter widgets: panels that render snapshots and raise commands."""

from __future__ import annotations

from tunewidgets.widgets.lab import Lab
from tunewidgets.widgets.tuning import tune

__all__ = ["Lab", "tune"]
