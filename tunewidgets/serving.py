"""Serving notebooks as pages with Voilà, and ending the kernels that pages leave behind.

Voilà gives each page a kernel of its own, and leaves it running when the page is closed or
loaded anew. A lab's kernel has workers too, so it is ended some minutes after its last page
went. Kernels that no page has had yet are those prepared for the next visitor: they stay.
"""

from __future__ import annotations

import logging
import os
import time
from pathlib import Path
from typing import Any

LEFT_S = 180
"""A page may be away for so long, as a laptop that sleeps, and find its kernel again."""
LOOK_S = 20
STAND_BY_S = 2
"""After so long a kernel is made ready for the second page: the first page has come by then."""
PING_MS = 30_000
ONLY_OWN_STYLES = "frame-ancestors 'self'; style-src 'self' 'unsafe-inline'; font-src 'self' data:"
"""Voilà's template asks another site for icons that no lab has; a page would wait for it."""
ALL_BUT_INDEX = r"(?!.*index\.ipynb$)"
"""Notebooks of a folder whose pages are not made beforehand."""


class Caretaker:
    """Ends the kernels whose pages have gone.

    Parameters
    ----------
    kernels
        The server's kernel manager.
    """

    def __init__(self, kernels: Any) -> None:
        self._kernels = kernels
        self._connected_at: dict[str, float] = {}

    async def look(self) -> None:
        """See which kernels have pages, and end those that lost theirs some time ago."""
        now = time.monotonic()
        kernels = self._kernels.list_kernels()
        there = {kernel["id"] for kernel in kernels}  # a page that is left ends its own
        self._connected_at = {k: at for k, at in self._connected_at.items() if k in there}
        for kernel in kernels:
            name = kernel["id"]
            if kernel["connections"]:
                self._connected_at[name] = now
            elif now - self._connected_at.get(name, now) > LEFT_S:
                del self._connected_at[name]
                await self._kernels.shutdown_kernel(name)


def serve(
    what: Path,
    *,
    port: int,
    port_retries: int = 0,
    theme: str = "light",
    browser: bool = False,
    prepared: bool = False,
) -> None:
    """Serve a notebook, or a folder of them, on this machine, and print the address.

    Parameters
    ----------
    what
        The only notebook that is served, or a folder with an ``index.ipynb``, which is the first
        page.
    port, port_retries
        Where, and how many ports above it to try.
    theme
        ``"light"`` or ``"dark"``.
    browser
        Whether to open one.
    prepared
        Whether the next visitor's first page is made before they come. Not for a notebook whose
        study is kept in a file, which only one kernel at a time can have.
    """
    from tornado.ioloop import IOLoop, PeriodicCallback
    from tornado.routing import URLSpec
    from tornado.web import RedirectHandler
    from voila.app import Voila  # type: ignore[import-untyped]

    from tunewidgets.executors.server_nursery import ServerNursery
    from tunewidgets.sockets import mend_sockets

    # Each page that is left says so, in a way that Voilà refuses; the caretaker sees it too.
    logging.getLogger("tornado").setLevel(logging.ERROR)
    mend_sockets()
    nursery = ServerNursery()
    server: Any = Voila.instance()
    server.initialize(
        [
            str(what.resolve()),
            "--Voila.ip=localhost",
            f"--Voila.port={port}",
            f"--Voila.port_retries={port_retries}",
            f"--Voila.open_browser={browser}",
            "--Voila.log_level=ERROR",
            "--VoilaConfiguration.template=lab",
            f"--VoilaConfiguration.theme={theme}",
            "--VoilaConfiguration.show_tracebacks=True",
            # Which languages a page's reader prefers; see language.py.
            "--VoilaConfiguration.http_header_envs=Accept-Language",
            "--VoilaConfiguration.multi_kernel_manager_class=tunewidgets.standby.StandbyKernels",
            f"--VoilaConfiguration.preheat_kernel={prepared}",
            "--VoilaConfiguration.default_pool_size=1",
            # Kernels talk by files that only this user can read, where the system has such.
            *(["--ConnectionFileMixin.transport=ipc"] if os.name == "posix" else []),
            # A page made beforehand cannot know its reader's language: the index holds both.
            *([f"--VoilaKernelManager.preheat_denylist={ALL_BUT_INDEX}"] if what.is_dir() else []),
        ]
    )

    # In milliseconds; jupyter_server's own is longer than its interval, which Tornado complains of.
    server.tornado_settings = {
        "ws_ping_interval": PING_MS,
        "ws_ping_timeout": PING_MS,
        "headers": {"Content-Security-Policy": ONLY_OWN_STYLES},
    }

    def ready() -> None:
        if what.is_dir():
            to_index = {"url": "/voila/render/index.ipynb", "permanent": False}
            rules = server.app.default_router.rules  # the first that matches holds
            rules.insert(0, URLSpec("/", RedirectHandler, to_index))
        print(f"The lab is ready at\n{server.display_url}", flush=True)  # noqa: T201
        PeriodicCallback(Caretaker(server.kernel_manager).look, LOOK_S * 1000).start()
        nursery.start()
        IOLoop.current().call_later(STAND_BY_S, server.kernel_manager.stand_by)

    # Runs once the loop does, that is when the server listens and knows its port.
    IOLoop.current().add_callback(ready)
    try:
        server.start()
    finally:
        nursery.close()
