"""Files that cannot be opened or written: a sentence says why, and no byte of them changes."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tunewidgets.errors import StorageError, TuneError
from tunewidgets.events import EpochsEnded
from tunewidgets.storage import SQLiteStorage, StudyRecord, TrialAdded
from tunewidgets.trial import Run, State, Trial

ROOT = Path(__file__).parents[2]
RECORD = StudyRecord("housing", "val_loss", "minimize", {}, {})
TRIAL = Trial(0, {"n": 1}, runs=(Run(0, 0, 7),))


def fingerprint(folder: Path) -> dict[str, str]:
    """Every file of a folder and the hash of its content."""
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.iterdir()
        if path.is_file()
    }


def refused(path: Path, words: str, *, read_only: bool = False) -> None:
    """See that a file is refused with these words, and that nothing in its folder changes."""
    before = fingerprint(path.parent) if path.parent.is_dir() else {}
    with pytest.raises(StorageError, match=words) as caught:
        SQLiteStorage(path, read_only=read_only)
    assert isinstance(caught.value, TuneError)
    assert path.name in str(caught.value)
    assert (fingerprint(path.parent) if path.parent.is_dir() else {}) == before


@pytest.fixture(params=[False, True], ids=["to train", "to look"])
def read_only(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A study file with a trial of 1,000 epochs."""
    path = tmp_path / "study.db"
    with closing(SQLiteStorage(path)) as storage:
        storage.attach(RECORD)
        curve = tuple(1 / (1 + epoch) for epoch in range(1000))
        storage.write("housing", [TrialAdded(TRIAL), EpochsEnded((0, 0), {"loss": curve})])
    return path


def test_missing_folder(tmp_path: Path, read_only: bool) -> None:
    refused(tmp_path / "no" / "study.db", "must exist, but there is none", read_only=read_only)
    assert list(tmp_path.iterdir()) == []


def test_folder_that_is_a_file(file: Path, read_only: bool) -> None:
    with pytest.raises(StorageError, match="folder of"):
        SQLiteStorage(file / "study.db", read_only=read_only)


def test_path_that_is_a_folder(tmp_path: Path, read_only: bool) -> None:
    folder = tmp_path / "study.db"
    folder.mkdir()
    refused(folder, "is a folder: add a file name", read_only=read_only)


def test_missing_file_is_not_made_by_looking(tmp_path: Path) -> None:
    refused(tmp_path / "study.db", "must exist to be opened to look", read_only=True)
    assert list(tmp_path.iterdir()) == []


def test_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "study.db"
    path.touch()
    refused(path, "but it is empty", read_only=True)
    with closing(SQLiteStorage(path)) as storage:
        storage.attach(RECORD)
        assert storage.names() == ("housing",)


def test_file_of_a_newer_version(file: Path, read_only: bool) -> None:
    with closing(sqlite3.connect(file)) as plain:
        plain.execute("PRAGMA user_version = 2")
    refused(file, "of version 2: upgrade tunewidgets", read_only=read_only)


def test_database_of_another_program(tmp_path: Path, read_only: bool) -> None:
    path = tmp_path / "places.sqlite"
    with closing(sqlite3.connect(path)) as plain, plain:
        plain.execute("CREATE TABLE place (name TEXT)")
    refused(path, "another program", read_only=read_only)
    with closing(sqlite3.connect(path)) as plain:
        plain.execute("PRAGMA application_id = 42")
    refused(path, "another program", read_only=read_only)


def test_database_that_another_program_has_open(tmp_path: Path, read_only: bool) -> None:
    path = tmp_path / "places.sqlite"
    with closing(sqlite3.connect(path, isolation_level=None)) as plain:
        plain.execute("CREATE TABLE place (name TEXT)")
        plain.execute("PRAGMA journal_mode = WAL")
        plain.execute("INSERT INTO place VALUES ('Big Sur')")
        refused(path, "another program", read_only=read_only)
        assert plain.execute("SELECT name FROM place").fetchall() == [("Big Sur",)]


@pytest.mark.parametrize(
    "content",
    [b"hello", b"# A notebook\n" * 500, bytes(range(256)) * 256],
    ids=["word", "text", "noise"],
)
def test_no_database_at_all(tmp_path: Path, content: bytes, read_only: bool) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(content)
    refused(path, "must be a (whole )?study file", read_only=read_only)


def test_truncated_file(file: Path, read_only: bool) -> None:
    content = file.read_bytes()
    for n_bytes in (50, 1000, 4096, len(content) // 2, len(content) - 1):
        file.write_bytes(content[:n_bytes])
        refused(file, "must be a whole study file", read_only=read_only)


def damage(file: Path) -> None:
    content = bytearray(file.read_bytes())
    middle = range(len(content) // 2 // 4096 * 4096, len(content), 3)
    for place in middle:
        content[place] ^= 0x5A
    file.write_bytes(content)


def assert_load_says(file: Path, words: str) -> None:
    look = SQLiteStorage(file, read_only=True)
    with closing(look), pytest.raises(StorageError, match=words):
        look.load("housing")


def test_damaged_file_to_train(file: Path) -> None:
    damage(file)
    refused(file, "damaged")


def test_damaged_file_to_look(file: Path) -> None:
    damage(file)
    before = fingerprint(file.parent)
    assert_load_says(file, "damaged")
    assert fingerprint(file.parent) == before


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE trial SET params = '{'",
        "UPDATE run SET state = 'dreaming'",
        "UPDATE run SET value = 'much'",
        "UPDATE study SET space = x'ff'",
        "UPDATE epoch SET number = number - 2000",
    ],
)
def test_content_that_makes_no_sense(file: Path, sql: str) -> None:
    with closing(sqlite3.connect(file)) as plain, plain:
        plain.execute(sql)
    assert_load_says(file, r"damaged.*put a copy in its place")


def test_tables_that_are_gone(file: Path) -> None:
    with closing(sqlite3.connect(file)) as plain, plain:
        plain.execute("DROP TABLE epoch")
    assert_load_says(file, r"no such table: epoch.*whole copy")


def test_file_deleted_while_it_is_open(file: Path) -> None:
    with closing(SQLiteStorage(file)) as storage:
        storage.attach(RECORD)
        file.unlink()
        with pytest.raises(StorageError, match=r"must stay in its place.*moved or deleted"):
            storage.write("housing", [EpochsEnded((0, 0), {"loss": (1.0,)})])
    assert not file.exists()


@pytest.mark.slow
def test_file_locked_by_another_program(file: Path) -> None:
    # As long as the wait of 10 seconds that a network home may need.
    with closing(SQLiteStorage(file)) as storage:
        storage.attach(RECORD)
        with closing(sqlite3.connect(file, isolation_level=None)) as plain:
            plain.execute("BEGIN EXCLUSIVE")
            with pytest.raises(StorageError, match="locked by another program"):
                storage.write("housing", [EpochsEnded((0, 0), {"loss": (1.0,)})])
        storage.write("housing", [EpochsEnded((0, 0), {"loss": (1.0,)})])


# Permissions, as somebody who is not root


@pytest.fixture
def common() -> Iterator[Path]:
    """A folder that everybody may enter, with a study file in it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        with closing(SQLiteStorage(folder / "study.db")) as storage:
            storage.attach(RECORD)
            storage.write("housing", [TrialAdded(TRIAL)])
        yield folder
        folder.chmod(0o755)


def as_nobody(code: str, path: Path, drop: str) -> str:
    """Run code without root's rights, and give what it prints.

    After ``setuid`` the rights are gone for good and `os.access` knows; after ``seteuid`` it does
    not know, and only the writing itself can tell.
    """
    prelude = (
        "import os, sys\n"
        "import psutil\n"
        "from tunewidgets.errors import StorageError\n"
        "from tunewidgets.storage import *\n"
        "record = StudyRecord('housing', 'val_loss', 'minimize', {}, {})\n"
        f"if os.getuid() == 0: os.{drop}(65534)\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", prelude + code, str(path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


TRAIN = (
    "try:\n"
    "    storage = SQLiteStorage(sys.argv[1])\n"
    "    storage.attach(record)\n"
    "except StorageError as error:\n"
    "    print(error)\n"
)
LOOK = (
    "storage = SQLiteStorage(sys.argv[1], read_only=True)\n"
    "print(storage.load('housing').trials[0].params)\n"
    "storage.close()\n"
)

drops = pytest.mark.parametrize("drop", ["setuid", "seteuid"])


@drops
def test_read_only_file(common: Path, drop: str) -> None:
    path = common / "study.db"
    path.chmod(0o444)
    common.chmod(0o777)
    before = fingerprint(common)
    assert "must be writable" in as_nobody(TRAIN, path, drop)
    assert as_nobody(LOOK, path, drop) == "{'n': 1}\n"
    assert fingerprint(common) == before


@drops
def test_read_only_folder(common: Path, drop: str) -> None:
    path = common / "study.db"
    path.chmod(0o666)
    common.chmod(0o555)
    before = fingerprint(common)
    said = as_nobody(TRAIN, path, drop)
    assert "folder" in said
    assert "permissions" in said or "must be writable" in said
    assert as_nobody(LOOK, path, drop) == "{'n': 1}\n"
    assert "folder" in as_nobody(TRAIN, common / "new.db", drop)
    assert fingerprint(common) == before


@drops
def test_unreadable_file(common: Path, drop: str) -> None:
    path = common / "study.db"
    path.chmod(0o000)
    before = fingerprint(common) if os.getuid() == 0 else {}
    said = as_nobody(TRAIN, path, drop)
    assert "must be" in said
    assert "writ" in said or "permissions" in said
    path.chmod(0o600)
    assert before in ({}, fingerprint(common))


@drops
def test_folder_that_may_not_be_entered(common: Path, drop: str) -> None:
    common.chmod(0o000)
    assert "check the permissions" in as_nobody(TRAIN, common / "study.db", drop)


# A full disk


def test_full_disk(file: Path) -> None:
    # A limit on the size of files does to a process what a full disk does, without one.
    code = (
        "import os, resource, sys\n"
        "from tunewidgets.errors import StorageError\n"
        "from tunewidgets.events import *\n"
        "from tunewidgets.storage import *\n"
        "from tunewidgets.trial import *\n"
        "storage = SQLiteStorage(sys.argv[1])\n"
        "storage.attach(StudyRecord('housing', 'val_loss', 'minimize', {}, {}))\n"
        "before = storage.load('housing')\n"
        "unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)\n"
        "size = os.path.getsize(sys.argv[1]) + 8192\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (size, unlimited[1]))\n"
        "changes = [RunStarted((0, 0)), WeightsKept((0, 0), b'w' * 5_000_000)]\n"
        "for _ in range(2):\n"
        "    try:\n"
        "        storage.write('housing', changes)\n"
        "    except StorageError as error:\n"
        "        print(error)\n"
        "    assert storage.load('housing') == before\n"
        "    assert storage.weights('housing') is None\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)\n"
        "storage.write('housing', changes)\n"
        "storage.close()\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, str(file)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("the disk must have room") == 2
    assert "free space on the disk and try again" in done.stdout
    with closing(SQLiteStorage(file, read_only=True)) as look:
        found = look.load("housing")
        assert found is not None
        assert found.trials[0].state is State.RUNNING
        assert look.weights("housing") == ((0, 0), b"w" * 5_000_000)
    assert [path.name for path in file.parent.iterdir()] == [file.name]
