"""The command: ``lab`` serves one page, on this machine only; ``show`` and ``export``."""

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

import pytest

from tests.interrupts import hear_interrupts
from tunewidgets import cli, lesson


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    """The address at which the command serves a small notebook."""
    import nbformat  # takes two seconds

    notebook = tmp_path / "small.ipynb"
    cell = nbformat.v4.new_markdown_cell("A small page")
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), notebook)
    (tmp_path / "secret.txt").write_text("mine")
    server = subprocess.Popen(
        [sys.executable, "-m", "tunewidgets.cli", "lab", str(notebook), "--theme", "dark"],
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=hear_interrupts,
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


@pytest.fixture
def file(make, tmp_path: Path) -> Path:
    """A file with two studies: eight trials of one, none of the other."""
    path = tmp_path / "study.db"
    study = make(storage=path)
    assert study.search("grid").wait(20)
    study.enqueue({"n_neurons": 13})
    assert study.wait(20)
    study.close()
    make(storage=path, name="empty", objective="val_accuracy").close()
    return path


def test_show_has_the_best_first(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["show", str(file), "--name", "study"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == (
        "study | minimize val_loss | 9 trials (8 complete, 1 failed) | best 1 (trial 5)"
    )
    assert lines[2].split() == [
        "trial", "state", "val_loss", "n_neurons", "learning_rate", "epochs", "time", "from",
    ]  # fmt: skip
    assert lines[3].split() == ["5", "complete", "1.000", "2", "0.1", "2", "1.0", "s", "grid-1"]
    assert lines[-1].split()[:4] == ["8", "failed", "—", "13"]
    assert lines[-1].split()[-1] == "you"


def test_show_tells_of_every_study(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["show", str(file), "--top", "2"]) == 0
    out = capsys.readouterr().out
    assert "... and 7 trials more: --top 9" in out
    assert "empty | maximize val_accuracy | 0 trials\n" in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["show", "FILE", "--name", "b"], "holds 'study', 'empty', but got name='b'"),
        (["show", "none.db"], "none.db"),
        (["show", "FILE", "--top", "0"], "--top must be at least 1, but got 0"),
        (["export", "FILE", "-o", "a.csv"], "--name must say which study"),
        (["export", "FILE", "-o", "a.xls"], "must end in .csv or .html, but got 'a.xls'"),
        (["export", "FILE", "--name", "study", "-o", "no/a.csv"], "choose another path"),
    ],
)
def test_what_cannot_be_is_told_in_a_sentence(
    file: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    assert cli.main([str(file) if word == "FILE" else word for word in words]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert told.startswith(f"tunewidgets {words[0]}: ")
    assert told.count("\n") == 1


def test_export_by_ending(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table, page = tmp_path / "trials.csv", tmp_path / "report.HTML"
    for out in (table, page):
        assert cli.main(["export", str(file), "--name", "study", "-o", str(out)]) == 0
    assert "9 trials of 'study'" in capsys.readouterr().out
    assert len(table.read_text().splitlines()) == 10
    assert page.read_text().startswith("<!DOCTYPE html>")


def test_show_needs_no_widgets(file: Path) -> None:
    code = (
        "import sys; from tunewidgets import cli; cli.main(['show', sys.argv[1]]);"
        "sys.exit(bool({'ipywidgets', 'keras', 'pandas', 'optuna'} & set(sys.modules)))"
    )
    subprocess.run([sys.executable, "-c", code, str(file)], check=True, stdout=subprocess.DEVNULL)
