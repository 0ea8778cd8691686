"""Work that Ctrl-C must not cut in two, as a transaction and what is made of its end.

An interrupt comes to the main thread alone. There it ends the waiting for such work, and nothing
else: the work is done in a thread of its own.
"""

from __future__ import annotations

import threading
from collections.abc import Callable


def undisturbed(act: Callable[[], None]) -> None:
    """Call a function to its end, whatever interrupts come meanwhile, and raise what it raises.

    Raises
    ------
    KeyboardInterrupt
        On Ctrl-C. The function goes on.
    """
    if threading.current_thread() is not threading.main_thread():
        act()
        return
    errors: list[Exception] = []

    def run() -> None:
        try:
            act()
        except Exception as error:
            errors.append(error)

    thread = threading.Thread(target=run, name="tunewidgets-undisturbed")
    try:
        thread.start()
    except RuntimeError:  # Python is about to end and starts no thread any more
        act()
        return
    thread.join()
    if errors:
        raise errors[0]
