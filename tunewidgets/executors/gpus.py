"""Which GPUs the workers may have, found without TensorFlow and without using any."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

DRIVER_FOLDER = Path("/proc/driver/nvidia/gpus")
"""The NVIDIA driver has a folder for each GPU here."""

ASK_S = 10.0
"""How long ``nvidia-smi`` may take to answer."""


def usable_gpus() -> tuple[str, ...]:
    """List the GPUs that this machine has and the installed TensorFlow can use."""
    try:
        distribution("tensorflow")
    except PackageNotFoundError:
        return ()  # tensorflow-cpu, or none
    return visible_gpus(os.environ)


def visible_gpus(environ: Mapping[str, str], folder: Path = DRIVER_FOLDER) -> tuple[str, ...]:
    """List the GPUs as ``CUDA_VISIBLE_DEVICES`` names them.

    Parameters
    ----------
    environ
        Its ``CUDA_VISIBLE_DEVICES`` decides; without it, the driver's folder is looked at, and
        where there is none (as in WSL), ``nvidia-smi`` on its ``PATH`` is asked.
    folder
        The driver's.
    """
    named = environ.get("CUDA_VISIBLE_DEVICES")
    if named is not None:
        gpus = [name.strip() for name in named.split(",")]
        # CUDA ignores an invalid name and all that follow.
        end = next((n for n, name in enumerate(gpus) if name in ("", "-1")), len(gpus))
        return tuple(gpus[:end])
    n_gpus = len(list(folder.iterdir())) if folder.is_dir() else _n_told_by_nvidia_smi(environ)
    return tuple(map(str, range(n_gpus)))


def _n_told_by_nvidia_smi(environ: Mapping[str, str]) -> int:
    program = shutil.which("nvidia-smi", path=environ.get("PATH", ""))
    if program is None:
        return 0
    try:
        told = subprocess.run(  # noqa: S603 - found on the user's own PATH
            [program, "-L"], capture_output=True, text=True, timeout=ASK_S, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return 0  # a driver that does not answer trains nothing either
    return sum(line.startswith("GPU ") for line in told.stdout.splitlines())


def emptiest(gpus: Sequence[str], taken: Sequence[str | None]) -> str | None:
    """Choose the GPU with the fewest workers, given the GPU of each; None where there is none."""
    return min(gpus, key=taken.count, default=None)
