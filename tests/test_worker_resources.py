"""What is known of a machine, and given to workers, without TensorFlow: GPUs, backend, settings."""

from __future__ import annotations

import pytest

from tunewidgets.executors import resources
from tunewidgets.executors.gpus import emptiest, visible_gpus
from tunewidgets.executors.nursery import keras_backend


@pytest.mark.parametrize(
    ("named", "gpus"),
    [
        ("0,1", ("0", "1")),
        (" 3 , GPU-8f", ("3", "GPU-8f")),
        ("0,-1,1", ("0",)),
        ("-1", ()),
        ("", ()),
    ],
)
def test_gpus_that_the_environment_names(named, gpus, tmp_path):
    (tmp_path / "0000:01:00.0").mkdir()
    assert visible_gpus({"CUDA_VISIBLE_DEVICES": named}, tmp_path) == gpus


def test_gpus_that_the_driver_names(tmp_path):
    for name in ("0000:01:00.0", "0000:02:00.0"):
        (tmp_path / name).mkdir()
    assert visible_gpus({}, tmp_path) == ("0", "1")


@pytest.mark.parametrize(
    ("answer", "gpus"),
    [
        ("echo 'GPU 0: NVIDIA A (UUID: GPU-1)'; echo 'GPU 1: NVIDIA B (UUID: GPU-2)'", ("0", "1")),
        ("echo 'No devices were found'", ()),
        ("echo 'GPU 0: half an answer'; exit 9", ()),
    ],
)
def test_gpus_that_nvidia_smi_names(answer, gpus, tmp_path):
    program = tmp_path / "nvidia-smi"
    program.write_text(f"#!/bin/sh\n{answer}\n", encoding="utf-8")
    program.chmod(0o755)
    assert visible_gpus({"PATH": str(tmp_path)}, tmp_path / "no driver") == gpus


def test_a_machine_without_gpus(tmp_path):
    assert visible_gpus({"PATH": str(tmp_path)}, tmp_path / "no driver") == ()


def test_gpus_are_shared_evenly():
    assert emptiest((), ["0"]) is None
    assert emptiest(("0", "1"), []) == "0"
    assert emptiest(("0", "1"), ["0"]) == "1"
    assert emptiest(("0", "1"), ["0", "1", "1"]) == "0"


def test_a_worker_takes_of_a_gpu_what_it_needs(monkeypatch):
    monkeypatch.delenv("TF_FORCE_GPU_ALLOW_GROWTH", raising=False)
    assert resources.worker_environment(1)["TF_FORCE_GPU_ALLOW_GROWTH"] == "true"
    assert resources.worker_environment(1, "3")["CUDA_VISIBLE_DEVICES"] == "3"
    monkeypatch.setenv("TF_FORCE_GPU_ALLOW_GROWTH", "false")  # who says so has a reason
    assert resources.worker_environment(1)["TF_FORCE_GPU_ALLOW_GROWTH"] == "false"


@pytest.mark.parametrize(
    ("environment", "written", "backend"),
    [
        ({}, None, "tensorflow"),
        ({"KERAS_BACKEND": "jax"}, '{"backend": "torch"}', "jax"),
        ({}, '{"backend": "torch"}', "torch"),
        ({}, '{"floatx": "float32"}', "tensorflow"),
        ({}, "{not json", "tensorflow"),
        ({}, "[]", "tensorflow"),
    ],
)
def test_the_backend_is_known_without_keras(environment, written, backend, tmp_path):
    if written is not None:
        (tmp_path / "keras.json").write_text(written, encoding="utf-8")
    assert keras_backend({"KERAS_HOME": str(tmp_path), **environment}) == backend
