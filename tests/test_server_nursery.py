"""One process with TensorFlow in it, for the kernels of a server."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import textwrap
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from tests.paper import until
from tests.processes import is_alive, nurseries, wait_for
from tests.test_warm_workers import BUSY, ENDLESS, KERNEL, make_study, told, train
from tunewidgets.executors import ProcessExecutor
from tunewidgets.executors.nursery import DOORS
from tunewidgets.executors.nursery_main import take_away
from tunewidgets.executors.server_nursery import ServerNursery
from tunewidgets.trial import State

pytestmark = pytest.mark.slow


@pytest.fixture
def server(monkeypatch, request):
    """This process is a server; give the process number of its nursery."""
    monkeypatch.setenv("TF_OF_THIS_TEST", request.node.name)  # so that no other's nursery will do
    monkeypatch.setenv("TUNEWIDGETS_WORKERS", "2")
    others = nurseries()
    with closing(ServerNursery()) as made:
        made.start()
        wait_for(lambda: len(nurseries() - others) == 1)
        (pid,) = nurseries() - others
        yield pid
    assert not is_alive(pid)
    assert DOORS not in os.environ


def grandparent(pid: int) -> int:
    return psutil.Process(psutil.Process(pid).ppid()).ppid()


def forks_of(server: int) -> set[int]:
    """Process numbers of a server's nursery's forks, and not of programs that imports start."""
    return {pid for pid in nurseries(server) if os.getsid(pid) == pid}


def test_workers_come_from_the_servers_nursery(server):
    before = nurseries()
    with closing(make_study(ProcessExecutor())) as study:
        for _ in range(2):
            study.enqueue({"mood": "fine", "epochs": ENDLESS})
        until(study, lambda seen: all(trial.epochs for trial in seen.trials), 60)
        workers = {told(study, "worker", number) for number in (0, 1)}
        assert {grandparent(pid) for pid in workers} == {server}
        assert len({psutil.Process(pid).ppid() for pid in workers}) == 1
    assert not any(map(is_alive, workers))
    assert nurseries() == before  # there was no need for one of its own


def test_a_kernel_with_other_settings_has_a_nursery_of_its_own(server, monkeypatch):
    monkeypatch.setenv("XLA_OF_THIS_TEST", "1")
    with closing(make_study(ProcessExecutor())) as study:
        assert train(study).state is State.COMPLETE
        assert psutil.Process(told(study, "worker")).ppid() in nurseries() - {server}


def test_a_server_without_its_nursery_leaves_kernels_to_their_own(server):
    os.kill(server, signal.SIGKILL)
    wait_for(lambda: not is_alive(server))
    with closing(make_study(ProcessExecutor())) as study:
        assert train(study).state is State.COMPLETE
        assert psutil.Process(told(study, "worker")).ppid() in nurseries()


def test_a_nursery_that_rested_is_had_again(server):
    with closing(make_study(ProcessExecutor(idle_s=0.2))) as study:
        assert train(study).state is State.COMPLETE
        nursery = psutil.Process(told(study, "worker")).ppid()
        wait_for(lambda: not is_alive(nursery))
        assert train(study).state is State.COMPLETE
        assert grandparent(told(study, "worker")) == server


@pytest.mark.parametrize("then", ["", BUSY], ids=["starting", "busy"])
def test_a_kernel_that_is_killed_takes_its_own_along_and_nothing_else(server, then, root, tmp_path):
    code = textwrap.dedent(KERNEL.format(then=then))
    kernel = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        cwd=root,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    with kernel:
        try:
            assert kernel.stdout.readline() == b"there\n"
            wait_for(lambda: forks_of(server) and any(tmp_path.glob("*/*.log")))
            (nursery,) = forks_of(server)
            of_kernel = {nursery, *(it.pid for it in psutil.Process(nursery).children())}
            assert len(of_kernel) >= (3 if then else 1)  # with it two workers
        finally:
            kernel.kill()
    wait_for(lambda: not any(map(is_alive, of_kernel)))
    wait_for(lambda: not any(tmp_path.iterdir()))  # the data that the workers shared
    with closing(make_study(ProcessExecutor())) as study:
        assert train(study).state is State.COMPLETE
        assert grandparent(told(study, "worker")) == server


SERVER = """
    import os, signal
    from tunewidgets.executors.server_nursery import ServerNursery

    ServerNursery().start()
    print("there", flush=True)
    signal.pause()
"""


def test_nothing_outlives_a_server_that_is_killed(root, tmp_path):
    (short := tmp_path.parent / "s").mkdir()  # a socket's path has 107 characters at most
    (stands_in := tmp_path / "mine").mkdir()
    (stands_in / "notes.txt").write_text("mine")
    server = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(SERVER)],
        stdout=subprocess.PIPE,
        cwd=stands_in,
        env={**os.environ, "TMPDIR": str(short), "PYTHONPATH": str(root)},
    )
    with server:
        try:
            assert server.stdout.readline() == b"there\n"
            (nursery,) = nurseries(server.pid)
            (folder,) = short.iterdir()
            assert folder.stat().st_mode & 0o77 == 0  # nobody else comes to the door
        finally:
            server.kill()
    wait_for(lambda: not is_alive(nursery))
    assert not any(short.iterdir())
    assert (stands_in / "notes.txt").read_text() == "mine"


def test_a_door_that_cannot_be_made_leaves_nothing(tmp_path, monkeypatch):
    (far := tmp_path / ("far" * 40)).mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(far))
    before = nurseries()
    with closing(ServerNursery()) as server:
        server.start()
        assert DOORS not in os.environ
        assert nurseries() == before
    assert not any(far.iterdir())


def test_what_lies_beside_a_door_stays(tmp_path):
    door = tmp_path / "door"
    (tmp_path / "notes.txt").write_text("mine")
    door.touch()
    take_away(door)
    take_away(Path())  # of a socket without a name
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_a_small_machine_has_none(monkeypatch):
    monkeypatch.setenv("TUNEWIDGETS_WARM", "0")
    before = nurseries()
    with closing(ServerNursery()) as server:
        server.start()
        assert DOORS not in os.environ
        assert nurseries() == before
