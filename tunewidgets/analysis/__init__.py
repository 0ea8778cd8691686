"""What the trials of a study tell: where it was good, what decided, what the curves show.

``region`` finds the box around the best trials, ``importance`` asks what sets them apart, and
``diagnosis`` reads learning curves by the rules in ``rules``. All of it is drawn from frozen
records, so it can be asked in any thread; nothing here changes a study.
"""

from __future__ import annotations

from tunewidgets.analysis.diagnosis import diagnose, diagnose_run
from tunewidgets.analysis.finding import Evidence, Finding, Kind
from tunewidgets.analysis.importance import Importance, importance
from tunewidgets.analysis.region import Region, best_region

__all__ = [
    "Evidence",
    "Finding",
    "Importance",
    "Kind",
    "Region",
    "best_region",
    "diagnose",
    "diagnose_run",
    "importance",
]
