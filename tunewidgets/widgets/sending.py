"""What a drawing tells the page: in one message, which the page handles and paints at one go.

A page paints whenever it has time between two messages, and each one costs kernel, server and
browser a millisecond or so, on processors that the fits could use. So what widgets say while a
drawing goes on is kept until its end. The page hands each its part (`drawing.js`).

A page hears of no drawing while it is being loaded. So each has a number, and a page that misses
some has all that was ever drawn told anew, as it is now. Until a page has shown that it hears, all
goes message by message, as whoever runs a notebook without a page expects.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

import anywidget
import ipywidgets
import traitlets

from tunewidgets.widgets.theme import static


class Part(NamedTuple):
    """What a widget would have told the page."""

    widget: ipywidgets.Widget
    model_id: str
    data: Any
    buffers: list[Any]


@dataclass(frozen=True, slots=True)
class Drawing:
    """What widgets say while a thread draws, and what must follow it: that some are closed."""

    parts: list[Part] = field(default_factory=list)
    after: list[Callable[[], None]] = field(default_factory=list)


_under_way: ContextVar[Drawing | None] = ContextVar("under_way", default=None)


class Drawings(anywidget.AnyWidget):
    """An unseen widget that brings pages whole drawings.

    Parameters
    ----------
    missed
        Called where a page lacks some; `repeat` helps.
    """

    _esm = static("leaving.js") + static("drawing.js")

    told = traitlets.Dict().tag(sync=True)
    """``revision``, the number of the last drawing; edited in place, which sends nothing."""

    def __init__(self, missed: Callable[[], None]) -> None:
        super().__init__(told={"revision": 0})
        self._missed = missed
        self._drawn: set[ipywidgets.Widget] = set()
        self._is_heard = False
        self.on_msg(self._hear)

    def carry(self, widgets: Iterable[ipywidgets.Widget]) -> None:
        """Bring what these say from now on, rather than what others did."""
        there = [widget for widget in widgets if widget.comm is not None and widget is not self]
        self._drawn &= set(there)
        for widget in there:
            widget.comm.publish_msg = partial(_keep_or_publish, widget, widget.comm)

    @contextmanager
    def together(self) -> Iterator[None]:
        """Have what is said in here leave as one message at the end, whatever happens."""
        if not self._is_heard:
            yield
            return
        drawing = Drawing()
        token = _under_way.set(drawing)
        try:
            yield
        finally:
            _under_way.reset(token)
            try:
                if drawing.parts:
                    self._bring(drawing.parts)
            finally:
                for publish in drawing.after:
                    publish()

    def repeat(self) -> None:
        """Tell all that was ever drawn, as it is now."""
        for widget in self._drawn:
            if widget.comm is not None:  # it has not been closed
                # What is private is set once, and some of it is long.
                widget.send_state([key for key in widget.keys if not key.startswith("_")])

    def _bring(self, parts: list[Part]) -> None:
        self.told["revision"] += 1
        self._drawn.update(part.widget for part in parts)
        told = [
            {"id": part.model_id, "data": part.data, "n_buffers": len(part.buffers)}
            for part in parts
        ]
        self.send(
            {"kind": "drawing", "revision": self.told["revision"], "parts": told},
            [buffer for part in parts for buffer in part.buffers],
        )

    def _hear(self, _: Any, content: dict[str, Any], __: Any) -> None:
        match content:
            case {"kind": "ask", "page": page}:
                self._is_heard = False
                self.send({"kind": "last", "page": page, **self.told})
            case {"kind": "heard"}:
                self._is_heard = True
            case {"kind": "missed"}:
                self._missed()


def _keep_or_publish(
    widget: ipywidgets.Widget, comm: Any, kind: str, data: Any = None, metadata: Any = None,
    buffers: Any = None, **about: Any,
) -> None:  # fmt: skip
    drawing = _under_way.get()
    publish = partial(type(comm).publish_msg, comm, kind, data, metadata, buffers, **about)
    if drawing is None:
        publish()
    elif kind == "comm_msg":
        drawing.parts.append(Part(widget, comm.comm_id, data, list(buffers or ())))
    else:
        drawing.after.append(publish)


def set_traits(widget: ipywidgets.Widget, **traits: Any) -> None:
    """Set traits in one message."""
    with widget.hold_sync():
        for name, value in traits.items():
            setattr(widget, name, value)
