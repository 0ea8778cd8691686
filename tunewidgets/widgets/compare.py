"""Several trials side by side, as an HTML table: what differs first, then what came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

from tunewidgets import format as fmt
from tunewidgets.exports.pictures import metric_pair
from tunewidgets.language import counted
from tunewidgets.language import translate as tr
from tunewidgets.retelling import retold
from tunewidgets.snapshot import Snapshot
from tunewidgets.trial import Trial
from tunewidgets.widgets.inspector_parts import gap, n_weights
from tunewidgets.widgets.state_words import state_word

MOST = 6
"""Columns that fit beside one another."""

SMALL = 1e-2
"""Below this a number is written with its power of ten, and so are those beside it."""


def comparison(
    trials: Sequence[Trial],
    snapshot: Snapshot,
    settings: Mapping[str, Any],
    colours: Mapping[int, str],
    calm: str,
) -> str:
    """Write trials side by side.

    Parameters
    ----------
    trials
        At least two; the first `MOST` of them are shown.
    snapshot
        Knows the objective and the best trial.
    settings
        Training hyperparameters of a trial that does not name them.
    colours, calm
        Trial number to the colour of its curves, and that of the others.
    """
    shown = trials[:MOST]
    names = list(dict.fromkeys(name for trial in shown for name in trial.params))
    told = {name: _told(shown, name, settings) for name in names}
    differing = [name for name in names if len(set(told[name])) > 1]
    heads = "".join(_head(t, colours.get(t.number, calm), t.number == snapshot.best) for t in shown)
    rows = [_row(name, told[name], "tw-differs") for name in differing]
    if not differing:
        alike = tr("The same values")
        rows.append(
            f'<tr><td colspan="{len(shown) + 1}" class="tw-quiet">{escape(alike)}</td></tr>'
        )
    rows += [_row(name, cells) for name, cells in _outcomes(shown, snapshot)]
    same = ", ".join(f"{name} {told[name][0]}" for name in names if name not in differing)
    below = [tr("The same in all: {values}", values=same)] if same else []
    if len(trials) > MOST:
        below.append(
            counted(
                len(trials) - MOST,
                "{n} more trial selected, not shown here",
                "{n} more trials selected, not shown here",
            )
        )
    lines = "".join(f'<div class="tw-line">{escape(line)}</div>' for line in below)
    return (
        f'<div class="tw-side"><table class="tw-plain tw-compare"><thead><tr><th></th>{heads}</tr>'
        f"</thead><tbody>{''.join(rows)}</tbody></table></div>{lines}"
    )


def _outcomes(trials: Sequence[Trial], snapshot: Snapshot) -> list[tuple[str, list[str]]]:
    """Write what came of each trial; rows in which nobody has anything are left out."""

    def value(trial: Trial) -> str:
        return "" if trial.value is None else fmt.number(trial.value, pad=True)

    def gap_of(trial: Trial) -> str:
        runs = [run for run in trial.runs if run.epochs]
        pair = metric_pair(runs, snapshot.objective)
        found = None if pair is None else gap(runs, *pair)
        return "" if found is None else fmt.number(found)

    def weights(trial: Trial) -> str:
        n = n_weights(trial.runs)
        return "" if n is None else f"{n:,}"

    columns: list[tuple[str, Callable[[Trial], str]]] = [
        (tr("state"), lambda t: state_word(t.state)),
        (snapshot.objective, value),
        (tr("gap to training"), gap_of),
        (tr("folds"), lambda t: str(t.folds or "")),
        (tr("epochs"), lambda t: str(t.epochs or "")),
        (tr("time"), lambda t: fmt.seconds(t.seconds) if t.seconds else ""),
        (tr("weights"), weights),
        (tr("error"), lambda t: retold(t.error or "")),
    ]
    rows = [(name, [write(trial) for trial in trials]) for name, write in columns]
    return [(name, cells) for name, cells in rows if any(cells)]


def _told(trials: Sequence[Trial], name: str, settings: Mapping[str, Any]) -> list[str]:
    """Write a hyperparameter of each trial, all numbers in one way."""
    values = [trial.params.get(name, settings.get(name)) for trial in trials]
    sizes = [abs(value) for value in values if isinstance(value, float) and value]
    powers = any(size < SMALL for size in sizes)
    return [
        fmt.NOTHING
        if value is None and name not in trial.params
        else fmt.text(value, powers=powers and isinstance(value, float))
        for trial, value in zip(trials, values, strict=True)
    ]


def _head(trial: Trial, colour: str, is_best: bool) -> str:
    best = " ★" if is_best else ""
    return (
        f'<th scope="col"><span class="tw-swatch" style="background:{escape(colour)}"></span>'
        f"#{trial.number}{best}</th>"
    )


def _row(name: str, cells: Sequence[str], kind: str = "") -> str:
    written = "".join(f"<td>{escape(cell) or fmt.NOTHING}</td>" for cell in cells)
    return f'<tr class="{kind}"><th scope="row">{escape(name)}</th>{written}</tr>'
