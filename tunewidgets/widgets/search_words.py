"""What the search box says: what a search would take, and how far one has come."""

from __future__ import annotations

from tunewidgets import format as fmt
from tunewidgets.requests import Forecast
from tunewidgets.snapshot import SearchProgress, SearchState
from tunewidgets.widgets.markup import bar, line


def outlook(seen: Forecast) -> str:
    """Say how many combinations there are and are done, and how long the search takes."""
    return _combinations(seen) + _time(seen)


def _combinations(seen: Forecast) -> str:
    done = f", {seen.n_done:,} done already" if seen.n_done else ""
    if seen.size is None:
        return f"Endless combinations (a continuous range){done}"
    told = fmt.count(seen.size, "combination") + done
    if seen.n_trials is None or seen.n_trials < seen.size - seen.n_done:
        return told
    if not seen.n_done:
        return f"{told}: all of {'it' if seen.size == 1 else 'them'} will be run"
    if not seen.n_trials:
        return f"{told}: widen a range"
    return f"{told}: the other {seen.n_trials:,} will be run"


def _time(seen: Forecast) -> str:
    if seen.n_runs is None or not seen.n_runs or seen.seconds is None:
        return ""
    error = seen.error_s
    give = f" (give or take {fmt.seconds(error)})" if error is not None and error >= 1 else ""
    return f", {fmt.about(seen.seconds)}{give} for {fmt.count(seen.n_runs, 'run')}"


def progress(search: SearchProgress) -> str:
    """Say how far a search has come, with a bar while it goes on."""
    is_going = search.state is SearchState.RUNNING
    name = search.name if is_going else f"{search.name} {search.state}"
    is_timed = search.budget_s is not None and not search.is_finished
    trials = fmt.count(search.n_trials, "trial")
    parts = [f"{name}: {search.n_done} of {trials}"]
    counts = {
        "running": search.n_running,
        "pruned": search.n_pruned,
        "failed": search.n_failed,
        "stopped": search.n_stopped,
    }
    parts += [f"{n} {word}" for word, n in counts.items() if n]
    if search.seconds_left is not None and not search.is_finished:
        of = f" of {fmt.clock(search.budget_s or 0)}" if is_timed else ""
        parts.append(f"{fmt.clock(search.seconds_left)} left{of}")
    done, total = search.n_runs_finished, search.n_runs
    if is_timed and search.budget_s is not None:
        done, total = min(round(search.spent_s), round(search.budget_s)), round(search.budget_s)
    drawn = "" if search.is_finished else bar(done, total, search.name)
    note = line(search.note, "notice") if search.note else ""
    return drawn + line(" · ".join(parts)) + note
