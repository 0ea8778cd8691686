"""Where the lessons lie, and the small studies that come with them.

A lesson's page has something to show at once: trials that were made before. Everybody who opens
it gets a copy of that study's file, to train more in.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
from pathlib import Path

from tunewidgets.datasets import Dataset
from tunewidgets.errors import StorageError
from tunewidgets.language import translate as tr

STUDIES = "studies"
MODEL = ".keras"


def notebooks() -> Path:
    """Give the lessons' folder: the wheel carries it in the package, a checkout beside it."""
    package = Path(__file__).parents[1]
    inside = package / "notebooks"
    return inside if inside.exists() else package.parent / "notebooks"


def stored(name: str) -> Path:
    """Copy a study that comes with the lessons, to be gone on with, or a model to start from.

    Parameters
    ----------
    name
        A study's, without the ending; or a model's, as ``"09_transfer.keras"``.

    Returns
    -------
    Path
        The copy; it is removed when the process ends.

    Raises
    ------
    StorageError
        Where there is none of that name.
    """
    folder = notebooks() / STUDIES
    source = folder / (name if name.endswith(MODEL) else f"{name}.db")
    if not source.is_file():
        models = [file.name for file in folder.glob(f"*{MODEL}")]
        there = ", ".join(sorted([file.stem for file in folder.glob("*.db")] + models)) or "none"
        raise StorageError(f"The lessons' studies are {there}, but got {name!r}: name one of them.")
    copy = Path(tempfile.mkdtemp(prefix="tunewidgets-"))
    atexit.register(shutil.rmtree, copy, ignore_errors=True)
    return Path(shutil.copy(source, copy))


def note(data: Dataset) -> str | None:
    """Say, where other data had to do, that the trials a lesson tells of are not in its lab."""
    if data.note is None:
        return None
    empty = tr(
        "The trials and figures that this page tells of were made with the data that is missing, "
        "so the lab begins without any."
    )
    return f"{data.note} {empty}"
