"""What the states of runs and searches are called; records keep the English words."""

from __future__ import annotations

from tunewidgets.language import later
from tunewidgets.language import translate as tr
from tunewidgets.snapshot import SearchState
from tunewidgets.trial import State

_WORDS = (
    later("waiting"),
    later("running"),
    later("complete"),
    later("pruned"),
    later("stopped"),
    later("failed"),
    later("paused"),
)


def state_word(state: State | SearchState) -> str:
    """Name a state in the language that holds."""
    return tr(str(state))
