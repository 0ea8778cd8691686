"""Ctrl-C for the processes that tests start."""

from __future__ import annotations

import signal


def hear_interrupts() -> None:
    """Have a process end by Ctrl-C; to be called in it before its program begins.

    A shell that runs the tests in the background has them ignore it, and all whom they start.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
