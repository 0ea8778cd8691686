"""How what kernels say goes to the pages that `tunewidgets lab` serves.

Voilà's handler of a page's websocket passes each message on as it comes. A drawing is a handful of
messages and a page that opens is hundreds, and a page paints whenever it has time between two. So
here they wait a moment for one another and travel together.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

TOGETHER_S = 0.01
"""So long a message waits for others."""


def mend_sockets() -> None:
    """Have messages travel together, and Voilà look only into those whose format it knows.

    Voilà (0.5.13) looks for a header as in the protocol that a page agrees on when it connects.
    Messages are in the protocol before that one for a client that agrees on none, and for a page
    that is gone before its kernel is told. In those the first bytes are no count of parts, but
    Voilà counts to it: no other page is answered meanwhile, and gigabytes are taken.
    """
    from tornado.ioloop import IOLoop
    from tornado.websocket import WebSocketClosedError, WebSocketHandler
    from voila.app import VoilaKernelWebsocketHandler as Handler  # type: ignore[import-untyped]

    by_voila = Handler.write_message

    def write_message(self: Any, message: Any, binary: bool = False) -> None:
        if self.ws_connection is None:
            raise WebSocketClosedError
        waiting = vars(self).setdefault("unsent", [])
        waiting.append((message, binary))
        if len(waiting) == 1:
            IOLoop.current().call_later(TOGETHER_S, write_waiting, self)

    def write_waiting(self: Any) -> None:
        waiting, self.unsent = self.unsent, []
        page = self.ws_connection
        if page is None or page.stream.closed():  # it has gone meanwhile
            return
        write = by_voila if self.selected_subprotocol else WebSocketHandler.write_message
        with _corked(page.stream.socket):
            for message, binary in waiting:
                write(self, message, binary)

    Handler.write_message = write_message


@contextmanager
def _corked(connection: socket.socket) -> Iterator[None]:
    """Send what is written in here at once, on Linux in as few packets as it takes.

    TCP by itself sends the first packet, and keeps a small one back until word comes that the last
    has arrived (Nagle's algorithm, RFC 896).
    """
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if sys.platform == "linux":
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
    try:
        yield
    finally:
        if sys.platform == "linux":
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 0)
