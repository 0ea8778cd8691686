"""What a drawing shows of a study: all there is, or what goes on alone."""

from __future__ import annotations

from collections.abc import Callable

from tunewidgets.snapshot import Snapshot

SHORT_S = 4.0
"""Where runs take less, most of what drawing costs comes with their beginnings and ends, which
drawings in between leave out."""


class Moments:
    """The study as the page shows it.

    Parameters
    ----------
    look
        Gives the study as it is now.
    """

    def __init__(self, look: Callable[[], Snapshot]) -> None:
        self._look = look
        self._shown = look()

    def whole(self) -> Snapshot:
        """Give all there is now."""
        self._shown = self._look()
        return self._shown

    def between(self) -> Snapshot | None:
        """Give what was shown last with later epochs, or None where that is not worth drawing."""
        now = self._look()
        if (now.seconds_per_run or SHORT_S) < SHORT_S:
            return None
        later = self._shown.with_epochs_of(now)
        if later is self._shown:
            return None
        self._shown = later
        return later
