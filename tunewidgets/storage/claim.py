"""Who writes to a study: a process that can be told from a later one with the same number.

A process number alone says little, since numbers come round again; with the time at which the
process started, and the host, it names one process for good. So a claim needs no release to
end: when its process is gone, it is void.
"""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass

# The clock may be set between two readings of when a process started.
_SAME_START_S = 2.0


@dataclass(frozen=True, slots=True)
class Writer:
    """A process that claimed a study.

    Attributes
    ----------
    pid
        The process's number.
    started
        When it started, in seconds since 1970.
    host
        The computer it runs on.
    """

    pid: int
    started: float
    host: str

    @property
    def is_here(self) -> bool:
        """Whether it ran on this computer."""
        return self.host == platform.node()

    @property
    def is_this_process(self) -> bool:
        """Whether it is the very process that asks."""
        return self.is_here and self.pid == os.getpid() and self.is_alive

    @property
    def is_elsewhere(self) -> bool:
        """Whether it is another process of this computer, which goes on."""
        return self.is_alive and not self.is_this_process

    @property
    def is_alive(self) -> bool:
        """Whether it goes on, on this computer; False for another computer, as nobody can tell."""
        import psutil

        if not self.is_here:
            return False
        try:
            process = psutil.Process(self.pid)
            started = process.create_time()
            # A killed process stays as a zombie until its parent asks for it.
            is_zombie = process.status() == psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False
        except psutil.AccessDenied:  # it is there, and somebody else's
            return True
        return not is_zombie and abs(started - self.started) < _SAME_START_S


def this_process() -> Writer:
    """Name the process that asks."""
    import psutil

    return Writer(os.getpid(), psutil.Process().create_time(), platform.node())
