"""The ``tunewidgets`` command: ``tunewidgets lab`` serves a lab as a page on this machine.

A page is a notebook served by Voilà: its text and widgets, without its code. Served are the labs
that come with the package, from an index; or one notebook that is named, and then only that one, so
nobody can look through the folder that it lies in.
"""

from __future__ import annotations

import argparse
import os
import socket
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from tunewidgets.language import LANGUAGES
from tunewidgets.lesson.shelf import notebooks
from tunewidgets.serving import serve

FIRST_PORT = 8866

DESCRIPTION = """\
Tune a Keras model with sliders, background fits and live curves."""

LAB_DESCRIPTION = """\
Serve the labs as pages on this machine, print the address, and open it in the browser if
there is one. Stop it with Ctrl-C."""

LAB_EXAMPLES = """\
examples:
  tunewidgets lab                        all labs of the lecture, from an index
  tunewidgets lab --language ko          the same in Korean, whatever the browser prefers
  tunewidgets lab --theme dark           the same at night
  tunewidgets lab my_lab.ipynb           a notebook of your own that shows a tw.Lab(study)
  tunewidgets lab --port 9000 --no-browser
"""


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
    trouble = _trouble(options.notebook, options.port)
    if trouble:
        sys.stderr.write(f"tunewidgets lab: {trouble}\n")
        return 2
    if options.language:
        os.environ["TUNEWIDGETS_LANGUAGE"] = options.language
    serve(
        options.notebook or notebooks(),
        port=options.port or FIRST_PORT,
        port_retries=0 if options.port else 50,
        theme=options.theme,
        browser=options.browser and _can_browse(),
        prepared=options.notebook is None,
    )
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tunewidgets", description=DESCRIPTION)
    parser.add_argument(
        "--version", action="version", version=f"tunewidgets {version('tunewidgets')}"
    )
    commands = parser.add_subparsers(title="commands", dest="command", metavar="COMMAND")
    lab = commands.add_parser(
        "lab",
        help="serve the labs as pages on this machine",
        description=LAB_DESCRIPTION,
        epilog=LAB_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    lab.add_argument(
        "notebook",
        nargs="?",
        type=Path,
        metavar="NOTEBOOK",
        help="the notebook to serve (default: all labs, from an index)",
    )
    lab.add_argument(
        "--port",
        type=int,
        help=f"serve here and nowhere else (default: the first free port from {FIRST_PORT} up)",
    )
    lab.add_argument(
        "--theme", choices=("light", "dark"), default="light", help="colours (default: light)"
    )
    lab.add_argument(
        "--language", choices=tuple(LANGUAGES), help="the labs' language (default: the browser's)"
    )
    lab.add_argument(
        "--no-browser", dest="browser", action="store_false", help="only print the address"
    )
    return parser


def _trouble(notebook: Path | None, port: int | None) -> str | None:
    """Say in a sentence why the request cannot be carried out, or None when it can."""
    if notebook and (notebook.suffix != ".ipynb" or not notebook.is_file()):
        return (
            f"NOTEBOOK must be an .ipynb file, but got {str(notebook)!r}, which "
            f"{'is another kind of file' if notebook.exists() else 'does not exist'}: "
            "leave it out to serve the labs."
        )
    if port is None:
        return None
    if not 0 < port < 65536:
        return f"--port must be from 1 to 65535, but got {port}: leave it out to take a free one."
    with socket.socket() as probe:
        # As the server will do it, so that the port of a lab just stopped counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("localhost", port))
        except OSError as error:
            return (
                f"--port must be free, but got {port} ({error.strerror}): "
                "leave it out to take a free one."
            )
    return None


def _can_browse() -> bool:
    """Whether a person sits here with a screen."""
    has_display = sys.platform in ("win32", "darwin") or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")
    )
    return has_display and sys.stdout.isatty()


if __name__ == "__main__":
    sys.exit(main())
