"""``tunewidgets export FILE -o OUT``: a study as CSV or as a web page, by the ending of OUT."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tunewidgets.errors import StudyError
from tunewidgets.view import load, names_in

DESCRIPTION = """\
Write a study to a file: .csv has a row a trial; .html is a report with charts, every trial and the
best one as code, which opens offline. What is there is replaced."""

EXAMPLES = """\
examples:
  tunewidgets export housing.db -o trials.csv
  tunewidgets export housing.db -o report.html
  tunewidgets export housing.db --name wide -o wide.csv
"""

ENDINGS = (".csv", ".html")


def add_to(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("file", metavar="FILE", help="a study file, as Study(storage=...) makes it")
    parser.add_argument("--name", metavar="STUDY", help="which study, where the file has several")
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        required=True,
        metavar="OUT",
        help="the file to write, ending in .csv or .html",
    )


def run(options: argparse.Namespace) -> None:
    """Write the file.

    Raises
    ------
    StorageError
        Where the study cannot be read.
    StudyError
        Where it cannot be written so.
    """
    ending = options.output.suffix.lower()
    if ending not in ENDINGS:
        raise StudyError(
            f"-o must end in {' or '.join(ENDINGS)}, but got {str(options.output)!r}: name the "
            f"file so."
        )
    if options.name is None and len(names := names_in(options.file)) > 1:
        raise StudyError(
            f"--name must say which study, but {options.file} holds several: take "
            f"{' or '.join(map(repr, names))}."
        )
    study = load(options.file, options.name)
    try:
        write = study.to_csv if ending == ".csv" else study.report
        write(options.output)
        n_trials = len(study.trials)
    finally:
        study.close()
    sys.stdout.write(f"{options.output}: {n_trials} trials of {study.name!r}\n")
