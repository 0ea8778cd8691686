"""A model's steps over all the batches of an epoch, each epoch in one compiled call.

The graph path is one ``tf.function`` with a loop over the batches. The XLA path has a second,
``jit_compile``d loop inside it for full batches, whose shapes are known; the smaller last batch
is the graph's. How many batches go by XLA is a number given with each call, so that it can be
tried on a few, while the others go through the graph's loop. Where all full ones go by XLA there
is no such loop: it would take as long as some fifteen batches to do nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Literal

from tunewidgets.training.compiled import inside
from tunewidgets.training.compiled.fused import fusing
from tunewidgets.training.compiled.rows import Rows

Logs = dict[str, Any]
By = Literal["graph", "both", "XLA"]
"""What a sweep's full batches go by."""


class Epochs:
    """Compiled epochs of one model.

    Parameters
    ----------
    model
        Compiled and built.
    batch_size
        Samples a training batch.
    test_batch_size
        Samples a validation batch.
    resets_in_graph
        Whether a sweep may begin by resetting the metrics itself, where that can be compiled.
        Otherwise whoever calls `train` resets them before.
    in_turn
        Whether a graph does one thing after another, where it can: quicker for small operations.
    fused
        LSTM layers of which a graph makes one operation each (`fusing`).
    """

    def __init__(
        self,
        model: Any,
        batch_size: int,
        test_batch_size: int,
        *,
        resets_in_graph: bool = True,
        in_turn: bool = False,
        fused: Collection[Any] = (),
    ) -> None:
        self.model = model
        self.batch_size = batch_size
        self.resets_in_graph = resets = resets_in_graph and inside.resets_in_graph(model)
        self.in_turn = in_turn
        sweep = partial(_Sweep, model, resets=resets, in_turn=in_turn, fused=fused)
        self._train = sweep(model.train_step, batch_size)
        self._test = sweep(model.test_step, test_batch_size)
        self._several: dict[Any, Callable[..., Any]] = {}

    def train(self, rows: Rows, n_by_xla: int, then: Rows | None = None) -> Logs:
        """Train on every batch once; the first `n_by_xla` of the full ones go by XLA.

        `then` are the rows that `test` gets next. Where that is not traced yet, it is here, while
        TensorFlow compiles and trains elsewhere, which takes no Python.
        """
        if then is None or self._test.is_traced(then, n_by_xla):
            return self._train(rows, n_by_xla)
        self._train.function(rows, n_by_xla)
        with ThreadPoolExecutor(1, "tunewidgets-epoch") as elsewhere:
            trained = elsewhere.submit(self._train, rows, n_by_xla)
            self._test.function(then, n_by_xla)
            return trained.result()

    def test(self, rows: Rows, n_by_xla: int) -> Logs:
        """Evaluate on every batch."""
        if not self.resets_in_graph:
            self.model.reset_metrics()
        return self._test(rows, n_by_xla)

    def evaluate(self, rows: Rows) -> Logs:
        """Evaluate by XLA where that has done it before for such rows, otherwise by the graph."""
        n_full = rows.n // self._test.batch_size
        return self.test(rows, n_full if self._test.has_run(rows, n_full) else 0)

    def several(self, n: int, rows: Rows, valid: Rows | None, n_by_xla: int) -> list[Logs]:
        """Train for some epochs, with validation after each, in one call.

        For models whose logs are numbers and whose metrics are reset in the graph.
        """
        import tensorflow as tf

        sweeps = [(self._train, rows)] + ([(self._test, valid)] if valid is not None else [])
        given = [sweep.given(rows, n_by_xla) for sweep, rows in sweeps]
        key = tuple(sweep.key(rows, n_by_xla) for sweep, rows in sweeps)
        if key not in self._several:
            self._several[key] = tf.function(
                partial(_several, [sweep.function(r, n_by_xla) for sweep, r in sweeps]),
                autograph=False,
            )
        told = self._several[key](tf.constant(n), given).numpy().tolist()
        names = [*self._train.names, *(f"val_{name}" for name in self._test.names if valid)]
        return [dict(zip(names, values, strict=True)) for values in told]

    @property
    def goes_several(self) -> bool:
        """Whether several epochs in one call were traced already."""
        return bool(self._several)


class _Sweep:
    """One pass over the data with one step."""

    def __init__(
        self,
        model: Any,
        step: Callable[[Any], Any],
        batch_size: int,
        *,
        resets: bool,
        in_turn: bool,
        fused: Collection[Any],
    ) -> None:
        import tensorflow as tf

        self.batch_size = batch_size
        self._model = model
        self._step = step
        self._carries = inside.has_own_steps(model)
        self._resets = resets
        self._in_turn = in_turn
        self._fused = fused
        self.names: list[str] = []
        self._traced: dict[Hashable, Callable[..., Any]] = {}
        self._have_run: set[Hashable] = set()
        self._full = tf.function(self._full_batches, autograph=False, jit_compile=True)

    def __call__(self, rows: Rows, n_by_xla: int) -> Logs:
        """Step on every batch; give the logs as numbers, and as arrays what is none."""
        numbers, others = self.function(rows, n_by_xla)(*self.given(rows, n_by_xla))
        logs: Logs = dict(zip(self.names, numbers.numpy().tolist(), strict=True))
        self._have_run.add(self.key(rows, n_by_xla))
        return {**logs, **{key: value.numpy() for key, value in others.items()}}

    def given(self, rows: Rows, n_by_xla: int) -> tuple[Any, ...]:
        """Give the arguments of the traced function."""
        import tensorflow as tf

        stop = min(n_by_xla, rows.n // self.batch_size)  # a validation set may have fewer
        return rows.batch, rows.order, tf.constant(rows.n), tf.constant(stop)

    def is_traced(self, rows: Rows, n_by_xla: int) -> bool:
        """Whether there is a function for such rows."""
        return self.key(rows, n_by_xla) in self._traced

    def has_run(self, rows: Rows, n_by_xla: int) -> bool:
        """Whether the function for such rows has come to its end, so that it can be compiled."""
        return self.key(rows, n_by_xla) in self._have_run

    def key(self, rows: Rows, n_by_xla: int) -> tuple[By, bool, str, int]:
        """Tell what sort of function such rows need: by what, with a smaller last batch, of what.

        XLA compiles for so many samples as there are, of which a fold uses a part.
        """
        n_full, rest = divmod(rows.n, self.batch_size)
        by: By = "graph"
        if n_by_xla and n_full:
            by = "XLA" if n_by_xla >= n_full else "both"
        return by, rest > 0, rows.kind, 0 if by == "graph" else len(rows.order)

    def function(self, rows: Rows, n_by_xla: int) -> Callable[..., Any]:
        """Give a traced function for any number of rows.

        A concrete one: a ``tf.function`` takes a third of a millisecond to find it for a call.
        """
        import tensorflow as tf

        key = self.key(rows, n_by_xla)
        if key in self._traced:
            return self._traced[key]
        by, has_rest, *_ = key

        def whole(batch: Any, order: Any, n: Any, stop: Any) -> Any:
            return self._whole(batch, order, n, stop, by=by, has_rest=has_rest)

        def any_number(all_: Any) -> Any:
            return tf.TensorSpec([None, *all_.shape[1:]], all_.dtype)

        number = tf.TensorSpec([], tf.int32)
        batch, order = tf.nest.map_structure(any_number, (rows.batch, rows.order))
        make = partial(
            tf.function,
            whole,
            input_signature=[batch, order, number, number],
            autograph=False,
        )
        is_in_turn = self._in_turn and by == "graph"
        self._traced[key] = inside.in_turn(make) if is_in_turn else make().get_concrete_function()
        return self._traced[key]

    def _whole(self, batch: Any, order: Any, n: Any, stop: Any, *, by: By, has_rest: bool) -> Any:
        import tensorflow as tf

        if self._resets:
            self._model.reset_metrics()
        logs = self._empty_logs(batch)
        if by != "graph":  # compiled for the shapes at hand when it is first come to
            logs = self._full(batch, order, stop, logs, has_rest)
        with fusing(self._fused if by == "graph" else ()):  # which XLA cannot compile
            if by != "XLA":
                logs = self._rest(batch, order, stop, n, logs, has_rest)
            elif has_rest:
                at = stop * self.batch_size
                logs = self._one(batch, order, at, n - at, logs)
        flat = _flat(self._result(logs))
        numbers = {key: value for key, value in flat.items() if value.shape.rank == 0}
        self.names = list(numbers)
        wide = [tf.cast(value, tf.float64) for value in numbers.values()]
        others = {key: value for key, value in flat.items() if key not in numbers}
        return tf.stack(wide) if wide else tf.constant([], tf.float64), others

    def _full_batches(self, batch: Any, order: Any, stop: Any, logs: Logs, has_rest: bool) -> Logs:
        """Step over the batches before `stop`, all of one size that is known when compiling."""
        size = self.batch_size

        def one(i: Any, logs: Logs) -> Logs:
            return self._one(batch, order, i * size, size, logs, hides_size=has_rest)

        return _loop(one, 0, stop, logs)

    def _rest(self, batch: Any, order: Any, start: Any, n: Any, logs: Logs, has_rest: bool) -> Logs:
        """Step over the batches from `start`; the last may be smaller."""
        import tensorflow as tf

        size = self.batch_size

        def one(i: Any, logs: Logs) -> Logs:
            left = tf.minimum(size, n - i * size) if has_rest else size
            return self._one(batch, order, i * size, left, logs)

        return _loop(one, start, (n + size - 1) // size, logs)

    def _one(
        self, batch: Any, order: Any, at: Any, size: Any, logs: Logs, *, hides_size: bool = False
    ) -> Logs:
        """Step on one batch.

        Keras weighs the losses of several outputs by the size of the batch where it is known when
        tracing. With a smaller last batch ``model.fit`` knows it of none, nor may we then.
        """
        import tensorflow as tf

        chosen = tf.slice(order, [at], [size])

        def take(all_: Any) -> Any:
            taken = tf.gather(all_, chosen)
            if not hides_size:
                return taken
            return tf.compat.v1.placeholder_with_default(taken, [None, *all_.shape[1:]])

        with inside.without_replicas(self._model):
            told = self._step(tf.nest.map_structure(take, batch))
        if not self._carries:
            return logs
        flat = _flat(told)
        return {key: tf.cast(flat[key], logs[key].dtype) for key in logs}

    def _empty_logs(self, batch: Any) -> Logs:
        """Make logs to begin with: zeros like a step's own, or nothing where metrics tell all."""
        import tensorflow as tf

        if not self._carries:
            return {}
        specs = tf.nest.map_structure(
            lambda all_: tf.TensorSpec([None, *all_.shape[1:]], all_.dtype), batch
        )
        traced = tf.function(self._step, autograph=False).get_concrete_function(specs)
        return {
            key: tf.zeros(value.shape, value.dtype)
            for key, value in _flat(traced.structured_outputs).items()
        }

    def _result(self, logs: Logs) -> Logs:
        """Give what ``model.fit`` reports: the metrics, or a step's own logs."""
        metrics: Logs = self._model.get_metrics_result()
        return logs if self._carries and metrics.keys() != logs.keys() else metrics


def _several(
    functions: Sequence[Callable[..., Any]], n: Any, given: Sequence[tuple[Any, ...]]
) -> Any:
    """Sweep so many times over training and validation data; give a row of numbers for each."""
    import tensorflow as tf

    def one(epoch: Any, told: Any) -> Any:
        numbers = [sweep(*its)[0] for sweep, its in zip(functions, given, strict=True)]
        return epoch + 1, told.write(epoch, tf.concat(numbers, 0))

    told = tf.TensorArray(tf.float64, n)
    return tf.while_loop(lambda epoch, _: epoch < n, one, (tf.constant(0), told))[1].stack()


def _loop(one: Callable[[Any, Logs], Logs], start: Any, stop: Any, logs: Logs) -> Logs:
    import tensorflow as tf

    _, logs = tf.while_loop(
        lambda i, _: i < stop,
        lambda i, logs: (i + 1, one(i, logs)),
        (tf.convert_to_tensor(start, tf.int32), logs),
    )
    return logs


def _flat(logs: Mapping[str, Any]) -> Logs:
    """Flatten dicts in logs, as Keras does for its callbacks."""
    import tensorflow as tf

    flat: Logs = {}
    for key, value in logs.items():
        flat.update(_flat(value) if isinstance(value, Mapping) else {key: value})
    return {key: tf.convert_to_tensor(value) for key, value in flat.items()}
