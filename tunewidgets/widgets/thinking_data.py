"""From a scene and a thought to a picture: what is drawn, in words and in bytes.

One column gives a curve: of the prediction, or of each class's probability. Two give a map, in
colours of classes or of a quantity. The bytes are float32, and only they change as a model learns.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from tunewidgets import format as fmt
from tunewidgets.language import translate as tr
from tunewidgets.retelling import retold
from tunewidgets.scene import FLOAT, Scene, Span, Thought
from tunewidgets.trial import Run
from tunewidgets.widgets.charts.table import Table
from tunewidgets.widgets.limits import even_ticks, tick_labels

Floats = NDArray[np.float32]
Kind = Literal["binary", "classes", "quantity"]

ROOM = 0.12
"""What a curve may leave the range of the data by and still be seen."""

RUG = 0.05
"""The height of a row of points below the curves of classes."""

COARSE = 5
"""Every so many-th point of a grid is in the table that is shown; all are in the file."""


@dataclass(frozen=True, slots=True)
class Picture:
    """What the page draws.

    Attributes
    ----------
    view
        The shape of it: kind, axes, legend.
    points
        float32, rows of x, y and the class's position or the quantity.
    values
        float32, rows of outputs, one a point of the grid; empty for nothing yet.
    """

    view: dict[str, Any]
    points: bytes
    values: bytes


def kind_of(scene: Scene, outputs: Floats | None) -> Kind:
    """Tell what a model's outputs are: a class's probability, each class's, or a quantity."""
    n_classes = len(scene.classes)
    if outputs is None:
        return "classes" if n_classes else "quantity"
    n_outputs = outputs.shape[1]
    if n_outputs == 1:
        return "binary" if n_classes == 2 else "quantity"
    return "classes" if n_classes and n_outputs >= n_classes else "quantity"


def picture(scene: Scene, thought: Thought | None) -> Picture:
    """Draw a thought on its scene, or the scene alone."""
    outputs = thought.outputs() if thought is not None and thought.values else None
    kind = kind_of(scene, outputs)
    grid = scene.grid if thought is None else thought.grid
    is_map = len(scene.names) == 2
    limits = _limits(scene)
    spans = [*grid.spans] if is_map else [*grid.spans, _heights(scene, kind)]
    names = [*scene.names] if is_map else [*scene.names, _height_name(scene, kind)]
    view: dict[str, Any] = {
        "kind": kind,
        "is_map": is_map,
        "sides": list(grid.sides),
        "axes": [_axis(span, name) for span, name in zip(spans, names, strict=True)],
        "legend": _legend(scene, kind, outputs),
        "limits": list(limits),
        "ticks": _ticks(limits),
    }
    if not is_map and kind != "quantity":  # below a probability of 0 lie the points
        view["axes"][1]["ticks"] = _ticks((0.0, 1.0))
    shown = b"" if outputs is None else shown_outputs(scene, kind, outputs).tobytes()
    return Picture(view, _points(scene, kind).tobytes(), shown)


def shown_outputs(scene: Scene, kind: Kind, outputs: Floats) -> Floats:
    """Give probabilities of classes, or the quantity."""
    if kind == "binary":
        first, second = scene.classes
        return np.asarray((outputs - first) / (second - first), FLOAT)
    return outputs if kind == "classes" else np.ascontiguousarray(outputs[:, :1])


def sentence(scene: Scene, run: Run, n_folds: int | None) -> str:
    """Say in words what the picture shows."""
    where = tr("Run #{number}", number=run.trial)
    if run.fold is not None and n_folds is not None:
        where += ", " + tr("fold {i} of {n}", i=run.fold + 1, n=n_folds)
    thought = run.thought
    if thought is None:
        return tr("{run}: no prediction yet.", run=where)
    where += ", " + tr("epoch {epoch}", epoch=thought.epoch)
    if thought.trouble is not None:
        told = tr(
            "the model could not be asked what it predicts ({why}).", why=retold(thought.trouble)
        )
        return f"{where}: {told}"
    return f"{where}: {_agreement(scene, thought)}"


def table(scene: Scene, thought: Thought | None, words: str, *, coarse: bool) -> Table:
    """Give the picture as figures: every point of the grid, or for reading some of them."""
    if thought is None or not thought.values:
        return Table(words, (), ())
    outputs = thought.outputs()
    kind = kind_of(scene, outputs)
    shown = shown_outputs(scene, kind, outputs)
    rows = np.hstack([thought.grid.points(), shown])
    if coarse:
        shape = (*thought.grid.sides[::-1], rows.shape[1])
        rows = rows.reshape(shape)[(slice(COARSE // 2, None, COARSE),) * (len(shape) - 1)]
        rows = rows.reshape(-1, shape[-1])
    if kind == "quantity":
        heads = [tr("predicted {target}", target=scene.target)]
    elif kind == "binary":
        heads = [_probability(scene.classes[1])]
    else:
        heads = [_probability(j) for j in _classes(scene, outputs)]
    cells = tuple(tuple(float(f"{cell:.7g}") for cell in row) for row in rows.tolist())
    return Table(words, (*scene.names, *heads), cells)


def _agreement(scene: Scene, thought: Thought) -> str:
    """Say how far the sample agrees with the prediction, read off between the grid's points."""
    outputs = thought.outputs()
    kind = kind_of(scene, outputs)
    shown = shown_outputs(scene, kind, outputs)
    told = _at(thought, shown, scene.points)
    if kind == "quantity":
        off = fmt.number(float(np.abs(told[:, 0] - scene.targets).mean()))
        if len(scene.names) == 2:
            return tr("the points shown lie {error} off the surface on average.", error=off)
        return tr("the points shown lie {error} off the curve on average.", error=off)
    chosen = told[:, 0] >= 0.5 if kind == "binary" else told.argmax(axis=1)
    share = float((chosen == _positions(scene)).mean())
    if share == 1:
        return tr("all of the points shown are classified correctly.")
    percent = int(100 * share)
    return tr("about {percent}% of the points shown are classified correctly.", percent=percent)


def _at(thought: Thought, values: Floats, points: Floats) -> Floats:
    """Interpolate a grid's values at points, linearly along each column."""
    found = values.reshape(*thought.grid.sides[::-1], -1)
    low, weight = [], []
    for (start, end), n, column in zip(
        thought.grid.spans, thought.grid.sides, points.T, strict=True
    ):
        at = np.clip((column - start) / (end - start), 0, 1) * (n - 1)
        low.append(np.minimum(at.astype(int), n - 2))
        weight.append((at - low[-1])[:, None])
    if len(low) == 1:
        return np.asarray(found[low[0]] * (1 - weight[0]) + found[low[0] + 1] * weight[0])
    (i, j), (u, v) = low, weight
    below = found[j, i] * (1 - u) + found[j, i + 1] * u
    above = found[j + 1, i] * (1 - u) + found[j + 1, i + 1] * u
    return np.asarray(below * (1 - v) + above * v)


def _positions(scene: Scene) -> np.ndarray:
    """Give each sample's class as its position among the classes."""
    return np.searchsorted(np.array(scene.classes), scene.targets)


def _points(scene: Scene, kind: Kind) -> Floats:
    if kind == "quantity":
        last = scene.targets
        height = scene.targets
    else:
        last = _positions(scene).astype(FLOAT)
        height = last if kind == "binary" else -RUG * (last + 1)
    columns = [*scene.points.T] if len(scene.names) == 2 else [scene.points[:, 0], height]
    return np.stack([*columns, last], 1).astype(FLOAT)


def _limits(scene: Scene) -> Span:
    low, high = float(scene.targets.min()), float(scene.targets.max())
    return (low, high) if low < high else (low - 0.5, high + 0.5)


def _heights(scene: Scene, kind: Kind) -> Span:
    """Give the vertical axis of curves; it stays, whatever a model predicts."""
    if kind == "classes":
        return -RUG * (len(scene.classes) + 1), 1.03
    if kind == "binary":
        return -0.06, 1.06
    low, high = _limits(scene)
    return low - ROOM * (high - low), high + ROOM * (high - low)


def _height_name(scene: Scene, kind: Kind) -> str:
    if kind == "binary":
        return _probability(scene.classes[1])
    return tr("probability") if kind == "classes" else scene.target


def _axis(span: Span, name: str) -> dict[str, Any]:
    return {"name": name, "low": span[0], "high": span[1], "ticks": _ticks(span)}


def _ticks(span: Span) -> list[list[Any]]:
    at = even_ticks(*span)
    return [list(pair) for pair in zip(at, tick_labels(at), strict=True)]


def _legend(scene: Scene, kind: Kind, outputs: Floats | None) -> list[str]:
    if kind == "quantity":
        return []
    if kind == "binary" or outputs is None:
        return [_class(value) for value in scene.classes]
    return [_class(value) for value in _classes(scene, outputs)]


def _classes(scene: Scene, outputs: Floats) -> list[float]:
    """Give the classes, and those beyond that a model has outputs for."""
    return [*scene.classes, *range(len(scene.classes), outputs.shape[1])]


def _class(value: float) -> str:
    return tr("class {value}", value=f"{value:g}")


def _probability(value: float) -> str:
    return tr("probability of {label}", label=_class(value))
