"""``tunewidgets show FILE``: a study's trials as a table, the best first."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Sequence

from tunewidgets import format as fmt
from tunewidgets.errors import StudyError
from tunewidgets.snapshot import Snapshot
from tunewidgets.trial import PERSON, State, Trial
from tunewidgets.view import load, names_in

DEFAULT_TOP = 20

DESCRIPTION = """\
Print what a study file holds: a headline for each study, and its trials, the best first.
The study may go on training meanwhile; nothing is changed."""

EXAMPLES = f"""\
examples:
  tunewidgets show housing.db                   every study in the file, {DEFAULT_TOP} trials each
  tunewidgets show housing.db --name wide       one of its studies
  tunewidgets show housing.db --top 3           the three best
  watch tunewidgets show housing.db             again every two seconds, as it trains
"""


def add_to(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("file", metavar="FILE", help="a study file, as Study(storage=...) makes it")
    parser.add_argument("--name", metavar="STUDY", help="which study (default: all in the file)")
    parser.add_argument(
        "--top",
        type=int,
        default=DEFAULT_TOP,
        metavar="N",
        help=f"how many trials to print (default: {DEFAULT_TOP})",
    )


def run(options: argparse.Namespace) -> None:
    """Print the tables.

    Raises
    ------
    StorageError
        Where the file cannot be read.
    StudyError
        For an impossible number of trials.
    """
    if options.top < 1:
        raise StudyError(f"--top must be at least 1, but got {options.top}: leave it out for 20.")
    names = names_in(options.file) if options.name is None else (options.name,)
    told = []
    for name in names or (None,):
        study = load(options.file, name)
        try:
            told.append(told_of(study.snapshot(), tuple(study.space), options.top))
        finally:
            study.close()
    sys.stdout.write("\n".join(told))


def told_of(seen: Snapshot, space: Sequence[str], top: int) -> str:
    """Write a study as a headline and a table.

    Parameters
    ----------
    seen
        The study.
    space
        Names of the hyperparameters that come first.
    top
        How many trials at most.
    """
    lines = [_headline(seen), *seen.notices]
    if seen.trials:
        lines += ["", *_table(seen, space, top)]
    n_more = len(seen.trials) - top
    if n_more > 0:
        lines.append(f"... and {fmt.count(n_more, 'trial')} more: --top {len(seen.trials)}")
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _headline(seen: Snapshot) -> str:
    states = Counter(trial.state for trial in seen.trials)
    counts = ", ".join(f"{states[state]} {state}" for state in State if states[state])
    parts = [seen.name, f"{seen.direction} {seen.objective}", fmt.count(len(seen.trials), "trial")]
    if counts:
        parts[-1] += f" ({counts})"
    best = None if seen.best is None else seen.trials[seen.best]
    if best is not None and best.value is not None:
        parts.append(f"best {fmt.number(best.value)} (trial {best.number})")
    return " | ".join(parts)


def _table(seen: Snapshot, space: Sequence[str], top: int) -> Iterator[str]:
    rest = sorted(set(range(len(seen.trials))) - set(seen.ranking))
    trials = [seen.trials[number] for number in (*seen.ranking, *rest)][:top]
    names = list(dict.fromkeys([*space, *(name for trial in trials for name in trial.params)]))
    head = ["trial", "state", seen.objective, *names, "epochs", "time", "from"]
    rows = [head, *(_row(trial, names) for trial in trials)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    # Numbers line up on their right, words on their left.
    words = {1, len(head) - 1}
    for row in rows:
        yield "  ".join(
            cell.ljust(width) if place in words else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )


def _row(trial: Trial, names: Sequence[str]) -> list[str]:
    return [
        str(trial.number),
        str(trial.state),
        fmt.NOTHING if trial.value is None else fmt.number(trial.value, pad=True),
        *(fmt.text(trial.params[n]) if n in trial.params else fmt.NOTHING for n in names),
        str(trial.epochs),
        fmt.seconds(trial.seconds),
        "you" if trial.origin == PERSON else trial.origin,
    ]
