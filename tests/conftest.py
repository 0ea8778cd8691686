"""What all tests share: where the California housing data may lie, and clean-ups."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# Machines that cannot download data sets keep scikit-learn's cache beside the repository.
SHARED_CACHE = ROOT.parent / "shared" / "data" / "scikit_learn"
if SHARED_CACHE.is_dir():
    os.environ.setdefault("SCIKIT_LEARN_DATA", str(SHARED_CACHE))


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder that the repository is checked out in."""
    return ROOT
