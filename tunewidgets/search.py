"""The handle of a search: how far it is, and how to hold it or end it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tunewidgets.errors import StudyError
from tunewidgets.ledger import CLOSED, Ledger
from tunewidgets.retelling import stated
from tunewidgets.snapshot import SearchProgress, SearchState
from tunewidgets.trial import Trial
from tunewidgets.values import is_integer
from tunewidgets.waiting import wait_until

if TYPE_CHECKING:
    from tunewidgets.scheduler import Scheduler


class Search:
    """One request to a sampler, going on in the background.

    Attributes
    ----------
    name
        Unique in the study; the origin of the search's trials.
    """

    def __init__(self, name: str, ledger: Ledger, scheduler: Scheduler | None) -> None:
        self.name = name
        self._ledger = ledger
        self._scheduler = scheduler

    def __repr__(self) -> str:
        """Say how far it is, in a line."""
        seen = self.progress
        return f"<Search {self.name!r}: {seen.state}, {seen.n_done} of {seen.n_trials} trials>"

    @property
    def progress(self) -> SearchProgress:
        """How far it has come."""
        return next(p for p in self._ledger.snapshot().searches if p.name == self.name)

    @property
    def state(self) -> SearchState:
        """RUNNING, PAUSED, COMPLETE or STOPPED."""
        return self._ledger.plan(self.name).state

    @property
    def trials(self) -> tuple[Trial, ...]:
        """Its trials so far."""
        return tuple(trial for trial in self._ledger.trials if trial.origin == self.name)

    @property
    def n_trials(self) -> int | None:
        """How many trials it will make; None for as many as there is time for.

        May be set while it goes on. It never falls below the number made.

        Raises
        ------
        StudyError
            When it is set to no whole number above 0, or the search has ended.
        """
        return self._ledger.plan(self.name).n_trials

    @n_trials.setter
    def n_trials(self, n_trials: int) -> None:
        if not is_integer(n_trials) or n_trials < 1:
            raise StudyError(
                f"n_trials must be a whole number of at least 1, but got {n_trials!r}: to end a "
                f"search, stop it."
            )
        scheduler = self._open_scheduler()
        if self.state in (SearchState.COMPLETE, SearchState.STOPPED):
            raise StudyError(
                stated(
                    "Only a search that goes on can be changed, but {name} has ended: start "
                    "another, which repeats nothing.",
                    name=self.name,
                )
            )
        if self._ledger.plan(self.name).rungs:
            raise StudyError(
                stated(
                    "The trials of a halving are compared on each rung, so their number must stay, "
                    "but got {n_trials}: start another search, which repeats nothing.",
                    n_trials=repr(n_trials),
                )
            )
        scheduler.resize(self.name, int(n_trials))

    def extend(self, n_trials: int) -> None:
        """Make so many trials more than planned; a negative number makes fewer."""
        if not is_integer(n_trials):
            raise StudyError(f"n_trials must be a whole number, but got {n_trials!r}: write 10.")
        planned = self.progress.n_trials if self.n_trials is None else self.n_trials
        self.n_trials = max(1, planned + int(n_trials))

    def wait(self, timeout: float | None = None, *, progress: bool = False) -> bool:
        """Wait until it is complete or stopped and none of its runs goes on.

        Parameters
        ----------
        timeout
            In seconds; None waits for as long as it takes (also through a pause).
        progress
            Show a bar of its fits meanwhile, with the best value so far.

        Returns
        -------
        bool
            Whether it has ended. A search that cannot go on, because its study is closed or
            was opened to look, is not waited for.

        Raises
        ------
        KeyboardInterrupt
            On Ctrl-C. The search goes on, unless this is a script that does not catch it.
        """
        wait_until(
            self._ledger,
            lambda: self._has_ended() or not self._can_go_on,
            timeout,
            bar=self.name if progress else None,
            search=self.name,
        )
        return self._has_ended()

    def pause(self) -> None:
        """Begin no more runs; those that run go on to their end."""
        self._change(SearchState.PAUSED)

    def resume(self) -> None:
        """Go on after a pause."""
        self._change(SearchState.RUNNING)

    def stop(self) -> None:
        """End it: its runs stop after their present epoch, and keep their history."""
        self._change(SearchState.STOPPED)

    def _has_ended(self) -> bool:
        plan = self._ledger.plan(self.name)
        return plan.state in (SearchState.COMPLETE, SearchState.STOPPED) and all(
            trial.state.is_finished for trial in self.trials
        )

    @property
    def _can_go_on(self) -> bool:
        return self._scheduler is not None and not self._scheduler.is_closed

    def _change(self, state: SearchState) -> None:
        self._open_scheduler().change_search(self.name, state)

    def _open_scheduler(self) -> Scheduler:
        if self._scheduler is None:
            raise StudyError(
                stated("This study was opened to look: its searches cannot be changed.")
            )
        if self._scheduler.is_closed:
            raise StudyError(CLOSED)
        return self._scheduler
