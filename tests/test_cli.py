"""``tunewidgets lab``: one page, on this machine only."""

from __future__ import annotations

import http.client
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import nbformat
import pytest

from tunewidgets import cli, lesson


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    """The address at which the command serves a small notebook."""
    notebook = tmp_path / "small.ipynb"
    cell = nbformat.v4.new_markdown_cell("A small page")
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), notebook)
    (tmp_path / "secret.txt").write_text("mine")
    server = subprocess.Popen(
        [sys.executable, "-m", "tunewidgets.cli", "lab", str(notebook), "--theme", "dark"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    with server:
        try:
            lines = iter(server.stdout.readline, "")
            yield next(line.strip() for line in lines if line.startswith("http://"))
        finally:
            server.send_signal(signal.SIGINT)
            assert server.wait(20) == 0


def get(address: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("localhost", urlsplit(address).port, timeout=60)
    with closing(connection):
        connection.request("GET", urlsplit(address).path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


@pytest.mark.slow
def test_lab_serves_one_notebook_and_nothing_else(served: str) -> None:
    status, page = get(served)
    assert status == 200
    assert "A small page" in page
    assert 'data-jp-theme-light="false"' in page
    assert get(served + "voila/files/secret.txt")[0] == 403
    for path in ("voila/tree", "voila/render/secret.txt", "voila/api/contents", "api/contents"):
        _, page = get(served + path)
        assert "secret" not in page
        assert "small.ipynb" not in page


def test_help_teaches(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([]) == 0
    assert "serve the labs as pages" in capsys.readouterr().out
    with pytest.raises(SystemExit, match="0"):
        cli.main(["lab", "--help"])
    assert "tunewidgets lab --theme dark" in capsys.readouterr().out


def test_the_labs_are_found() -> None:
    assert (lesson.notebooks() / "index.ipynb").is_file()
    assert (lesson.notebooks() / "01_first_lab.ipynb").is_file()


def test_a_missing_notebook_is_named(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert cli.main(["lab", str(tmp_path / "none.ipynb")]) == 2
    assert "must be an .ipynb file" in capsys.readouterr().err
    assert cli.main(["lab", str(tmp_path)]) == 2
    assert "is another kind of file" in capsys.readouterr().err


def test_a_port_in_use_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("localhost", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert cli.main(["lab", "--port", str(port)]) == 2
    assert f"--port must be free, but got {port}" in capsys.readouterr().err


def test_a_port_out_of_range_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["lab", "--port", "70000"]) == 2
    assert "--port must be from 1 to 65535, but got 70000" in capsys.readouterr().err
