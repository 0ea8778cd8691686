"""Splits of data sets that were made before, in the user's cache.

Making one takes a process that imports scikit-learn two seconds, at every opening of a page.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from importlib.metadata import version
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

MOST_BYTES = 20e6
"""Larger files are not kept: images, which are read from Keras's cache anyway."""


def place(script: Path, *asked: object) -> Path:
    """Say where a split is kept: another version, script or source of the data is another place."""
    from platformdirs import user_cache_path

    sources = [os.environ.get(name, "") for name in ("SCIKIT_LEARN_DATA", "KERAS_HOME")]
    key = repr((*asked, *sources, version("scikit-learn"), script.read_text(encoding="utf-8")))
    name = hashlib.sha256(key.encode()).hexdigest()[:24]
    return Path(user_cache_path("tunewidgets", appauthor=False), "data", f"{name}.npz")


def arrays_in(file: Path) -> dict[str, Any] | None:
    """Read a file's arrays; None where there is none, or a broken one."""
    import numpy as np

    try:
        with np.load(file, allow_pickle=False) as arrays:
            return dict(arrays)
    except (OSError, EOFError, ValueError, BadZipFile):
        return None


def keep(made: Path, file: Path) -> None:
    """Copy a split to its place, whole or not at all; without room or leave, it is made again."""
    if made.stat().st_size > MOST_BYTES:
        return
    draft = file.with_suffix(f".{os.getpid()}")
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(made, draft)
        draft.replace(file)
