"""Kernels end after their pages; what is served asks nothing of other machines, and goes on."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psutil
import pytest
import serve
from playwright.sync_api import expect

from tests.browser.conftest import rows, study_cell, wait_for
from tunewidgets.storage import SQLiteStorage

pytestmark = pytest.mark.slow

SERVE = """
import sys
from pathlib import Path
from tunewidgets import serving, standby
serving.LEFT_S, serving.LOOK_S, serving.STAND_BY_S, standby.AGAIN_S = 1, 0.25, 0.5, 3
serving.serve(Path(sys.argv[1]), port=8866, port_retries=50, prepared="prepared" in sys.argv)
"""


MOVING = """
import threading, time
import ipywidgets

image = ipywidgets.Image(value=b"0")

def move():
    while True:
        time.sleep(0.05)
        image.value = b"%d" % (int(image.value) + 1)

threading.Thread(target=move, daemon=True).start()
ipywidgets.Button(description="hello")
"""


def test_a_client_of_an_older_protocol_does_not_hold_the_server_up(tmp_path, page):
    with serve.lab(serve.write_notebook(tmp_path / "moving.ipynb", [MOVING])) as address:
        sockets = []
        page.on("websocket", lambda socket: sockets.append(socket.url))
        page.goto(address)
        expect(page.get_by_role("button", name="hello")).to_be_visible()
        channels = next(url for url in sockets if "/channels" in url)
        kinds = page.evaluate(
            """url => new Promise(done => {
                const old = new WebSocket(url), kinds = [];
                old.onmessage = message => {
                    kinds.push(typeof message.data);
                    if (kinds.includes("object")) { old.close(); done(kinds); }
                };
            })""",
            channels.replace("session_id=", "session_id=older-"),
        )
        assert "object" in kinds  # a picture's bytes, for which the server would count for ever
        page.reload()
        expect(page.get_by_role("button", name="hello")).to_be_visible()


BURST = """
import ipywidgets

label, button = ipywidgets.Label(), ipywidgets.Button(description="count")

def count(_):
    for number in range(300):
        label.value = f"step {number}"

button.on_click(count)
ipywidgets.VBox([button, label])
"""


def test_what_a_kernel_says_in_a_burst_arrives_whole_and_in_order(tmp_path, page):
    with serve.lab(serve.write_notebook(tmp_path / "burst.ipynb", [BURST])) as address:
        told = []

        def hear(payload):
            text = payload if isinstance(payload, bytes) else payload.encode()
            told.extend(int(number) for number in re.findall(rb"step (\d+)", text))

        page.on("websocket", lambda socket: socket.on("framereceived", hear))
        page.goto(address)
        page.get_by_role("button", name="count").click()
        expect(page.get_by_text("step 299")).to_be_visible()
        assert told == list(range(300))


DRAWING = """
import ipywidgets
from tunewidgets.widgets.sending import Drawings

drawings = Drawings(lambda: drawings.repeat())
labels = [ipywidgets.Label("begun") for _ in range(3)]
draw, lose = (ipywidgets.Button(description=name) for name in ("draw", "lose"))
drawings.carry(labels)

def say(words, *some):
    with drawings.together():
        for label in some:
            label.value = words

def lost(_):
    send, drawings.send = drawings.send, lambda *message: None
    say("lost", labels[0])
    drawings.send = send

numbers = iter(range(1, 9))
draw.on_click(lambda _: say(f"drawn {next(numbers)}", *labels[1:]))
lose.on_click(lost)
state = ipywidgets.Label("being loaded")
drawings.on_msg(lambda _, told, __: state.set_trait("value", told["kind"]))
ipywidgets.VBox([draw, lose, state, *labels])
"""


def test_a_drawing_comes_in_one_message_and_one_that_was_missed_is_made_up_for(tmp_path, page):
    with serve.lab(serve.write_notebook(tmp_path / "drawing.ipynb", [DRAWING])) as address:
        told = []

        def hear(payload):
            text = payload if isinstance(payload, bytes) else payload.encode()
            if b"drawn 1" in text:
                told.append(text)

        page.on("websocket", lambda socket: socket.on("framereceived", hear))
        page.goto(address)
        expect(page.get_by_text("heard", exact=True)).to_be_visible()
        page.get_by_role("button", name="draw").click()
        expect(page.get_by_text("drawn 1")).to_have_count(2)
        assert len(told) == 1
        page.get_by_role("button", name="lose").click()
        page.get_by_role("button", name="draw").click()
        expect(page.get_by_text("drawn 2")).to_have_count(2)
        expect(page.get_by_text("lost")).to_be_visible()


HELLO = "import ipywidgets; ipywidgets.Button(description='hello')"


def test_a_closed_page_leaves_no_kernel_behind(tmp_path, browser):
    notebook = serve.write_notebook(tmp_path / "hello.ipynb", [HELLO])
    with served(notebook, "prepared") as (server, address):
        kept, left = (browser.new_page() for _ in range(2))
        abroad = asked_of_others(kept)
        for page in (kept, left):
            page.goto(address)
            expect(page.get_by_role("button", name="hello")).to_be_visible()
        wait_for(lambda: len(kernels(server)) == 4, kept)  # two pages, one prepared, one more
        assert {request.failure for request in abroad} <= {"csp"}  # no network is waited for
        left.close()
        wait_for(lambda: len(kernels(server)) == 3, kept)
        kept.wait_for_timeout(2500)  # longer than a page may be away
        assert len(kernels(server)) == 3
        kept.close()


@contextmanager
def served_by_jupyterlab(notebook: Path) -> Iterator[str]:
    with serve.jupyterlab(notebook.parent) as address:
        yield f"{address}/voila/render/{notebook.name}"


@pytest.mark.parametrize("server", [serve.lab, served_by_jupyterlab])
def test_a_page_that_is_left_ends_its_kernel_and_one_loaded_anew_goes_on(server, tmp_path, page):
    file = tmp_path / "study.db"
    notebook = serve.write_notebook(
        tmp_path / "left.ipynb", [study_cell(file, epochs=5), "tw.Lab(study)"]
    )
    with server(notebook) as address, closing(SQLiteStorage(file)) as kept:
        page.goto(address)
        page.get_by_role("button", name="Train these values").click()
        expect(rows(page, "complete")).to_have_count(1)
        page.reload()
        expect(page.get_by_role("button", name="Train these values")).to_be_enabled()
        expect(rows(page, "complete")).to_have_count(1)
        assert kept.has_live_writer("A small study")
        page.goto("about:blank")
        wait_for(lambda: not kept.has_live_writer("A small study"), page)


WHERE = """
import os, sys
had_all = "tunewidgets.widgets" in sys.modules
import ipywidgets
left = {"json", "tunewidgets"} & set(dir())
said = os.getpid(), had_all, os.getcwd(), os.environ["QUERY_STRING"], len(left)
ipywidgets.Label(" ".join(map(str, said)))
"""


def test_a_page_has_the_kernel_that_stood_by_as_if_it_were_its_own(tmp_path, page):
    with served(serve.write_notebook(tmp_path / "where.ipynb", [WHERE])) as (server, address):
        wait_for(lambda: kernels(server), page)
        first = kernels(server)
        page.goto(f"{address}?lang=ko")
        expect(page.get_by_text(f"{first[0]} True {tmp_path} lang=ko 0")).to_be_visible()
        wait_for(lambda: len(kernels(server)) == 2, page)  # the next one stands by
        (second,) = set(kernels(server)) - set(first)
        page.goto(f"{address}?lang=en")
        expect(page.get_by_text(f"{second} True {tmp_path} lang=en 0")).to_be_visible()
        page.goto(f"{address}?lang=en&soon")  # before there is another
        expect(page.get_by_text(f"{tmp_path} lang=en&soon 0")).to_be_visible()


def test_a_kernel_that_died_while_it_stood_by_is_not_missed(tmp_path, page):
    with served(serve.write_notebook(tmp_path / "where.ipynb", [WHERE])) as (server, address):
        wait_for(lambda: kernels(server), page)
        os.kill(kernels(server)[0], signal.SIGKILL)
        page.goto(f"{address}?lang=ko")
        expect(page.get_by_text(f"{tmp_path} lang=ko 0")).to_be_visible()
        page.wait_for_timeout(6000)  # longer than it takes to start another, or it again
        assert len(kernels(server)) == 2  # the page's, and the next that stands by


@contextmanager
def served(notebook: Path, *how: str) -> Iterator[tuple[int, str]]:
    """Serve a notebook, look often for pages that went; give the process and the address."""
    command = [sys.executable, "-c", SERVE, str(notebook), *how]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as server:
        try:
            while not (line := server.stdout.readline().decode()).startswith("http://"):
                assert server.poll() is None
            yield server.pid, line.strip()
        finally:
            server.terminate()


def asked_of_others(page):
    """Collect what a page requests from other machines than this."""
    asked = []
    page.on("request", lambda r: asked.append(r) if r.url.startswith("https:") else None)
    return asked


def kernels(pid: int) -> list[int]:
    """Process ids of a server's kernels."""
    children = psutil.Process(pid).children(recursive=True)
    return [child.pid for child in children if "ipykernel_launcher" in _command(child)]


def _command(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except (psutil.NoSuchProcess, psutil.ZombieProcess):  # it has just ended
        return ""
