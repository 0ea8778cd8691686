"""Samples on the device."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tunewidgets.training.compiled import on_device
from tunewidgets.training.data import read_data

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "int64", "uint8", "bool"])
def test_mapped_arrays_of_any_type_and_layout(tmp_path, dtype):
    x = (np.arange(60).reshape(20, 3) % 2).astype(dtype)
    for layout in (x, np.asfortranarray(x), x[::2]):
        part = read_data(layout, layout[:, 0]).saved(_new_folder(tmp_path)).opened().train
        rows = on_device(part)
        np.testing.assert_array_equal(rows.batch[0].numpy(), layout)
        np.testing.assert_array_equal(rows.batch[1].numpy(), layout[:, 0])
        expected = "float32" if layout.dtype.kind == "f" else dtype
        assert rows.batch[0].dtype.name == expected


def test_large_mapped_data_take_no_memory_of_their_own(tmp_path):
    """What is mapped is shared by all the workers."""
    x = np.ones((50_000, 200), "float32")  # 40 MB
    part = read_data(x, x[:, 0]).saved(tmp_path).opened().train
    on_device(read_data(x[:10], x[:10, 0]).train)  # TensorFlow is loaded
    before = _anonymous_bytes()
    rows = on_device(part)
    assert float(rows.batch[0][-1, -1]) == 1
    assert _anonymous_bytes() - before < 10e6


def _new_folder(parent: Path) -> Path:
    folder = parent / str(len(list(parent.iterdir())))
    folder.mkdir()
    return folder


def _anonymous_bytes() -> float:
    lines = Path("/proc/self/smaps_rollup").read_text(encoding="ascii").splitlines()
    (line,) = (line for line in lines if line.startswith("Anonymous:"))
    return float(line.split()[1]) * 1024
