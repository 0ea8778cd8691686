"""A kernel that stands by for the next page of `tunewidgets lab`.

Most of what a person waits for when a page opens is a new Python that imports IPython and the
widgets. Here that has been done before they come: a kernel has started and imported, and has run
nothing of a notebook. It is given what a new one would have been given, a folder and an
environment, and another takes its place once the page has had time to load.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager

from tunewidgets.executors.resources import may_warm

KERNEL = "python3"
"""Which kind stands by; a notebook of another kind has a new kernel."""

AGAIN_S = 6.0
"""So long after one was taken the next is started: the page that took it has loaded by then."""

READY_S, SETTLED_S = 60.0, 5.0
"""How long a kernel may take to start and import, and to settle where it is sent."""

IMPORTS = "import tunewidgets.lesson, tunewidgets.widgets; del tunewidgets"
"""Leaves no name behind: a notebook that lacks an import fails here as anywhere."""

SETTLE = """
import json, os
os.environ.update(json.loads({environment!r}))
os.chdir({folder!r})
del json, os
"""


class StandbyKernels(AsyncMappingKernelManager):
    """Starts kernels, the first of them before it is asked for, once `stand_by` has been called."""

    _standing_by: asyncio.Task[tuple[str, Any]] | None = None

    def stand_by(self) -> None:
        """Have a kernel ready for the next page, where the machine has room for it."""
        if self._standing_by is None and may_warm():
            self._standing_by = asyncio.create_task(self._prepare())

    async def start_kernel(self, **asked: Any) -> str:  # type: ignore[override]
        """Start a kernel, or hand the one out that stands by.

        Parameters
        ----------
        **asked
            As jupyter_server takes them, among them ``kernel_name``, ``path`` and ``env``.

        Returns
        -------
        str
            The kernel's identifier.
        """
        if self._standing_by is not None and _is_for_a_page(asked):
            taken, self._standing_by = self._standing_by, None
            asyncio.get_running_loop().call_later(AGAIN_S, self.stand_by)
            with contextlib.suppress(Exception):  # whatever ails it, a new one will do
                return await self._settle(await taken, asked["path"], asked["env"])
        started: str = await super().start_kernel(**asked)
        return started

    async def _prepare(self) -> tuple[str, Any]:
        """Start a kernel and have it import; give its name and a client of it."""
        name = await super().start_kernel(kernel_name=KERNEL)
        client = self._manager_of(name).client()
        client.start_channels()
        async with self._or_ended(name, client):
            await client.wait_for_ready(READY_S)
            await client.execute(IMPORTS, silent=True, reply=True, timeout=READY_S)
        return name, client

    async def _settle(self, ready: tuple[str, Any], path: str, environment: dict[str, str]) -> str:
        """Have the kernel that stands by stand where a page's kernel stands."""
        name, client = ready
        async with self._or_ended(name, client):
            if not await self._manager_of(name).is_alive():
                raise RuntimeError("The kernel that stood by has died.")
            folder = self.cwd_for_path(path)  # type: ignore[no-untyped-call]
            code = SETTLE.format(environment=json.dumps(environment), folder=folder)
            await client.execute(code, silent=True, reply=True, timeout=SETTLED_S)
        client.stop_channels()
        return name

    @contextlib.asynccontextmanager
    async def _or_ended(self, name: str, client: Any) -> AsyncIterator[None]:
        """End a kernel with which something goes wrong in here: no page would ever have it."""
        try:
            yield
        except BaseException:
            client.stop_channels()
            if name in self:
                await self.shutdown_kernel(name, now=True)  # type: ignore[no-untyped-call]
            raise

    def _manager_of(self, name: str) -> Any:
        return self.get_kernel(name)


def _is_for_a_page(asked: dict[str, Any]) -> bool:
    """Whether a kernel is asked for that a page waits for, and not one that Voilà prepares."""
    if asked.keys() != {"kernel_name", "path", "env"} or asked["kernel_name"] != KERNEL:
        return False
    return bool(asked["env"].get("VOILA_PREHEAT") != "True")
