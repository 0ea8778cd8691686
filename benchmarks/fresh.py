"""Call a function in a fresh Python, so that no measurement warms another's caches."""

from __future__ import annotations

import importlib.util
import multiprocessing
import os
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import ParamSpec, TypeVar

from tunewidgets.executors.resources import default_n_workers, worker_environment

P = ParamSpec("P")
T = TypeVar("T")


def call(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Give what a function of a module gives when a fresh process calls it."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        given = pool.submit(function, *args, **kwargs).result()
        pool.submit(_end_joblib).result()
    return given


def call_as_worker(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Give the same, in a process with the environment of a worker as studies have them.

    There are as many as processors, and each has a thread: a `call` has all processors.
    """
    before = dict(os.environ)
    os.environ.update(worker_environment(default_n_workers()))
    try:
        return call(function, *args, **kwargs)
    finally:
        os.environ.clear()
        os.environ.update(before)


def are_installed(*modules: str) -> bool:
    """Whether all of these can be imported."""
    return all(importlib.util.find_spec(module) for module in modules)


def _end_joblib() -> None:
    """End joblib's workers, for which a process else waits five idle minutes before it can end."""
    if "joblib" in sys.modules:
        from joblib.externals.loky import get_reusable_executor

        get_reusable_executor().shutdown(wait=True)
