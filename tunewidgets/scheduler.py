"""Decides what runs next: one thread between the ledger, the samplers and the executor.

Events and wishes wake it through one queue. After each batch of them the thread records what
happened, hands waiting runs to free workers, asks a sampler when a search wants more, and writes.

While a search with a pruner goes on, every new epoch of a trial's first run is judged here; a
run that the pruner gives up is stopped like any other, and its whole trial recorded as pruned.
A person's runs go before a search's. A worker is given the folds of one trial one after the other,
as it need not compile the model again, until the last trials are shared among all.

Anything slow (a sampler, packing the data, starting a worker) happens in this thread and
outside the ledger's lock, which also guards the few sets here that other threads touch.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from tunewidgets.errors import TuneError
from tunewidgets.events import EpochsEnded, Event, RunEnded
from tunewidgets.executors import Executor
from tunewidgets.feed import Feed
from tunewidgets.ledger import Ledger
from tunewidgets.plan import SearchPlan
from tunewidgets.ranging import Ranging
from tunewidgets.rates import RangeRecord
from tunewidgets.requests import cut_short
from tunewidgets.retelling import stated
from tunewidgets.snapshot import SearchState
from tunewidgets.tasks import Tasks
from tunewidgets.training.job import Task
from tunewidgets.trial import Params, Run, RunKey, State

WRITE_S = 0.25
"""Changes within this time go to the file together."""

CLOCK_S = 0.5
"""How far behind the time that a search has spent may be told."""


class Scheduler:
    """Runs a study's trials.

    Parameters
    ----------
    ledger
        Where everything is recorded.
    executor
        An opened executor; it is closed with the scheduler.
    tasks
        Makes the task of a run.
    """

    def __init__(self, ledger: Ledger, executor: Executor, tasks: Tasks) -> None:
        self._ledger = ledger
        self._executor = executor
        self._tasks = tasks
        self._incoming: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        self._lock = ledger.changed
        self._ranging = Ranging(ledger)
        self._asked: deque[RunKey] = deque()
        self._feeds: dict[str, Feed] = {}
        self._busy: set[RunKey] = set()
        self._stopping: set[RunKey] = set()
        self._pruning: set[RunKey] = set()
        self._written_at = 0.0
        self._is_closing = False
        self._thread = threading.Thread(target=self._loop, name="tunewidgets-study", daemon=True)
        self._thread.start()

    def take(self, event: Event) -> None:
        """Receive an event from the executor."""
        self._incoming.put(event)

    def queue_runs(self, keys: Iterable[RunKey]) -> None:
        """Run a person's runs as soon as workers are free."""
        with self._lock:
            self._asked.extend(keys)
        self.wake()

    def test_rates(self, params: Params, rates: tuple[float, ...]) -> RangeRecord:
        """Make a learning-rate range test as soon as a worker is free, before any run."""
        with self._lock:
            record = RangeRecord(len(self._ledger.range_tests), params, rates)
            self._ledger.put_range_test(record)
            self._ranging.add(record.key)
        self.wake()
        return record

    def feed(
        self,
        plan: SearchPlan,
        waiting: Iterable[RunKey] = (),
        *,
        sampler: Any = None,
        pruner: Any = None,
    ) -> None:
        """Run a search, new or taken up again with runs that wait; a paused one waits.

        Parameters
        ----------
        plan
            The search.
        waiting
            Its runs that wait.
        sampler, pruner
            Objects that a person gave in place of names.
        """
        with self._lock:
            self._feeds[plan.name] = Feed(waiting, self._ledger.goal, sampler, pruner)
            self._ledger.save_plan(plan)
        self.wake()

    def change_search(self, name: str, state: SearchState) -> None:
        """Pause, resume or stop a search."""
        with self._lock:
            self._clock(name)
            plan = self._ledger.plan(name)
            if plan.state in (SearchState.COMPLETE, SearchState.STOPPED) or plan.state is state:
                return
            self._ledger.save_plan(replace(plan, state=state))
            if state is SearchState.PAUSED:
                self._feeds[name].hold()
            if state is SearchState.STOPPED:
                self._feeds.pop(name, None)
                self.stop_runs(
                    run for t in self._ledger.trials if t.origin == name for run in t.runs
                )
        self.wake()

    def resize(self, name: str, n_trials: int) -> None:
        """Have an unfinished search make another number of trials, or those that it has made."""
        with self._lock:
            plan = self._ledger.plan(name)
            if name in self._feeds:
                n_made = sum(trial.origin == name for trial in self._ledger.trials)
                self._ledger.save_plan(replace(plan, n_trials=max(n_made, n_trials), note=None))
                self._feeds[name].is_exhausted = False
        self.wake()

    def stop_runs(self, runs: Iterable[Run | RangeRecord]) -> None:
        """Stop runs or range tests, whether they wait or go on; finished ones stay as they are."""
        with self._lock:
            for run in runs:
                if run.key in self._busy:
                    self._stopping.add(run.key)
                    self._executor.stop(run.key)
                elif not run.state.is_finished:
                    self._apply(RunEnded(run.key, State.STOPPED))
        self.wake()

    def stop_all(self) -> None:
        """Stop every search and every run."""
        with self._lock:
            for name in list(self._feeds):
                self.change_search(name, SearchState.STOPPED)
            self.stop_runs(run for trial in self._ledger.trials for run in trial.runs)
            self.stop_runs(self._ranging.unfinished)

    @property
    def is_idle(self) -> bool:
        """Whether nothing runs and nothing will, until somebody asks."""
        if self.is_closed:
            return True
        with self._lock:
            can_go_on = any(
                self._ledger.plan(name).state is SearchState.RUNNING for name in self._feeds
            )
            has_asked = self._asked or self._ranging.unfinished
            return not (self._busy or has_asked or can_go_on)

    @property
    def is_closed(self) -> bool:
        """Whether nothing will ever run again."""
        return self._is_closing

    def close(self) -> None:
        """Interrupt what runs, record that it waits again, and end the executor."""
        self._is_closing = True
        self.wake()
        self._thread.join()
        self._executor.close()
        for event in self._drain(0):  # what ended meanwhile has ended
            self._record(event)
        with self._lock:
            for name in self._feeds:
                self._clock(name)
            for key in self._busy:
                if key in self._stopping:
                    self._apply(RunEnded(key, State.STOPPED))
                elif key[0] >= 0:
                    self._ledger.reset_run(key)
            for test in self._ranging.unfinished:
                self._apply(RunEnded(test.key, State.STOPPED))
            self._busy.clear()
            self._asked.clear()
            self._feeds.clear()
        self._ledger.announce()

    def wake(self) -> None:
        """Have the thread look at what has changed, and write it."""
        self._incoming.put(None)

    def _loop(self) -> None:
        late: float | None = None
        while not self._is_closing:
            for event in self._drain(late):
                self._record(event)
            self._hand_out()
            self._end_searches()
            late = self._write()
            self._ledger.announce()

    def _drain(self, timeout_s: float | None) -> list[Event]:
        """Wait for something to happen, and take all that has."""
        arrived = []
        try:
            arrived.append(self._incoming.get(timeout=timeout_s))
            while True:
                arrived.append(self._incoming.get_nowait())
        except queue.Empty:
            return [event for event in arrived if event is not None]

    def _record(self, event: Event) -> None:
        with self._lock:
            if isinstance(event, RunEnded):
                is_pruned = event.key in self._pruning - self._stopping
                if is_pruned and event.state is State.STOPPED:
                    event = replace(event, state=State.PRUNED)
                for keys in (self._busy, self._stopping, self._pruning):
                    keys.discard(event.key)
            self._apply(event)
        if isinstance(event, EpochsEnded):
            self._judge(event.key)

    def _apply(self, event: Event) -> None:
        (self._ledger.apply if event.key[0] >= 0 else self._ranging.take)(event)

    def _judge(self, key: RunKey) -> None:
        """Ask the pruner of a search about the first run of a trial, which speaks for it."""
        trials = self._ledger.trials
        name = trials[key[0]].origin
        feed = self._feeds.get(name)
        if feed is None or key[1] or key in self._stopping | self._pruning:
            return
        is_hopeless, failed = feed.judge(self._ledger.plan(name), self._ledger.run(key), trials)
        with self._lock:
            if failed:
                self._ledger.save_plan(replace(self._ledger.plan(name), note=failed))
            if is_hopeless:
                self._prune(self._ledger.trials[key[0]].runs)

    def _prune(self, runs: Iterable[Run]) -> None:
        for run in runs:
            if run.key in self._busy:
                self._pruning.add(run.key)
                self._executor.stop(run.key)
            elif not run.state.is_finished:
                self._ledger.apply(RunEnded(run.key, State.PRUNED))

    def _write(self) -> float | None:
        """Write changes, unless that was done just now; say when to come back for them."""
        wait_s = self._written_at + WRITE_S - time.monotonic()
        if wait_s <= 0:
            self._ledger.flush()
            self._written_at = time.monotonic()
        return max(wait_s, WRITE_S / 4) if self._ledger.has_pending else None

    def _hand_out(self) -> None:
        while len(self._busy) < self._executor.n_workers and not self._is_closing:
            key = self._next_run()
            if key is None:
                return
            try:
                task = self._task_of(key)
                if key in self._stopping:  # asked for while the folds were split
                    self._record(RunEnded(key, State.STOPPED))
                    continue
                self._executor.submit(task)
            except Exception as error:  # one run fails, and the others go on
                why = str(error) if isinstance(error, TuneError) else repr(error)
                told = stated("It could not start. {error}", error=why)
                self._record(RunEnded(key, State.FAILED, error=told))
            with self._lock:
                if key in self._stopping:  # asked for while it was being handed over
                    self._executor.stop(key)

    def _task_of(self, key: RunKey) -> Task:
        if key[0] < 0:
            return self._tasks.range_of(self._ranging.record(key))
        trial = self._ledger.trials[key[0]]
        return self._tasks.task_of(trial, trial.runs[key[1]])

    def _next_run(self) -> RunKey | None:
        """Find what to run next, and count it as busy."""
        with self._lock:
            test = self._ranging.next()
            if test is not None:
                self._busy.add(test)
                return test
        while self._asked:
            key = self._asked[0]
            is_mine = self._claim(key)
            self._asked.popleft()
            if is_mine:
                return key
        with self._lock:
            feeds = list(self._feeds.items())
        for name, feed in feeds:
            while (waiting := self._next_of(name, feed)) is not None:
                if self._claim(waiting):
                    return waiting
        return None

    def _next_of(self, name: str, feed: Feed) -> RunKey | None:
        """Take a run of a trial that no worker is at, or else any."""
        if not self._may_go_on(name):
            return None
        on_workers = {trial for trial, _ in self._busy}
        key = next((key for key in feed.waiting if key[0] not in on_workers), None)
        if key is None and self._propose(name, feed):
            key = feed.waiting[-1][0], 0  # of the trial that was added
        if key is None and feed.waiting and self._may_go_on(name):
            key = feed.waiting[0]
        if key is not None:
            feed.waiting.remove(key)
        return key

    def _claim(self, key: RunKey) -> bool:
        with self._lock:
            is_waiting = self._ledger.run(key).state is State.WAITING
            if is_waiting:
                self._busy.add(key)
            return is_waiting

    def _may_go_on(self, name: str) -> bool:
        return self._ledger.plan(name).state is SearchState.RUNNING

    def _propose(self, name: str, feed: Feed) -> bool:
        """Ask the sampler for a trial, as long as the search wants one."""
        if feed.is_exhausted:
            return False
        with self._lock:
            self._clock(name)
            trials, plan = self._ledger.trials, self._ledger.plan(name)
        n_made = sum(trial.origin == name for trial in trials)
        is_late = plan.budget_s is not None and plan.spent_s >= plan.budget_s
        has_enough = is_late or (plan.n_trials is not None and n_made >= plan.n_trials)
        params, failed = (None, "") if has_enough else feed.ask(plan, trials)
        with self._lock:
            plan = self._ledger.plan(name)  # it may have been paused, stopped or changed meanwhile
            if plan.state is SearchState.STOPPED:
                return False
            if params is None:
                has_more = plan.n_trials is None or n_made < plan.n_trials
                if has_enough and has_more and not is_late:
                    return False  # it was given more meanwhile, and the thread is woken for them
                feed.is_exhausted = True
                if failed:
                    self._ledger.save_plan(replace(plan, note=failed))
                elif is_late:
                    self._ledger.save_plan(replace(plan, n_trials=n_made))
                elif has_more:
                    self._ledger.save_plan(cut_short(plan, n_made))
                return False
            params = {**params, **plan.fixed}
            goal = plan.rungs[0][1] if plan.rungs else None
            trial = self._ledger.add_trial(params, name, plan.folds, plan.level, goal=goal)
            feed.waiting.extend(run.key for run in trial.runs)
        self._ledger.announce()
        return plan.state is SearchState.RUNNING

    def _clock(self, name: str, at_least_s: float = 0.0) -> None:
        """Bring the time that a search with a budget has spent up to date."""
        feed, plan = self._feeds.get(name), self._ledger.plan(name)
        if feed is not None and plan.budget_s is not None and plan.state is SearchState.RUNNING:
            spent = feed.take_time(at_least_s)
            if spent:
                self._ledger.save_plan(replace(plan, spent_s=plan.spent_s + spent))

    def _end_searches(self) -> None:
        with self._lock:
            for name, feed in list(self._feeds.items()):
                self._clock(name, CLOCK_S)
                if not self._may_go_on(name) or feed.waiting or not feed.is_exhausted:
                    continue
                trials = [trial for trial in self._ledger.trials if trial.origin == name]
                if all(trial.state.is_finished for trial in trials):
                    if feed.climb(self._ledger, name, trials):
                        self.wake()
                        continue
                    del self._feeds[name]
                    plan = replace(self._ledger.plan(name), state=SearchState.COMPLETE)
                    self._ledger.save_plan(plan)
