"""``tunewidgets lab`` serves a lab as a page on this machine.

A page is a notebook served by Voilà: its text and widgets, without its code. Served are the labs
that come with the package, from an index; or one notebook that is named, and then only that one, so
nobody can look through the folder that it lies in.
"""

from __future__ import annotations

import argparse
import os
import socket
import sys
from pathlib import Path

from tunewidgets.errors import StudyError
from tunewidgets.language import LANGUAGES

FIRST_PORT = 8866

DESCRIPTION = """\
Serve the labs as pages on this machine, print the address, and open it in the browser if
there is one. Stop it with Ctrl-C."""

EXAMPLES = """\
examples:
  tunewidgets lab                        all labs of the lecture, from an index
  tunewidgets lab --language ko          the same in Korean, whatever the browser prefers
  tunewidgets lab --theme dark           the same at night
  tunewidgets lab my_lab.ipynb           a notebook of your own that shows a tw.Lab(study)
  tunewidgets lab --port 9000 --no-browser
"""


def add_to(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument(
        "notebook",
        nargs="?",
        type=Path,
        metavar="NOTEBOOK",
        help="the notebook to serve (default: all labs, from an index)",
    )
    parser.add_argument(
        "--port",
        type=int,
        help=f"serve here and nowhere else (default: the first free port from {FIRST_PORT} up)",
    )
    parser.add_argument(
        "--theme", choices=("light", "dark"), default="light", help="colours (default: light)"
    )
    parser.add_argument(
        "--language", choices=tuple(LANGUAGES), help="the labs' language (default: the browser's)"
    )
    parser.add_argument(
        "--no-browser", dest="browser", action="store_false", help="only print the address"
    )


def run(options: argparse.Namespace) -> None:
    """Serve until Ctrl-C.

    Raises
    ------
    StudyError
        For a request that cannot be carried out.
    """
    from tunewidgets.lesson.shelf import notebooks
    from tunewidgets.serving import serve

    trouble = _trouble(options.notebook, options.port)
    if trouble:
        raise StudyError(trouble)
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
