"""Every notebook runs from top to bottom and is handed out clean."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import nbformat

NOTEBOOKS = sorted(Path(__file__).parents[1].joinpath("notebooks").glob("*.ipynb"))


def code_cells(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request: pytest.FixtureRequest) -> nbformat.NotebookNode:
    import nbformat  # takes two seconds

    return nbformat.read(request.param, as_version=4)


def test_there_is_a_first_lab() -> None:
    assert "01_first_lab.ipynb" in {path.name for path in NOTEBOOKS}


def test_it_has_no_outputs_and_runs_on_any_python_3(notebook: nbformat.NotebookNode) -> None:
    import nbformat

    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "python3"
    for cell in code_cells(notebook):
        assert cell.outputs == []
        assert cell.execution_count is None


def test_its_code_is_short(notebook: nbformat.NotebookNode) -> None:
    """Words stand in cells whose source is hidden; what is left is to be read."""
    seen = [
        c for c in code_cells(notebook) if not c.metadata.get("jupyter", {}).get("source_hidden")
    ]
    lines = [line for cell in seen for line in cell.source.splitlines()]
    assert len([line for line in lines if line.strip()]) < 40


def test_its_words_are_in_both_languages(notebook: nbformat.NotebookNode) -> None:
    said = notebook.metadata.get("tunewidgets")
    if said:
        assert said["title"].keys() == said["summary"].keys() == {"en", "ko"}
        for cell in code_cells(notebook):
            counts = {len(re.findall(rf"\b{tag}=", cell.source)) for tag in ("en", "ko")}
            assert len(counts) == 1, cell.source


@pytest.mark.slow
def test_it_runs(notebook: nbformat.NotebookNode) -> None:
    from nbclient import NotebookClient

    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    outputs = [output for cell in code_cells(notebook) for output in cell.outputs]
    # What is meant to be seen, and nothing printed beside it.
    assert {output.output_type for output in outputs} == {"execute_result"}
    widget = "application/vnd.jupyter.widget-view+json"
    assert any(widget in output.data or "text/html" in output.data for output in outputs)
