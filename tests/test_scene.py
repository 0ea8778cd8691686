"""Which data have a scene, what is in it, and that it comes back from where it is kept."""

from __future__ import annotations

import numpy as np
import pytest

from tunewidgets.scene import Grid, Scene, Thought
from tunewidgets.training.data import read_data
from tunewidgets.training.scenery import MOST_POINTS, scene_of

TWO = np.array([[0.0, 1.0], [1.0, 3.0], [0.5, 2.0], [0.25, 1.5]])
GRID = Grid(((0.0, 1.0), (-1.0, 1.0)))


def scene(x, y):
    return scene_of(x, y, read_data(x, y))


class TestGrid:
    def test_points_lie_evenly_with_the_first_column_running_fastest(self):
        points = GRID.points()
        assert points.shape == (1600, 2)
        assert points.dtype == np.float32
        assert points[0].tolist() == [0, -1]
        assert points[39].tolist() == [1, -1]
        assert points[-1].tolist() == [1, 1]
        assert Grid(((0.0, 2.0),)).points().shape == (200, 1)

    @pytest.mark.parametrize(
        "spans", [(), ((0.0, 0.0),), ((1.0, 0.0),), ((0.0, np.nan),), ((0.0, 1.0),) * 3]
    )
    def test_no_grid_without_one_or_two_spans(self, spans):
        with pytest.raises(ValueError, match="one or two spans"):
            Grid(spans)


class TestThought:
    def test_rows_of_outputs(self):
        values = np.arange(4800, dtype=np.float32)
        outputs = Thought(3, GRID, values.tobytes()).outputs()
        assert outputs.shape == (1600, 3)
        assert outputs[1].tolist() == [3, 4, 5]

    @pytest.mark.parametrize(("values", "trouble"), [(b"", None), (b"1234", None), (b"12", "no")])
    def test_values_of_another_grid_are_refused(self, values, trouble):
        with pytest.raises(ValueError, match="no values for a grid"):
            Thought(1, GRID, values, trouble)


class TestScene:
    def test_two_columns(self):
        found = scene(TWO, [0.5, 0.25, 2.0, 1.0])
        assert found.names == ("x1", "x2")
        assert (found.target, found.classes) == ("y", ())
        np.testing.assert_allclose(found.grid.spans, [(-0.06, 1.06), (0.88, 3.12)])
        np.testing.assert_array_equal(found.points, TWO)
        np.testing.assert_array_equal(found.targets, [0.5, 0.25, 2.0, 1.0])

    def test_one_column_flat_or_not(self):
        for x in (TWO[:, 0], TWO[:, :1]):
            found = scene(x, [0.5, 0.25, 2.0, 1.0])
            assert found.names == ("x",)
            assert len(found.grid.spans) == 1
            assert found.points.shape == (4, 1)

    def test_names_of_a_frame(self):
        pd = pytest.importorskip("pandas")
        frame = pd.DataFrame(TWO, columns=["width", "height"])
        found = scene(frame, pd.Series([0.5, 0.25, 2.0, 1.0], name="price"))
        assert (found.names, found.target) == (("width", "height"), "price")
        assert scene(frame["width"], [0.5, 0.25, 2.0, 1.0]).names == ("width",)

    @pytest.mark.parametrize(
        ("y", "classes", "targets"),
        [
            ([True, False, True, False], (0, 1), [1, 0, 1, 0]),
            ([0.0, 1.0, 1.0, 0.0], (0, 1), [0, 1, 1, 0]),
            ([-1, 1, 1, -1], (-1, 1), [-1, 1, 1, -1]),
            ([0, 2, 2, 0], (0, 1, 2), [0, 2, 2, 0]),
            ([[0, 1, 0], [1, 0, 0], [0, 0, 1], [1, 0, 0]], (0, 1, 2), [1, 0, 2, 0]),
            ([900, 900, 7, 7], (7, 900), [900, 900, 7, 7]),
            ([[0.5], [1.5], [2.0], [1.0]], (), [0.5, 1.5, 2.0, 1.0]),
        ],
    )
    def test_classes(self, y, classes, targets):
        found = scene(TWO, np.array(y))
        assert found.classes == classes
        np.testing.assert_array_equal(found.targets, targets)

    @pytest.mark.parametrize(
        ("x", "y"),
        [
            (np.ones((4, 3)), np.ones(4)),
            (np.ones((4, 2, 2)), np.ones(4)),
            ({"a": TWO}, np.ones(4)),
            (TWO, None),
            (TWO, np.array([[0.5, 1.0], [1.5, 2], [2, 3], [3, 4]])),
            (TWO, {"a": np.ones(4)}),
            (lambda: None, None),
        ],
    )
    def test_other_data_have_none(self, x, y):
        assert scene(x, y) is None

    def test_a_fixed_sample_of_many_that_disturbs_no_random_state(self):
        x = np.random.default_rng(1).normal(size=(3000, 2)).astype("float32")
        np.random.seed(7)
        before = np.random.get_state()[1].tolist()
        found, again = scene(x, x[:, 0]), scene(x, x[:, 0])
        assert np.random.get_state()[1].tolist() == before
        assert found == again
        assert len(found.points) == MOST_POINTS
        np.testing.assert_array_equal(found.points[:, 0], found.targets)

    @pytest.mark.filterwarnings("ignore:x holds NaN")
    def test_what_has_no_place_is_left_out(self):
        x = np.array([[0.0, 1.0], [np.nan, 3.0], [1.0, 1.0]])
        found = scene(x, [1.5, 2.5, 3.5])
        assert found.points.tolist() == [[0, 1], [1, 1]]
        assert found.grid.spans[1] == (0.5, 1.5)
        assert scene(np.full((2, 2), np.nan), [1.5, 2.5]) is None

    def test_it_comes_back_from_plain_values(self):
        found = scene(TWO, [0, 1, 1, 0])
        assert Scene.from_json(found.to_json()) == found
        assert Scene.from_json(None) is None

    @pytest.mark.parametrize(
        "change", [{"sample": "???"}, {"sample": "AAAA"}, {"spans": [[1, 0]]}, {"names": ["x"]}]
    )
    def test_other_values_are_refused(self, change):
        written = scene(TWO, [0, 1, 1, 0]).to_json()
        with pytest.raises(ValueError, match=r"."):
            Scene.from_json({**written, **change})
