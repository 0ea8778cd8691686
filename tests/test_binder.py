"""What Binder would build, asked of repo2docker without a container engine."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture
def plan(root: Path, tmp_path: Path) -> str:
    """repo2docker's log of a dry run over a copy of the tree, the Dockerfile included."""
    copy = tmp_path / "repository"
    copy.mkdir()
    for name in ("binder", "notebooks"):
        shutil.copytree(root / name, copy / name)
    shutil.copy(root / "pyproject.toml", copy)
    done = subprocess.run(
        [sys.executable, "-m", "repo2docker", "--no-build", "--debug", str(copy)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=120,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.mark.slow
def test_repo2docker_takes_our_folder_and_python(plan: str) -> None:
    assert "Building conda environment for python=3.12" in plan
    assert 'bin/pip install --no-cache-dir -r "binder/requirements.txt"' in plan
    assert "RUN ./binder/postBuild" in plan
    assert 'R2D_ENTRYPOINT="${REPO_DIR}/binder/start"' in plan
    # pip runs after the whole repository is there, since it installs "."
    assert plan.index("COPY --chown=0:0 src/ ${REPO_DIR}/") < plan.index('-r "binder/req')


def test_requirements_pin_the_kernel(root: Path) -> None:
    lines = (root / "binder" / "requirements.txt").read_text().splitlines()
    wanted = [line for line in lines if line and not line.startswith("#")]
    assert wanted == [".[tensorflow-cpu,lab]", "ipykernel>=7.4,<8"]


def test_start_spares_memory_and_ends_forsaken_kernels(root: Path) -> None:
    code = (
        "import json, os; from jupyter_core.application import JupyterApp; app = JupyterApp();"
        "app.load_config_file(); print(json.dumps(["
        "os.environ['TUNEWIDGETS_WORKERS'], os.environ['TUNEWIDGETS_XLA'],"
        "app.config.MappingKernelManager.cull_idle_timeout]))"
    )
    done = subprocess.run(
        [str(root / "binder" / "start"), sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert json.loads(done.stdout) == ["1", "0", 300]
