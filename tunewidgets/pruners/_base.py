"""What a search asks whether a run is worth going on with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from tunewidgets.trial import Run, Trial


class Pruner(Protocol):
    """Judges runs by their curves while they go on."""

    def judge(self, run: Run, trials: Sequence[Trial]) -> bool:
        """Tell whether a run should end now.

        Parameters
        ----------
        run
            The first run of one of the search's trials, with its history so far. It is judged
            again after every new epoch, until it ends or should end.
        trials
            All trials of the study so far.
        """
