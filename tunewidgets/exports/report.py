"""A study as one HTML page: pictures, table, code. It opens offline, and runs no script.

Whatever comes from outside is escaped, and a content security policy on the page itself allows
nothing but its own styles: a study file from a stranger makes a page that can do nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from tunewidgets import format as fmt
from tunewidgets.distributions import Categorical, Distribution
from tunewidgets.exports import landscape, pictures
from tunewidgets.exports.drawing import ACCENT
from tunewidgets.snapshot import Snapshot
from tunewidgets.space import SearchSpace
from tunewidgets.trial import PERSON, State, Trial

if TYPE_CHECKING:
    from tunewidgets.analysis import Importance

POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def report_of(
    seen: Snapshot,
    space: SearchSpace,
    settings: Mapping[str, Any],
    code: str | None = None,
    importance: Importance | None = None,
) -> str:
    """Write the page.

    Parameters
    ----------
    seen
        What is told of.
    space
        The hyperparameters, as they are searched now.
    settings
        Training hyperparameters that trials share.
    code
        The best trial's call, or None to leave it out.
    importance
        Of the hyperparameters; None where it cannot be told.

    Returns
    -------
    str
        A whole HTML document.
    """
    style = (files("tunewidgets.exports") / "report.css").read_text(encoding="utf-8")
    title = escape(seen.name)
    parts = [
        f"<h1>{title}</h1>",
        _summary(seen),
        *_pictures(seen, space),
        *_landscape(seen, space, importance),
        _section("What was searched", _space(seen, space, settings)),
        _section("Trials", _table(seen, space)),
    ]
    if code is not None:
        parts.append(_section("The best trial as code", f"<pre>{escape(code)}</pre>"))
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>\n{style}</style>\n</head>\n<body>\n"
        + "\n".join(part for part in parts if part)
        + "\n</body>\n</html>\n"
    )


def _summary(seen: Snapshot) -> str:
    counts = Counter(trial.state for trial in seen.trials)
    states = ", ".join(f"{counts[state]} {state}" for state in State if counts[state])
    aim = "smaller" if seen.direction == "minimize" else "larger"
    when = datetime.now().astimezone().strftime("%Y-%m-%d %H:%M")
    spent = fmt.seconds(sum(trial.seconds for trial in seen.trials))
    lines = [
        f'<p class="quiet">{fmt.count(len(seen.trials), "trial")}'
        f"{f' ({escape(states)})' if states else ''}, {spent} of training. "
        f"{escape(seen.objective)}: {aim} is better. Written on {when}.</p>"
    ]
    if seen.best is not None:
        best = seen.trials[seen.best]
        value = fmt.number(best.value or 0.0)
        lines.append(
            f'<p class="best">Best: <b>{escape(seen.objective)} {value}</b> by trial '
            f"{best.number}, {escape(fmt.params(best.params))}.</p>"
        )
    elif seen.trials:
        lines.append('<p class="best">No trial is complete yet.</p>')
    else:
        lines.append('<p class="best">Nothing has been trained yet.</p>')
    return "\n".join(lines)


def _pictures(seen: Snapshot, space: SearchSpace) -> list[str]:
    if not any(run.epochs for run in seen.runs):
        return []
    key = escape(seen.objective)
    drawn = [(pictures.learning_curves(seen), f"{key} of every run; the best in colour")]
    if seen.best is not None:
        drawn.append((pictures.values_over_trials(seen), "Each trial, and the best so far"))
        best = seen.trials[seen.best].runs
        pair = pictures.train_against_validation(best, seen.objective, ACCENT, **pictures.SIZE)
        if pair is not None:
            drawn.append((pair, f"Trial {seen.best}: training (dashed) and validation"))
    sections = [_section("How it went", _grid(drawn, "pictures large"))]
    if seen.best is not None:
        against = [
            (pictures.value_against(seen, n, space.get(n)), escape(n)) for n in _names(seen, space)
        ]
        sections.append(_section(f"{seen.objective} against each hyperparameter", _grid(against)))
    return sections


def _landscape(seen: Snapshot, space: SearchSpace, importance: Importance | None) -> list[str]:
    """Show importance, the heat map of the two that tell most, and all of them side by side."""
    sections = []
    names = landscape.varied(seen, _names(seen, space))
    if importance is not None:
        told_of = [(landscape.importance_bars(importance.shares), escape(importance.words))]
        sections.append(_section("What mattered", _grid(told_of, "pictures wide")))
        names.sort(key=lambda name: -importance.shares.get(name, 0.0))
    if len(names) > 1:
        first, second = names[:2]
        why = "the two that mattered most" if importance is not None else "the first two varied"
        legend = f"Mean {seen.objective} by {first} and {second} ({why}); darker is better"
        across = f"Each trial is a line to its {seen.objective}; the best in colour"
        drawn = [
            (landscape.heat_map(seen, (first, second), space), escape(legend)),
            (landscape.parallel(seen, names, space), escape(across)),
        ]
        sections.append(_section("Hyperparameters together", _grid(drawn, "pictures wide")))
    return sections


def _grid(drawn: Iterable[tuple[str, str]], kind: str = "pictures") -> str:
    figures = (f"<figure>{svg}<figcaption>{words}</figcaption></figure>" for svg, words in drawn)
    return f'<div class="{kind}">{"".join(figures)}</div>'


def _space(seen: Snapshot, space: SearchSpace, settings: Mapping[str, Any]) -> str:
    rows = [f"<tr><td>{escape(n)}</td><td>{escape(told(space[n]))}</td></tr>" for n in space]
    rows += [
        f"<tr><td>{escape(name)}</td><td>{escape(fmt.text(value))} for all</td></tr>"
        for name, value in settings.items()
        if value is not None and name not in space
    ]
    searches = [
        f"<li>{escape(s.name)}: {escape(s.sampler)}, {fmt.count(s.n_trials, 'trial')}"
        f"{f', {s.folds} folds' if s.folds else ''}, level {s.level}, {escape(str(s.state))}"
        f"{f'. {escape(s.note)}' if s.note else ''}</li>"
        for s in seen.searches
    ]
    listed = f"<ul>{''.join(searches)}</ul>" if searches else ""
    return f"<table><tbody>{''.join(rows)}</tbody></table>{listed}"


def told(distribution: Distribution) -> str:
    """Say in words which values a hyperparameter can take."""
    if isinstance(distribution, Categorical):
        return "one of " + ", ".join(fmt.labels(distribution.choices))
    words = f"{fmt.number(distribution.low)} to {fmt.number(distribution.high)}"
    if distribution.log:
        return f"{words}, by magnitude"
    step = distribution.step
    return f"{words} in steps of {fmt.number(step)}" if step is not None and step != 1 else words


def _names(seen: Snapshot, space: SearchSpace) -> list[str]:
    extra = (name for trial in seen.trials for name in trial.params)
    return list(dict.fromkeys([*space, *extra]))


def _table(seen: Snapshot, space: SearchSpace) -> str:
    names = _names(seen, space)
    heads = [
        _cell("th", "#", True),
        _cell("th", "state"),
        *(_cell("th", name, _is_numeric(seen, name)) for name in names),
        _cell("th", seen.objective, True),
        _cell("th", "epochs", True),
        _cell("th", "time", True),
        _cell("th", "from"),
        _cell("th", "error") if any(trial.error for trial in seen.trials) else "",
    ]
    ranking = {number: rank for rank, number in enumerate(seen.ranking)}
    ordered = sorted(seen.trials, key=lambda t: (ranking.get(t.number, len(ranking)), t.number))
    rows = "\n".join(_row(trial, names, seen) for trial in ordered)
    return (
        f'<div class="scroller"><table><thead><tr>{"".join(heads)}</tr></thead>'
        f"<tbody>\n{rows}\n</tbody></table></div>"
    )


def _row(trial: Trial, names: list[str], seen: Snapshot) -> str:
    kind = "best" if trial.number == seen.best else str(trial.state)
    cells = [
        _cell("td", str(trial.number), True),
        _cell("td", str(trial.state)),
        *(
            _cell(
                "td", fmt.text(trial.params[n]) if n in trial.params else "", _is_numeric(seen, n)
            )
            for n in names
        ),
        _cell(
            "td", fmt.NOTHING if trial.value is None else fmt.number(trial.value, pad=True), True
        ),
        _cell("td", str(trial.epochs or ""), True),
        _cell("td", fmt.seconds(trial.seconds) if trial.seconds else "", True),
        _cell("td", "you" if trial.origin == PERSON else trial.origin),
    ]
    if trial.error:
        cells.append(f'<td class="error">{escape(trial.error)}</td>')
    return f'<tr class="{kind}">{"".join(cells)}</tr>'


def _cell(tag: str, words: str, numeric: bool = False) -> str:
    kind = ' class="number"' if numeric else ""
    return f"<{tag}{kind}>{escape(words)}</{tag}>"


def _is_numeric(seen: Snapshot, name: str) -> bool:
    values = (trial.params[name] for trial in seen.trials if name in trial.params)
    return all(isinstance(v, int | float) and not isinstance(v, bool) for v in values)


def _section(title: str, body: str) -> str:
    return f"<section>\n<h2>{escape(title)}</h2>\n{body}\n</section>"
