"""Where what is taken away goes: the path of a file, read and written with errors in words."""

from __future__ import annotations

import os
from pathlib import Path

from tunewidgets.errors import StudyError


def path_of(path: object, example: str) -> Path:
    """Read the path of a file.

    Raises
    ------
    StudyError
        For what is no path.
    """
    if not isinstance(path, str | os.PathLike) or "\0" in str(os.fspath(path)):
        raise StudyError(f"path must be that of a file, but got {path!r:.80}: write {example!r}.")
    return Path(path).expanduser()


def written(text: str, path: str | os.PathLike[str] | None, example: str) -> str:
    """Write a text to a file, where one is named, and give it back.

    Raises
    ------
    StudyError
        Where it cannot be written there.
    """
    if path is not None:
        try:
            path_of(path, example).write_text(text, encoding="utf-8", newline="")
        except OSError as error:
            raise StudyError(
                f"{os.fspath(path)!r} must be a file that can be written, but got "
                f"{error.strerror!r}: choose another path."
            ) from error
    return text
