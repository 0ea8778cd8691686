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
from tunewidgets.language import counted
from tunewidgets.language import translate as tr
from tunewidgets.retelling import retold
from tunewidgets.snapshot import Snapshot
from tunewidgets.trial import Run, State, Trial
from tunewidgets.widgets.markup import fault, line
from tunewidgets.widgets.state_words import state_word

SIZE = {"width": 310, "height": 170}
"""Pixels, about as large as they are shown, so that the words are as large as others."""
PLAIN = "model.fit"


def title(trial: Trial, snapshot: Snapshot, colour: str) -> str:
    """Name the trial: its number, place, value, and what was tried."""
    words = [state_word(trial.state)]
    if trial.value is not None:
        words.append(f"{snapshot.objective} {fmt.number(trial.value)}")
        ranking = snapshot.ranking
        place = ranking.index(trial.number) + 1
        of = tr("place {place} of {n}", place=place, n=len(ranking))
        words.append(tr("the best") if place == 1 else of)
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
        words = tr("{dashed} (dashed) and {solid}", dashed=train[0], solid=train[1])
        drawn.append(_figure(svg, f"{words}{_gap(runs, *train)}"))
    rates = learning_rates(runs, colour, **SIZE)
    if rates is not None:
        drawn.append(_figure(rates, _rates(runs)))
    return f'<div class="tw-figures">{"".join(drawn)}</div>' if drawn else ""


def facts(trial: Trial, settings: Mapping[str, Any]) -> str:
    """List weights, epochs, time, engine and seed."""
    runs = trial.runs
    pairs = [
        (tr("weights"), _weights(runs)),
        (tr("epochs"), _epochs(trial, settings)),
        (tr("time"), time_words(runs)),
        (tr("trained by"), _engine(runs)),
        (tr("seed"), str(runs[0].seed) if len(runs) == 1 else ""),
    ]
    rows = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{escape(words)}</td></tr>'
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
        f"<tr><td>{(run.fold or 0) + 1}</td><td>{escape(state_word(run.state))}</td>"
        f"<td>{fmt.NOTHING if run.value is None else fmt.number(run.value, pad=True)}</td>"
        f"<td>{run.epochs or ''}</td><td>{fmt.seconds(run.seconds) if run.seconds else ''}</td>"
        f"<td>{run.seed}</td></tr>"
        for run in trial.runs
    )
    spread = ""
    if len(values) > 1:
        spread = tr(
            "Mean {mean}, standard deviation {deviation}, from {low} to {high}",
            mean=fmt.number(statistics.fmean(values)),
            deviation=fmt.number(statistics.stdev(values)),
            low=fmt.number(min(values)),
            high=fmt.number(max(values)),
        )
    words = (tr("fold"), tr("state"), objective, tr("epochs"), tr("time"), tr("seed"))
    heads = "".join(f"<th>{escape(word)}</th>" for word in words)
    return (
        f'<table class="tw-plain"><caption>{escape(spread)}</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    )


def model(trial: Trial) -> str:
    """List the layers, on demand."""
    summary = next((run.summary for run in trial.runs if run.summary), None)
    if summary is None:
        return ""
    n_layers = len(summary.splitlines()) - 1
    told = counted(n_layers, "The model: {n} layer", "The model: {n} layers")
    return f"<details><summary>{escape(told)}</summary><pre>{escape(summary)}</pre></details>"


def error(trial: Trial) -> str:
    """Say why the trial failed, and where on demand."""
    failed = next((run for run in trial.runs if run.error), None)
    return "" if failed is None else fault(retold(failed.error or ""), failed.traceback or "")


def warning(trial: Trial) -> str:
    """Say what is doubtful about the model's output, loss and targets."""
    told = next((run.warning for run in trial.runs if run.warning), None)
    return line(retold(told or ""), "notice")


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
        tr("building {time}", time=fmt.seconds(build)),
        tr("first epochs {time}", time=fmt.seconds(first))
        if several
        else tr("first epoch {time}", time=fmt.seconds(first)),
    ]
    if n_rest:
        parts.append(
            counted(
                n_rest,
                "{n} other epoch {time} ({each} each)",
                "{n} other epochs {time} ({each} each)",
                time=fmt.seconds(rest),
                each=_each(rest / n_rest),
            )
        )
    left = max(0.0, total - build - first - rest)
    parts.append(tr("the rest {time}", time=fmt.seconds(left)))
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
    two = tr("{first} and {second}", first=fmt.number(ends[0]), second=fmt.number(ends[1]))
    one = f": {two}" if len(runs) == 1 else ""
    return tr("{ends}, gap {gap}", ends=one, gap=fmt.number(found))


def _rates(runs: Sequence[Run]) -> str:
    key = "learning_rate" if any("learning_rate" in run.history for run in runs) else "lr"
    rates = next(run.history[key] for run in runs if key in run.history)
    return tr(
        "learning rate: {first} at first, {last} at the end",
        first=fmt.number(rates[0]),
        last=fmt.number(rates[-1]),
    )


def _weights(runs: Sequence[Run]) -> str:
    n = n_weights(runs)
    return "" if n is None else f"{n:,}"


def _epochs(trial: Trial, settings: Mapping[str, Any]) -> str:
    if not trial.epochs:
        return ""
    asked = trial.params.get("epochs", settings.get("epochs"))
    done = [run.epochs for run in trial.runs if run.epochs]
    spread = tr("{low} to {high} a fold", low=min(done), high=max(done))
    words = str(done[0]) if len(set(done)) == 1 else spread
    is_early = trial.state is State.COMPLETE and asked is not None and max(done) < asked
    return (
        tr("{epochs} of {asked}, stopped early", epochs=words, asked=asked) if is_early else words
    )


def _engine(runs: Sequence[Run]) -> str:
    engines = dict.fromkeys(run.engine for run in runs if run.engine)
    told = [_way(engine) for engine in engines]
    return "; ".join(
        tr("Keras's {engine}", engine=engine)
        if engine.startswith(PLAIN)
        else tr("compiled epochs ({engine})", engine=engine)
        for engine in told
    )


def _way(engine: str) -> str:
    """Tell one part after the other, and why by ``model.fit``, in the language that holds."""
    by, colon, why = engine.partition(": ")
    if not colon:
        return ", ".join(map(retold, engine.split(", ")))
    return f"{by}: {_way(why)}"


def _each(seconds: float) -> str:
    return tr("{n} ms", n=f"{1000 * seconds:.3g}") if seconds < 1 else fmt.seconds(seconds)
