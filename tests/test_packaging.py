"""A wheel built from the tree works in an environment of its own, from another folder."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

pytestmark = pytest.mark.slow

CACHES = {"__pycache__", ".mypy_cache", ".ruff_cache", ".ipynb_checkpoints"}
TREE = (".gitignore", "tunewidgets", "notebooks", "pyproject.toml", "README.md", "LICENSE")


@pytest.fixture(scope="module")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    source = tmp_path_factory.mktemp("tree")
    for name in TREE:
        if (root / name).is_dir():
            shutil.copytree(
                root / name, source / name, ignore=shutil.ignore_patterns("__pycache__")
            )
        else:
            shutil.copy(root / name, source)
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", str(source)],
        check=True,
        capture_output=True,
        timeout=120,
    )
    (built,) = source.glob("dist/*.whl")
    return built


@pytest.fixture(scope="module")
def fresh(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment that holds the wheel, and finds the rest where the tests have it."""
    folder = tmp_path_factory.mktemp("fresh")
    venv.create(folder, with_pip=False, symlinks=os.name != "nt")
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet"]
    subprocess.run([*pip, "--no-deps", "--no-index", str(wheel)], check=True, timeout=120)
    (installed,) = folder.rglob("tunewidgets/__init__.py")
    # Python reads no .pth files of a folder that a .pth file names, so the editable install
    # there does not hide the wheel.
    rest = installed.parents[1] / "rest.pth"
    rest.write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    return python


def run(python: Path, folder: Path, *words: str) -> str:
    done = subprocess.run(
        [str(python), *words],
        cwd=folder,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
    )
    return done.stdout.strip()


def test_the_wheel_carries_everything(root: Path, wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    files = {
        path.relative_to(root).as_posix()
        for path in (root / "tunewidgets").rglob("*")
        if path.is_file() and not path.match(".*") and not CACHES & set(path.parts)
    }
    assert files <= names
    assert "tunewidgets/py.typed" in names
    for path in (root / "notebooks").rglob("*"):
        if path.is_file() and not CACHES & set(path.parts):
            assert (
                f"tunewidgets/notebooks/{path.relative_to(root / 'notebooks').as_posix()}" in names
            )
    assert any(name.endswith(".js") for name in names)
    assert not any(name.startswith(("tests/", "scripts/")) for name in names)


def test_what_it_imports_is_what_it_requires(root: Path) -> None:
    """Nothing rests on a package that only this environment happens to have."""
    homes = packages_distributions()
    imported = {"ipykernel"}  # Named by no import, but a page has no kernel without it.
    for file in (root / "tunewidgets").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                imported.add(node.module.partition(".")[0])
    # An extra brings TensorFlow, and TensorBoard is asked for only where it is installed.
    elsewhere = {"tunewidgets", "tensorflow", "tensorboard"}
    third_party = imported - sys.stdlib_module_names - elsewhere
    required = requirements("tunewidgets")
    for module in third_party:
        assert required & {canonicalize_name(name) for name in homes[module]}, module


def requirements(distribution: str) -> set[str]:
    """Names of all that the distribution brings along, extras aside."""
    found: set[str] = set()
    todo = [distribution]
    while todo:
        for line in requires(todo.pop()) or ():
            requirement = Requirement(line)
            name = canonicalize_name(requirement.name)
            wanted = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
            if wanted and name not in found:
                found.add(name)
                todo.append(name)
    return found


def test_it_imports_from_its_own_environment(fresh: Path, tmp_path: Path) -> None:
    place = run(fresh, tmp_path, "-c", "import tunewidgets; print(tunewidgets.__file__)")
    assert Path(place).is_relative_to(fresh.parents[1])


def test_its_command_finds_the_labs(fresh: Path, tmp_path: Path) -> None:
    assert "serve the labs" in run(fresh, tmp_path, "-m", "tunewidgets.cli", "--help")
    assert "serve the labs" in run(fresh.with_name("tunewidgets"), tmp_path, "--help")
    code = (
        "from tunewidgets.lesson import notebooks as at;"
        "print(at(), (at() / 'index.ipynb').is_file())"
    )
    place, found = run(fresh, tmp_path, "-c", code).rsplit(" ", 1)
    assert Path(place).is_relative_to(fresh.parents[1])
    assert found == "True"


def test_its_data_loader_works(fresh: Path, tmp_path: Path) -> None:
    code = "from tunewidgets import datasets; print(datasets.load('diabetes'))"
    assert run(fresh, tmp_path, "-c", code).startswith("Dataset(Diabetes: 10 features")


FIT = """
import numpy as np
import tunewidgets as tw


def build_model(n_neurons=4, input_shape=(3,)):
    import keras

    layers = [keras.Input(input_shape), keras.layers.Dense(n_neurons), keras.layers.Dense(1)]
    model = keras.Sequential(layers)
    model.compile(loss="mse", optimizer="sgd")
    return model


x = np.random.default_rng(0).normal(size=(64, 3))
study = tw.Study(
    build_model, {"n_neurons": (1, 9)}, x, x.sum(1), validation_split=0.25, epochs=2, n_workers=1
)
study.search("random", 2, seed=1)
study.wait(100)
study.close()
print(*((t.epochs, t.error, t.runs[0].traceback) for t in study.trials), sep="; ")
"""


def test_it_trains_in_worker_processes(fresh: Path, tmp_path: Path) -> None:
    (tmp_path / "fit.py").write_text(FIT, encoding="utf-8")
    assert run(fresh, tmp_path, "fit.py").splitlines()[-1] == "(2, None, None); (2, None, None)"
