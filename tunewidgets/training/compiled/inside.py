"""What leans on more of Keras than its documentation promises, in one place.

``tests/test_compiled_inside.py`` says in words what has moved when a new Keras breaks it.
"""

from __future__ import annotations

import contextlib
import random
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

MAX_SEED = 2**31 - 1
"""TensorFlow's operations take seeds below this."""

ONE_THREAD = "SINGLE_THREADED_EXECUTOR"
"""TensorFlow's name of the executor that has no queue."""

LOOPS = {"While", "StatelessWhile"}
"""Operations that run functions on the thread that they are run on."""

_SUM = "_all_reduce_sum_gradients"
"""The method of Keras's optimizers that sums over replicas."""


def build_symbolically(model: Any, batch: Any) -> None:
    """Make all the variables of a model, its loss, its metrics and its optimizer.

    ``Trainer._symbolic_build`` is what ``model.fit`` calls on the other backends. Without it,
    variables would be made while an epoch is traced, and its beginning would not know of them.

    Parameters
    ----------
    model
        A compiled model.
    batch
        One batch as ``train_step`` gets it.
    """
    model._symbolic_build(data_batch=batch)


def has_own_steps(model: Any) -> bool:
    """Whether the logs of a step may be other than the model's metrics.

    Then the last batch's logs must be carried out of the loop, as ``model.fit`` does.
    """
    return not all(
        _is_of_keras(getattr(type(model), name))
        for name in (
            "train_step",
            "test_step",
            "compute_metrics",
            "get_metrics_result",
        )
    ) or any(name in vars(model) for name in ("train_step", "test_step"))


def resets_in_graph(model: Any) -> bool:
    """Whether resetting the metrics does no more than assign to variables."""
    return _is_of_keras(type(model).reset_metrics) and all(
        _is_of_keras(type(metric).reset_state) for metric in model.metrics
    )


def in_turn(make: Callable[[], Any]) -> Callable[..., Any]:
    """Trace a function whose operations TensorFlow runs one after another, without a queue.

    The context tells which type of executor functions are traced and run for. An operation that
    runs a function on another thread would wait for ever where there is one thread, as conditions
    do and loops do not: with any but loops, the function is one for the usual executor.

    Parameters
    ----------
    make
        Makes a ``tf.function`` with an input signature, which is not traced yet.

    Returns
    -------
    callable
        Which takes what the signature says.
    """
    from tensorflow.python.eager import context

    choose = getattr(context, "function_executor_type", None)
    if choose is None:
        return make().get_concrete_function()  # type: ignore[no-any-return]
    with choose(ONE_THREAD):
        function = make().get_concrete_function()
    if not _calls_of(function) <= LOOPS:
        return make().get_concrete_function()  # type: ignore[no-any-return]

    def run(*args: Any) -> Any:
        with choose(ONE_THREAD):
            return function(*args)

    return run


@contextlib.contextmanager
def without_replicas(model: Any) -> Iterator[None]:
    """Let a model's optimizers not sum gradients over replicas, where there is one.

    What TensorFlow makes of that sum is nothing, and yet it keeps whatever graph the sum is in for
    good (``tf.custom_gradient`` enters the graph's tensors in a registry that forgets nothing):
    each model that was ever compiled would stay in memory.
    """
    strategy = getattr(model, "distribute_strategy", None)  # other backends have none
    is_alone = strategy is not None and strategy.num_replicas_in_sync == 1
    changed = [optimizer for optimizer in _optimizers_of(model) if is_alone and _sums(optimizer)]
    for optimizer in changed:
        vars(optimizer)[_SUM] = list  # of gradients and variables, as they are
    try:
        yield
    finally:
        for optimizer in changed:
            vars(optimizer).pop(_SUM, None)


def _optimizers_of(model: Any) -> list[Any]:
    """List a model's optimizers, and those that they wrap."""
    import keras

    found = [value for value in vars(model).values() if isinstance(value, keras.Optimizer)]
    inner = [
        optimizer.inner_optimizer for optimizer in found if hasattr(optimizer, "inner_optimizer")
    ]
    return [*found, *inner]


def _sums(optimizer: Any) -> bool:
    """Whether an optimizer sums over replicas by Keras's own method, and no other."""
    return _SUM not in vars(optimizer) and _is_of_keras(getattr(type(optimizer), _SUM, None))


def _calls_of(function: Any) -> set[str]:
    """Name the operations that run functions."""
    graph = function.graph.as_graph_def()
    nodes = (*graph.node, *(node for inner in graph.library.function for node in inner.node_def))
    return {
        node.op
        for node in nodes
        if any(of.HasField("func") or of.list.func for of in node.attr.values())
    }


def has_exclusions(optimizer: Any) -> bool:
    """Whether ``exclude_from_weight_decay`` was called, of which no configuration tells."""
    names = ("_exclude_from_weight_decay", "_exclude_from_weight_decay_pattern")
    return any(getattr(optimizer, name, None) for name in names)


def seeded_order(n_samples: int) -> np.ndarray:
    """Give the order in which ``model.fit`` shuffles samples, with the seed that is set.

    Keras's array adapter shuffles in a ``tf.data`` pipeline, whose random state begins anew with
    each iterator: under ``keras.utils.set_random_seed`` every epoch has this one order.
    """
    import tensorflow as tf
    from tensorflow.python.eager import context

    seed = context.global_seed()
    if seed is None:
        return np.random.permutation(n_samples)
    # A kernel's random state goes on from call to call: in a graph of its own it is new.
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        samples = tf.range(n_samples, dtype=tf.int64)
        seed %= MAX_SEED  # as TensorFlow does
        order = tf.raw_ops.RandomShuffle(value=samples, seed=seed, seed2=0 if seed else MAX_SEED)
        return session.run(order)  # type: ignore[no-any-return]


def set_seed(seed: int) -> None:
    """Set every random seed, as ``keras.utils.set_random_seed`` does, and keep what is compiled.

    ``tf.random.set_seed`` also drops the kernels of compiled functions, as some might hold random
    states; loading them again takes longer than many a short run. Those that twins share hold
    none, since Keras's own layers have their random states in variables.
    """
    import keras
    from tensorflow.python.eager import context

    here = context.context()
    if not (hasattr(here, "_seed") and hasattr(here, "_rng")):
        keras.utils.set_random_seed(seed)
        return
    random.seed(seed)
    np.random.seed(seed)
    here._seed, here._rng = seed, random.Random(seed)  # noqa: S311


def forget_session() -> None:
    """Name layers anew, as after ``keras.utils.clear_session``, and keep what is compiled."""
    import keras
    from keras.src.backend.common import global_state

    if not hasattr(global_state, "GLOBAL_STATE_TRACKER"):
        keras.utils.clear_session()
        return
    global_state.GLOBAL_STATE_TRACKER = threading.local()
    if hasattr(global_state, "GLOBAL_SETTINGS_TRACKER"):
        global_state.GLOBAL_SETTINGS_TRACKER = threading.local()


@contextlib.contextmanager
def aside() -> Iterator[Any]:
    """Put Keras's session and every random state back afterwards, as a guest does.

    Yields
    ------
    DTypePolicy or None
        The global policy that the person has set, which a new session does not know of.
    """
    from keras.src.backend.common import global_state
    from tensorflow.python.eager import context

    trackers = {
        name: getattr(global_state, name)
        for name in ("GLOBAL_STATE_TRACKER", "GLOBAL_SETTINGS_TRACKER")
        if hasattr(global_state, name)
    }
    here = context.context()
    seeds = {name: getattr(here, name) for name in ("_seed", "_rng") if hasattr(here, name)}
    of_python, of_numpy = random.getstate(), np.random.get_state()
    try:
        yield getattr(trackers.get("GLOBAL_STATE_TRACKER"), "dtype_policy", None)
    finally:
        random.setstate(of_python)
        np.random.set_state(of_numpy)
        for name, value in seeds.items():
            setattr(here, name, value)
        for name, value in trackers.items():
            setattr(global_state, name, value)


def _is_of_keras(function: Any) -> bool:
    return getattr(function, "__module__", "").startswith("keras.")
