"""What a drawing tells the page: together, at its end, so that the page paints less often.

A page paints up to sixty times a second, and a chart takes milliseconds each time. Messages that
leave one by one, while the next is still being worked out, reach it in several of its frames.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any

import ipywidgets

_waiting: ContextVar[list[Callable[[], None]] | None] = ContextVar("waiting", default=None)


@contextmanager
def together() -> Iterator[None]:
    """Have what is sent in here leave at the end, in order, each also where another cannot."""
    waiting: list[Callable[[], None]] = []
    token = _waiting.set(waiting)
    with ExitStack() as leaving:
        try:
            yield
        finally:
            _waiting.reset(token)
            for send in reversed(waiting):
                leaving.callback(send)


def post(send: Callable[[], None]) -> None:
    """Send at the end of the drawing under way, or at once where there is none."""
    waiting = _waiting.get()
    if waiting is None:
        send()
    else:
        waiting.append(send)


def send_traits(widget: ipywidgets.Widget, **traits: Any) -> None:
    """Set traits in one message, at the end of the drawing under way.

    Until then they are as before. Controls are read meanwhile: use `set_traits` for them.
    """
    post(partial(set_traits, widget, **traits))


def set_traits(widget: ipywidgets.Widget, **traits: Any) -> None:
    """Set traits now, in one message."""
    with widget.hold_sync():
        for name, value in traits.items():
            setattr(widget, name, value)
