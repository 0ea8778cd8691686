"""What a worker keeps of the topologies that it has compiled."""

from __future__ import annotations

import weakref

import pytest

from tests.compiled.zoo import mlp
from tunewidgets.training.compiled import Twins
from tunewidgets.training.compiled.epochs import Epochs

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(("is_thrifty", "is_kept"), [(False, True), (True, False)])
def test_where_memory_is_scarce_one_topology_is_kept(is_thrifty, is_kept):
    twins = Twins(is_thrifty=is_thrifty)
    model = mlp()
    earlier = weakref.ref(model)
    twins.keep("one", Epochs(model, 32, 32), set())
    del model
    assert earlier() is not None
    twins.keep("another", Epochs(mlp(), 32, 32), set())
    assert (earlier() is not None) == is_kept
