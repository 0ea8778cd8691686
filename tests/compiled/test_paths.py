"""The choice between a graph and XLA, with a clock and epochs of our own."""

from __future__ import annotations

import pytest

from tunewidgets.training.compiled.hopes import CONVOLUTIONAL, RECURRENT, USUAL
from tunewidgets.training.compiled.paths import Paths, Size, path_of


class Machine:
    """Takes so many seconds for a batch and for compiling, on each path."""

    def __init__(self, graph_s, xla_s, compiling_s=1.0, *, can_use_xla=True, folder=None):
        self.now = 0.0
        self.costs = {"graph": graph_s, "XLA": xla_s}
        self.compiling_s = compiling_s
        self.can_use_xla = can_use_xla
        self.paths = Paths(folder, clock=lambda: self.now)
        self.n_by_xla: list[int] = []

    def run(self, n_batches=100, n_epochs=100, compiled=None, forced=None, n_layers=5, hopes=USUAL):
        compiled = set() if compiled is None else compiled
        ready = set(compiled)
        self.n_by_xla = []
        way = self.paths.way("mlp", Size(n_layers, n_batches, n_epochs, hopes), compiled, forced)

        def epoch(n_by_xla):
            if n_by_xla and not self.can_use_xla:
                raise ValueError("unsupported op")
            path = "XLA" if n_by_xla else "graph"
            if path not in ready:
                ready.add(path)
                self.now += self.compiling_s if path == "XLA" else 0.1
            self.now += n_by_xla * self.costs["XLA"]
            self.now += (n_batches - n_by_xla) * self.costs["graph"]
            self.n_by_xla.append(n_by_xla)

        for _ in range(n_epochs):
            way.go(epoch)
        self.paths.tell("mlp")
        return way.words


def test_xla_is_tried_on_few_batches_first_and_kept_where_it_is_faster():
    machine = Machine(graph_s=1e-3, xla_s=0.4e-3)
    assert machine.run() == "graph, then XLA from epoch 3"
    assert machine.n_by_xla[:7] == [0, 0, 1, 6, 100, 100, 100]


def test_what_was_learnt_decides_for_later_runs():
    machine = Machine(graph_s=1e-3, xla_s=0.4e-3)
    machine.run()
    assert machine.run() == "XLA"
    assert machine.run(n_epochs=5) == "graph"  # too few to pay for compiling
    assert machine.run(n_epochs=5, compiled={"graph", "XLA"}) == "XLA"


def test_what_is_not_hoped_to_gain_is_spared_the_trial():
    machine = Machine(graph_s=1e-3, xla_s=0.4e-3)
    assert machine.run(hopes=CONVOLUTIONAL) == "graph"
    assert machine.run(hopes=RECURRENT, n_epochs=20) == "graph"  # compiling would cost more
    assert machine.run(hopes=RECURRENT, n_epochs=400) == "graph, then XLA from epoch 3"


def test_workers_tell_each_other_what_they_learnt(tmp_path):
    first = Machine(graph_s=1e-3, xla_s=0.4e-3, folder=tmp_path)
    first.run()
    assert Machine(graph_s=1e-3, xla_s=0.4e-3, folder=tmp_path).run() == "XLA"
    slow = Machine(graph_s=1e-3, xla_s=1e-3, can_use_xla=False, folder=tmp_path / "other")
    (tmp_path / "other").mkdir()
    slow.run()
    assert Machine(graph_s=1e-3, xla_s=0.4e-3, folder=tmp_path / "other").run() == "graph"


def test_what_was_learnt_holds_for_deeper_models():
    machine = Machine(graph_s=1e-3, xla_s=0.4e-3)
    machine.run(n_layers=2)
    machine.costs = {"graph": 2e-3, "XLA": 0.8e-3}
    assert machine.run(n_layers=4) == "XLA"


def test_xla_is_given_up_where_it_is_slower():
    machine = Machine(graph_s=1e-3, xla_s=1.2e-3)
    assert machine.run().endswith("then graph from epoch 7")
    assert machine.run() == "graph"


def test_a_very_slow_xla_is_given_up_after_a_few_batches():
    machine = Machine(graph_s=1e-3, xla_s=50e-3)
    machine.run()
    assert machine.n_by_xla[:5] == [0, 0, 1, 6, 0]
    assert sum(machine.n_by_xla) == 7
    assert machine.run() == "graph"


def test_short_runs_stay_with_the_graph():
    machine = Machine(graph_s=1e-4, xla_s=0.4e-4)
    assert machine.run(n_epochs=5) == "graph"
    assert machine.run(n_epochs=5) == "graph"


def test_what_xla_cannot_compile_goes_by_the_graph_ever_after():
    machine = Machine(graph_s=1e-3, xla_s=0.4e-3, can_use_xla=False)
    assert machine.run() == "graph"
    assert machine.n_by_xla == [0] * 100
    assert machine.run() == "graph"


def test_a_path_that_is_asked_for_is_taken():
    machine = Machine(graph_s=1e-3, xla_s=50e-3)
    assert machine.run(forced="XLA") == "XLA"
    assert machine.run(forced="graph") == "graph"
    broken = Machine(graph_s=1e-3, xla_s=1e-3, can_use_xla=False)
    with pytest.raises(ValueError, match="unsupported"):
        broken.run(forced="XLA")


def test_data_without_a_full_batch():
    machine = Machine(graph_s=1e-3, xla_s=0.4e-3)
    assert machine.run(n_batches=0) == "graph"


@pytest.mark.parametrize(
    ("engine", "spared", "path"),
    [
        ("auto", None, None),
        ("auto", "1", None),
        ("auto", " 0", "graph"),
        ("xla", "0", "XLA"),
        ("graph", "0", "graph"),
    ],
)
def test_xla_may_be_left_out_where_nobody_asks_for_it(monkeypatch, engine, spared, path):
    monkeypatch.delenv("TUNEWIDGETS_XLA", raising=False)
    if spared is not None:
        monkeypatch.setenv("TUNEWIDGETS_XLA", spared)
    assert path_of(engine) == path
