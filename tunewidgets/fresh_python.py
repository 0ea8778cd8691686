"""A fresh Python that runs a module of ours: how it is called, and where it finds us."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def python_command(module: str, *numbers: float, main: str = "main") -> list[str]:
    """Have a fresh Python run a module's ``main``; nothing of the user's main script is."""
    call = f"{main}({', '.join(map(repr, numbers))})"
    return [sys.executable, "-P", "-c", f"from {module} import {main}; {call}"]


def python_path(also: str | None = None) -> str:
    """Where a fresh Python finds tunewidgets itself, however it is installed, and what else."""
    own = str(Path(__file__).resolve().parents[1])
    return os.pathsep.join([own, also] if also else [own])
