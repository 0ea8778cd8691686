"""The one thread that owns a desk's widgets.

Widget callbacks and study events arrive on many threads. None of them touches a widget: they
put a command on a queue, or poke, and this thread wakes up, carries the commands out in order
and draws. Drawing is coalesced to a few times a second at most, not all of it each time (`Pace`),
but what answers a command is drawn at once. The thread never needs the main one, so the lab goes on
while a cell is busy. What merely happens, rather than answers, is drawn only while somebody
watches.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from functools import partial

from loky import cpu_count

from tunewidgets.widgets.commands import BY_ITSELF, Command
from tunewidgets.widgets.pace import Pace

JOIN_S = 5.0


class Loop:
    """Carries commands out and draws, on its own daemon thread.

    Parameters
    ----------
    handle
        Carries one command out.
    render
        Draws the present state.
    refresh
        Draws what goes on, and leaves what began and ended for `render`.
    fault
        Shows an error that any of them raised; the loop goes on.
    is_watched
        Whether what happens is worth drawing; whoever makes it so sends a command.
    pace
        When to draw next; None for this machine's.
    """

    def __init__(
        self,
        handle: Callable[[Command], None],
        render: Callable[[], None],
        refresh: Callable[[], None],
        fault: Callable[[Exception], None],
        is_watched: Callable[[], bool] = lambda: True,
        pace: Pace | None = None,
    ) -> None:
        self._handle = handle
        self._render = render
        self._refresh = refresh
        self._fault = fault
        self._is_watched = is_watched
        self._commands: deque[Command] = deque()
        self._wake = threading.Event()
        self._poked = False
        self._closed = False
        self._pace = pace or Pace(cpu_count())
        self._thread = threading.Thread(target=self._run, name="tunewidgets-lab", daemon=True)

    def start(self) -> None:
        """Start the thread; the first drawing comes at once."""
        self.poke()
        self._thread.start()

    def send(self, command: Command) -> None:
        """Queue a command; returns at once, from any thread."""
        self._commands.append(command)
        self._wake.set()

    def poke(self) -> None:
        """Say that something changed; returns at once, from any thread."""
        self._poked = True
        self._wake.set()

    def close(self) -> None:
        """End the thread; nothing is drawn any more once this returns."""
        self._closed = True
        self._wake.set()
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self._thread.join(JOIN_S)

    def _run(self) -> None:
        due = 0.0
        while True:
            wait_s = max(0.0, due - time.monotonic()) if self._poked else None
            self._wake.wait(wait_s)
            self._wake.clear()
            if self._closed:
                return
            answered = self._drain()
            if answered or (self._poked and time.monotonic() >= due):
                is_whole = self._pace.is_whole() or answered
                self._poked = not is_whole
                if answered or self._is_watched():
                    self._guarded(self._render if is_whole else self._refresh)
                due = time.monotonic() + self._pace.frame_s

    def _drain(self) -> bool:
        any_done = False
        while self._commands and not self._closed:
            command = self._commands.popleft()
            if not isinstance(command, BY_ITSELF):
                self._pace.touch()
            self._guarded(partial(self._handle, command))
            any_done = True
        return any_done

    def _guarded(self, act: Callable[[], None]) -> None:
        try:
            act()
        except Exception as error:
            self._fault(error)
