"""The ``tunewidgets`` command. One module a subcommand: what it takes, and how it is run.

What cannot be carried out is told in one sentence, and ends with the exit code 2, as argparse does.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib.metadata import version

from tunewidgets.cli import export, lab, show
from tunewidgets.errors import TuneError

DESCRIPTION = """\
Tune a Keras model with sliders, background fits and live curves."""

EXAMPLES = """\
examples:
  tunewidgets lab                              learn it: the labs of the lecture, as pages
  tunewidgets show housing.db                  what a study has come to, while it trains or later
  tunewidgets export housing.db -o trials.csv  take its trials along
  tunewidgets COMMAND --help                   more of a command, with examples

A study writes such a file when it is made with storage="housing.db".
"""

COMMANDS = {
    "lab": (lab, "serve the labs as pages on this machine"),
    "show": (show, "print a study's trials, the best first"),
    "export": (export, "write a study's trials as CSV, or all of it as a web page"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Parameters
    ----------
    arguments
        The words after ``tunewidgets``; None takes those of the process.

    Returns
    -------
    int
        The exit code: 0, or 2 for a request that cannot be carried out.
    """
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.command is None:
        parser.print_help()
        return 0
    try:
        COMMANDS[options.command][0].run(options)
        sys.stdout.flush()
    except TuneError as error:
        sys.stderr.write(f"tunewidgets {options.command}: {error}\n")
        return 2
    except BrokenPipeError:  # whoever reads has enough, as `head` has
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tunewidgets",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--version", action="version", version=f"tunewidgets {version('tunewidgets')}"
    )
    commands = parser.add_subparsers(title="commands", dest="command", metavar="COMMAND")
    for name, (module, words) in COMMANDS.items():
        command = commands.add_parser(
            name,
            help=words,
            description=module.DESCRIPTION,
            epilog=module.EXAMPLES,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.add_to(command)
    return parser
