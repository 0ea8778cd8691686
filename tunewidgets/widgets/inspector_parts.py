"""What the inspector says of one trial, as HTML: title, facts, folds, model, error.

Each part is its own piece of text, so that what stands still (an open list of layers, a traceback
being read) is not drawn anew while a run goes on.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from tunewidgets import format as fmt
from tunewidgets.exports.pictures import learning_rates, metric_pair, train_against_validation
from tunewidgets.snapshot import Snapshot
from tunewidgets.trial import Run, State, Trial
from tunewidgets.widgets.markup import fault

SIZE = {"width": 420, "height": 190}
PLAIN = "model.fit"


def title(trial: Trial, snapshot: Snapshot, colour: str) -> str:
    """Name the trial: its number, place, value, and what was tried."""
    words = [str(trial.state)]
    if trial.value is not None:
        words.append(f"{snapshot.objective} {fmt.number(trial.value)}")
        ranking = snapshot.ranking
        place = ranking.index(trial.number) + 1
        words.append("the best" if place == 1 else f"place {place} of {len(ranking)}")
    return (
        f'<div class="tw-inspected"><span class="tw-swatch" style="background:{escape(colour)}">'
        f"</span><b>#{trial.number}</b> <span>{escape(', '.join(words))}</span>"
        f'<span class="tw-quiet">{escape(fmt.params(trial.params))}</span></div>'
    )


def pictures(trial: Trial, objective: str, colour: str) -> str:
    """Draw training against validation, and the learning rate where it changed."""
    runs = [run for run in trial.runs if run.epochs]
    train = metric_pair(runs, objective)
    drawn = []
    svg = train_against_validation(runs, objective, colour, **SIZE) if train else None
    if svg is not None and train is not None:
        words = f"{train[0]} (dashed) and {train[1]}"
        drawn.append(_figure(svg, f"{words}{_gap(runs, *train)}"))
    rates = learning_rates(runs, colour, **SIZE)
    if rates is not None:
        drawn.append(_figure(rates, _rates(runs)))
    return f'<div class="tw-figures">{"".join(drawn)}</div>' if drawn else ""


def facts(trial: Trial, settings: Mapping[str, Any]) -> str:
    """List weights, epochs, time, engine and seed."""
    runs = trial.runs
    pairs = [
        ("weights", _weights(runs)),
        ("epochs", _epochs(trial, settings)),
        ("time", time_words(runs)),
        ("trained by", _engine(runs)),
        ("seed", str(runs[0].seed) if len(runs) == 1 else ""),
    ]
    rows = "".join(
        f'<tr><th scope="row">{name}</th><td>{escape(words)}</td></tr>'
        for name, words in pairs
        if words
    )
    return f'<table class="tw-plain tw-facts"><tbody>{rows}</tbody></table>'


def folds(trial: Trial, objective: str) -> str:
    """Table the runs of a cross-validated trial, with their spread."""
    if trial.folds is None:
        return ""
    values = [run.value for run in trial.runs if run.value is not None]
    rows = "".join(
        f"<tr><td>{(run.fold or 0) + 1}</td><td>{run.state}</td>"
        f"<td>{fmt.NOTHING if run.value is None else fmt.number(run.value, pad=True)}</td>"
        f"<td>{run.epochs or ''}</td><td>{fmt.seconds(run.seconds) if run.seconds else ''}</td>"
        f"<td>{run.seed}</td></tr>"
        for run in trial.runs
    )
    spread = ""
    if len(values) > 1:
        spread = (
            f"Mean {fmt.number(statistics.fmean(values))}, "
            f"standard deviation {fmt.number(statistics.stdev(values))}, "
            f"from {fmt.number(min(values))} to {fmt.number(max(values))}"
        )
    heads = "".join(
        f"<th>{escape(word)}</th>"
        for word in ("fold", "state", objective, "epochs", "time", "seed")
    )
    return (
        f'<table class="tw-plain"><caption>{spread}</caption><thead><tr>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def model(trial: Trial) -> str:
    """List the layers, on demand."""
    summary = next((run.summary for run in trial.runs if run.summary), None)
    if summary is None:
        return ""
    n_layers = len(summary.splitlines()) - 1
    return (
        f"<details><summary>The model: {fmt.count(n_layers, 'layer')}</summary>"
        f"<pre>{escape(summary)}</pre></details>"
    )


def error(trial: Trial) -> str:
    """Say why the trial failed, and where on demand."""
    failed = next((run for run in trial.runs if run.error), None)
    return "" if failed is None else fault(failed.error or "", failed.traceback or "")


def time_words(runs: Sequence[Run]) -> str:
    """Say where the time went: building, the first epoch, the others, scoring."""
    total = math.fsum(run.seconds for run in runs)
    if not total:
        return ""
    build = math.fsum(run.build_seconds for run in runs)
    first = math.fsum(run.first_epoch_seconds for run in runs)
    rest = math.fsum(run.epochs_seconds for run in runs) - first
    n_rest = sum(max(0, run.epochs - 1) for run in runs)
    if not first:
        return fmt.seconds(total)
    several = len(runs) > 1
    parts = [
        f"building {fmt.seconds(build)}",
        f"{'first epochs' if several else 'first epoch'} {fmt.seconds(first)}",
    ]
    if n_rest:
        parts.append(
            f"{fmt.count(n_rest, 'other epoch')} {fmt.seconds(rest)} ({_each(rest / n_rest)} each)"
        )
    parts.append(f"the rest {fmt.seconds(max(0.0, total - build - first - rest))}")
    return f"{fmt.seconds(total)}: {', '.join(parts)}"


def gap(runs: Sequence[Run], train: str, valid: str) -> float | None:
    """Give how far validation lies from training at the end, averaged over the runs."""
    ends = [(run.history[train][-1], run.history[valid][-1]) for run in runs]
    gaps = [v - t for t, v in ends if math.isfinite(t) and math.isfinite(v)]
    return statistics.fmean(gaps) if gaps else None


def n_weights(runs: Sequence[Run]) -> int | None:
    """Give how many numbers the model has, where a run has told."""
    return next((run.n_weights for run in runs if run.n_weights is not None), None)


def _figure(svg: str, words: str) -> str:
    return f"<figure>{svg}<figcaption>{escape(words)}</figcaption></figure>"


def _gap(runs: Sequence[Run], train: str, valid: str) -> str:
    found = gap(runs, train, valid)
    if found is None:
        return ""
    ends = [run.history[key][-1] for key in (train, valid) for run in runs[:1]]
    one = f": {fmt.number(ends[0])} and {fmt.number(ends[1])}" if len(runs) == 1 else ""
    return f"{one}, gap {fmt.number(found)}"


def _rates(runs: Sequence[Run]) -> str:
    key = "learning_rate" if any("learning_rate" in run.history for run in runs) else "lr"
    rates = next(run.history[key] for run in runs if key in run.history)
    return f"learning rate: {fmt.number(rates[0])} at first, {fmt.number(rates[-1])} at the end"


def _weights(runs: Sequence[Run]) -> str:
    n = n_weights(runs)
    return "" if n is None else f"{n:,}"


def _epochs(trial: Trial, settings: Mapping[str, Any]) -> str:
    if not trial.epochs:
        return ""
    asked = trial.params.get("epochs", settings.get("epochs"))
    done = [run.epochs for run in trial.runs if run.epochs]
    words = str(done[0]) if len(set(done)) == 1 else f"{min(done)} to {max(done)} a fold"
    is_early = trial.state is State.COMPLETE and asked is not None and max(done) < asked
    return f"{words} of {asked}, stopped early" if is_early else words


def _engine(runs: Sequence[Run]) -> str:
    engines = list(dict.fromkeys(run.engine for run in runs if run.engine))
    return "; ".join(
        f"Keras's {engine}" if engine.startswith(PLAIN) else f"compiled epochs ({engine})"
        for engine in engines
    )


def _each(seconds: float) -> str:
    return f"{1000 * seconds:.3g} ms" if seconds < 1 else fmt.seconds(seconds)
