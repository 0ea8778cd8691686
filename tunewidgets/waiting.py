"""Waiting for a study to come to an end, with a bar to look at, and with Ctrl-C.

An interrupt ends the waiting and nothing else: in a notebook or at a prompt the study goes on. A
script that does not catch it ends there. Its studies are closed first, out of reach of a second
Ctrl-C, and in place of a traceback one sentence says what was kept. That is for ``sys.excepthook``
to do, which is replaced when an interrupt has come, and leaves other errors to its predecessor.
"""

from __future__ import annotations

import builtins
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from tunewidgets import format as fmt
from tunewidgets import roster
from tunewidgets.errors import StudyError
from tunewidgets.ledger import Ledger
from tunewidgets.snapshot import Snapshot
from tunewidgets.trial import IMPORTED, Trial
from tunewidgets.undisturbed import undisturbed
from tunewidgets.values import is_number

DRAW_S = 0.25
"""How often a bar is drawn at most."""


@dataclass(frozen=True, slots=True)
class Count:
    """How far something has come.

    Attributes
    ----------
    n_done, n_all
        Fits that have ended, and all that there will be; None where only the time says.
    best
        The best value so far, or None.
    """

    n_done: int
    n_all: int | None
    best: float | None


def count_of(seen: Snapshot, search: str | None = None) -> Count:
    """Count the fits of a search, or of all that a study is asked for, by a search's name."""
    searches = [s for s in seen.searches if search in (None, s.name)]
    of_searches = {s.name for s in searches}
    rest = [] if search else [t for t in seen.trials if t.origin not in {*of_searches, IMPORTED}]
    n_done = _n_ended(rest) + sum(s.n_runs_finished for s in searches)
    has_end = all(s.budget_s is None or s.is_finished for s in searches)
    # What was stopped makes no more runs than it has made.
    n_all = sum(len(trial.runs) for trial in rest) + sum(
        s.n_runs_finished if s.is_finished else s.n_runs for s in searches
    )
    origin_of = {trial.number: trial.origin for trial in seen.trials}
    ranked = (n for n in seen.ranking if search in (None, origin_of[n]))
    best = next((seen.trials[number].value for number in ranked), None)
    return Count(n_done, n_all if has_end else None, best)


def wait_until(
    ledger: Ledger,
    is_so: Callable[[], bool],
    timeout_s: float | None,
    *,
    bar: str | None = None,
    search: str | None = None,
) -> bool:
    """Wait for a condition of a study, woken by its changes.

    Parameters
    ----------
    ledger
        The study's.
    is_so
        The condition.
    timeout_s
        None waits for as long as it takes.
    bar
        The title of a progress bar; None for none.
    search
        The search that the bar counts; None for all.

    Raises
    ------
    StudyError
        For a time that is none.
    KeyboardInterrupt
        On Ctrl-C, with a sentence about what was done.
    """
    if timeout_s is not None:
        if not is_number(timeout_s):
            raise StudyError(
                f"timeout must be a number of seconds, but got {timeout_s!r}: write 60, or leave "
                f"it out to wait for as long as it takes."
            )
        timeout_s = min(timeout_s, threading.TIMEOUT_MAX)
    try:
        if bar is None:
            with ledger.changed:
                so = ledger.changed.wait_for(is_so, timeout_s)
        else:
            so = _follow(ledger, is_so, timeout_s, bar, search)
        undisturbed(ledger.flush)
    except KeyboardInterrupt:
        raise _interrupted(ledger) from None
    return so


class Bar:
    """A progress bar of fits, with the best value so far.

    Parameters
    ----------
    look
        Gives the study as it is.
    title
        What stands before the bar.
    search
        The search that it counts; None for all.
    """

    def __init__(self, look: Callable[[], Snapshot], title: str, search: str | None) -> None:
        from tqdm.auto import tqdm

        self._look, self._search = look, search
        n_all = count_of(look(), search).n_all
        self._bar: Any = tqdm(desc=title, total=n_all, unit="fit", mininterval=DRAW_S)

    def __enter__(self) -> Bar:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def draw(self) -> None:
        """Bring it up to date."""
        seen = self._look()
        count = count_of(seen, self._search)
        self._bar.total = count.n_all
        if count.best is not None:
            best = f"best {seen.objective} {fmt.number(count.best)}"
            self._bar.set_postfix_str(best, refresh=False)
        self._bar.update(count.n_done - self._bar.n)


def _follow(
    ledger: Ledger,
    is_so: Callable[[], bool],
    timeout_s: float | None,
    title: str,
    search: str | None,
) -> bool:
    """Wait, and draw a bar meanwhile."""
    deadline = None if timeout_s is None else time.monotonic() + timeout_s
    with Bar(ledger.snapshot, title, search) as bar:
        while True:
            bar.draw()
            left_s = DRAW_S if deadline is None else min(DRAW_S, deadline - time.monotonic())
            with ledger.changed:
                so = is_so()
                if so or left_s <= 0:
                    break
                ledger.changed.wait(left_s)
        bar.draw()
    return so


def _n_ended(trials: list[Trial]) -> int:
    return sum(run.state.is_finished for trial in trials for run in trial.runs)


def _interrupted(ledger: Ledger) -> KeyboardInterrupt:
    # The very class, as Python ends by the signal only for that, and not for its children.
    error = KeyboardInterrupt(_sentence(ledger))
    if sys.excepthook is not _end_quietly:
        _end_quietly.otherwise = sys.excepthook
        sys.excepthook = _end_quietly
    _end_quietly.error = error
    return error


def _sentence(ledger: Ledger) -> str:
    if _somebody_is_there():
        return "Only the waiting was interrupted: study.stop() ends what runs."
    n_done = sum(trial.state.is_finished for trial in ledger.trials)
    done = fmt.count(n_done, "trial has ended", "trials have ended")
    if ledger.file is None:
        kept = "what was done goes with this process: give storage='study.db' to keep it"
    else:
        kept = (
            f"what was done is kept in {str(ledger.file)!r}: make the study again "
            f"with this file as its storage, and study.resume() goes on with the rest"
        )
    return f"Interrupted. {done}, and {kept}."


class _EndQuietly:
    """Ends a script that was interrupted while it waited: closes its studies, says one sentence."""

    otherwise: Callable[..., Any] = staticmethod(sys.__excepthook__)
    error: KeyboardInterrupt | None = None

    def __call__(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if error is not self.error:
            self.otherwise(kind, error, trace)
            return
        if not _somebody_is_there():
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            roster.close_all()
        sys.stderr.write(f"{error}\n")


_end_quietly = _EndQuietly()


def _somebody_is_there() -> bool:
    """Whether this is a notebook or a prompt, where Python goes on after an interrupt."""
    return hasattr(sys, "ps1") or bool(sys.flags.interactive) or hasattr(builtins, "get_ipython")
