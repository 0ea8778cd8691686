"""What an earlier session of a study's file left unfinished: it waits until somebody resumes it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tunewidgets.language import counted
from tunewidgets.language import translate as tr
from tunewidgets.ledger import Ledger
from tunewidgets.samplers import cannot_go_on
from tunewidgets.snapshot import SearchState
from tunewidgets.trial import State

if TYPE_CHECKING:
    from tunewidgets.scheduler import Scheduler

TOPIC = "unfinished"


class Unfinished:
    """The runs and searches that an earlier session did not come to finish.

    Runs wait again, with their history to be seen; searches are paused.

    Parameters
    ----------
    ledger
        What the file holds.
    scheduler
        Gets the searches now, and the other runs when they are resumed.
    """

    def __init__(self, ledger: Ledger, scheduler: Scheduler) -> None:
        self._ledger = ledger
        self._scheduler = scheduler
        self._runs = [
            run for trial in ledger.trials for run in trial.runs if not run.state.is_finished
        ]
        self._searches = [
            plan.name
            for plan in ledger.plans
            if plan.state in (SearchState.RUNNING, SearchState.PAUSED)
        ]
        for run in self._runs:
            if run.state is State.RUNNING:
                ledger.reset_run(run.key)
        for name in self._searches:
            waiting = [run.key for run in self._runs if ledger.trials[run.trial].origin == name]
            plan = ledger.plan(name)
            n_made = sum(trial.origin == name for trial in ledger.trials)
            has_more = plan.n_trials is None or n_made < plan.n_trials
            note = (has_more and cannot_go_on(plan)) or plan.note
            scheduler.feed(replace(plan, state=SearchState.PAUSED, note=note), waiting)
        if self._runs or self._searches:
            ledger.tell(TOPIC, sentence(len({run.trial for run in self._runs})))

    def resume(self) -> int:
        """Go on with all of it; say how many runs wait again."""
        waiting = [run.key for run in self._runs if not self._ledger.run(run.key).state.is_finished]
        origins = {key: self._ledger.trials[key[0]].origin for key in waiting}
        self._scheduler.queue_runs(key for key in waiting if origins[key] not in self._searches)
        for name in self._searches:
            self._scheduler.change_search(name, SearchState.RUNNING)
        self.forget()
        return len(waiting)

    def forget(self) -> None:
        """Leave it to itself, as when it has been stopped."""
        self._runs, self._searches = [], []
        self._ledger.tell(TOPIC, None)
        self._ledger.announce()


def sentence(n_trials: int) -> str:
    """Say what there is to go on with."""
    if not n_trials:
        return tr("A search is unfinished from an earlier session: study.resume() goes on with it.")
    return counted(
        n_trials,
        "{n} trial is unfinished from an earlier session: study.resume() goes on with it.",
        "{n} trials are unfinished from an earlier session: study.resume() goes on with it.",
    )
