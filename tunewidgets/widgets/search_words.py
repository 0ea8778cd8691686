"""What the search box says: what a search would take, and how far one has come."""

from __future__ import annotations

from tunewidgets import format as fmt
from tunewidgets.language import counted
from tunewidgets.language import translate as tr
from tunewidgets.requests import Forecast
from tunewidgets.snapshot import SearchProgress, SearchState
from tunewidgets.trial import State
from tunewidgets.widgets.markup import bar, line
from tunewidgets.widgets.state_words import state_word


def outlook(seen: Forecast) -> str:
    """Say how many combinations there are and are done, and how long the search takes."""
    return _combinations(seen) + _time(seen)


def _combinations(seen: Forecast) -> str:
    if seen.size is None:
        told = tr("Endless combinations (a continuous range)")
    else:
        told = counted(seen.size, "{n} combination", "{n} combinations")
    if seen.n_done:
        told = tr("{combinations}, {n} done already", combinations=told, n=f"{seen.n_done:,}")
    if seen.size is None or seen.n_trials is None or seen.n_trials < seen.size - seen.n_done:
        return told
    if not seen.n_done:
        if seen.size == 1:
            return tr("{combinations}: all of it will be run", combinations=told)
        return tr("{combinations}: all of them will be run", combinations=told)
    if not seen.n_trials:
        return tr("{combinations}: widen a range", combinations=told)
    left = f"{seen.n_trials:,}"
    return tr("{combinations}: the other {n} will be run", combinations=told, n=left)


def _time(seen: Forecast) -> str:
    if seen.n_runs is None or not seen.n_runs or seen.seconds is None:
        return ""
    error = seen.error_s
    time = fmt.about(seen.seconds)
    if error is not None and error >= 1:
        time = tr("{time} (give or take {error})", time=time, error=fmt.seconds(error))
    runs = counted(seen.n_runs, "{n} run", "{n} runs")
    return tr(", {time} for {runs}", time=time, runs=runs)


def progress(search: SearchProgress) -> str:
    """Say how far a search has come, with a bar while it goes on."""
    is_going = search.state is SearchState.RUNNING
    name = search.name if is_going else f"{search.name} {state_word(search.state)}"
    is_timed = search.budget_s is not None and not search.is_finished
    done = counted(search.n_trials, "{done} of {n} trial", "{done} of {n} trials",
                   done=search.n_done)  # fmt: skip
    parts = [f"{name}: {done}"]
    counts = {
        State.RUNNING: search.n_running,
        State.PRUNED: search.n_pruned,
        State.FAILED: search.n_failed,
        State.STOPPED: search.n_stopped,
    }
    parts += [tr("{n} {state}", n=n, state=state_word(s)) for s, n in counts.items() if n]
    if search.seconds_left is not None and not search.is_finished:
        left, budget = fmt.clock(search.seconds_left), fmt.clock(search.budget_s or 0)
        parts.append(
            tr("{time} left of {budget}", time=left, budget=budget)
            if is_timed
            else tr("{time} left", time=left)
        )
    come, total = search.n_runs_finished, search.n_runs
    if is_timed and search.budget_s is not None:
        come, total = min(round(search.spent_s), round(search.budget_s)), round(search.budget_s)
    drawn = "" if search.is_finished else bar(come, total, search.name)
    note = line(tr(search.note), "notice") if search.note else ""
    return drawn + line(" · ".join(parts)) + note
