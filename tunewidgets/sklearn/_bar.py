"""A progress bar for the terminal and the notebook, while a search fits."""

from __future__ import annotations

from typing import Any

from tunewidgets.search import Search
from tunewidgets.snapshot import SearchProgress

WAKE_S = 0.2
"""How often the bar is drawn, and how soon an interrupt is heard on every system."""


class Bar:
    """Shows how many of a search's fits have ended; nothing where nobody would see it.

    Parameters
    ----------
    title
        What stands before it.
    n_fits
        How many there will be.
    """

    def __init__(self, title: str, n_fits: int) -> None:
        from tqdm.auto import tqdm

        self._bar: Any = tqdm(total=n_fits, desc=title, unit="fit", disable=None)

    def __enter__(self) -> Bar:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def follow(self, search: Search, give_up_on_failure: bool) -> None:
        """Wait until a search has ended, or a run has failed where that ends it."""
        while not search.wait(WAKE_S):
            self._show(search.progress, search)
            if give_up_on_failure and any(trial.error for trial in search.trials):
                search.stop()
        self._show(search.progress, search)

    def _show(self, seen: SearchProgress, search: Search) -> None:
        self._bar.update(seen.n_runs_finished - self._bar.n)
        values = [trial.value for trial in search.trials if trial.value is not None]
        if values:
            self._bar.set_postfix_str(f"best {max(values):.4g}", refresh=False)
