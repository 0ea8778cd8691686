"""Two ways to fit a model: by compiled epochs, or by ``model.fit`` where only that will do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

from tunewidgets.training import compiled
from tunewidgets.training.data import Part
from tunewidgets.training.job import Recipe, Task
from tunewidgets.training.splitting import Share, Split
from tunewidgets.training.targets import Targets

PLAIN = "model.fit"


class Fitted(Protocol):
    """A fit that is over."""

    model: Any
    """The model that was trained; it may be another than the one given."""
    path: str
    """Which way it went, in words."""

    def evaluate(self, share: Share) -> dict[str, Any]:
        """Score the trained model."""


class Plain:
    """A fit by ``model.fit``.

    Parameters
    ----------
    why
        Why not by compiled epochs; empty where that was asked for.
    """

    def __init__(self, model: Any, recipe: Recipe, task: Task, why: str) -> None:
        self.model = model
        self.path = f"{PLAIN}: {why}" if why else PLAIN
        self._recipe = recipe
        self._task = task

    def fit(self, samples: Split, callbacks: Sequence[Any], first_epoch: int = 0) -> Plain:
        """Train the model."""
        part = samples.fit.taken()
        with compiled.without_replicas(self.model):
            self.model.fit(
                part.x,
                part.y,
                sample_weight=part.sample_weight,
                validation_data=_for_keras(samples.curves),
                epochs=self._task.epochs,
                initial_epoch=first_epoch,
                batch_size=self._task.batch_size,
                callbacks=list(callbacks),
                verbose=0,
                **self._recipe.fit_options,
            )
        return self

    def evaluate(self, share: Share) -> dict[str, Any]:
        """Score the trained model."""
        part, options = share.taken(), self._recipe.fit_options
        scores: dict[str, Any] = self.model.evaluate(
            part.x,
            part.y,
            sample_weight=part.sample_weight,
            batch_size=options.get("validation_batch_size") or self._task.batch_size,
            steps=options.get("validation_steps"),
            return_dict=True,
            verbose=0,
        )
        return scores


class Compiler:
    """Fits by compiled epochs, and what they keep from run to run.

    Parameters
    ----------
    folder
        Where workers tell each other which path is faster; None for nobody.
    is_thrifty
        Whether memory is scarce.
    """

    def __init__(self, folder: Path | None = None, *, is_thrifty: bool = False) -> None:
        self._twins = compiled.Twins(is_thrifty=is_thrifty)
        self._paths = compiled.Paths(folder)
        self._kept: dict[int, tuple[Part, compiled.Rows]] = {}
        self.targets = Targets()

    def forget_samples(self) -> None:
        """Let go of the samples; what was compiled is kept."""
        self._kept = {}
        self.targets = Targets()

    def is_kept(self, model: Any) -> bool:
        """Whether a model may train again, in the place of a later one."""
        return self._twins.has(model)

    def fit(
        self,
        model: Any,
        recipe: Recipe,
        task: Task,
        samples: Split,
        callbacks: Sequence[Any],
        first_epoch: int = 0,
        settled: Callable[[Any], None] | None = None,
    ) -> Compiled:
        """Train the model, or its twin; `settled` receives it after each compiled call."""
        options = recipe.fit_options
        rows = self.rows(samples.fit, options.get("class_weight"))
        this = compiled.Fit(
            rows,
            self.rows(samples.curves) if samples.curves else None,
            task.epochs,
            task.batch_size,
            options.get("validation_batch_size"),
            options.get("validation_freq", 1),
            options.get("shuffle", True),
            compiled.path_of(recipe.engine),
            first_epoch,
            settled,
        )
        return Compiled(self, compiled.fit(model, this, callbacks, self._twins, self._paths))

    def rows(self, share: Share, class_weight: Any = None) -> compiled.Rows:
        """Give samples that lie on the device; those of the study are put there once."""
        part, rows = self._kept.get(id(share.part), (None, None))
        if part is not share.part or rows is None:
            rows = compiled.on_device(share.part)
            self._kept = {**dict([*self._kept.items()][-1:]), id(share.part): (share.part, rows)}
        if class_weight is not None:
            rows = compiled.class_weighted(rows, share.part.y, class_weight)
        return rows if share.index is None else rows.taking(share.index)


class Compiled:
    """A fit by compiled epochs."""

    def __init__(self, compiler: Compiler, fitted: compiled.Fitted) -> None:
        self.model = fitted.model
        self.path = fitted.path
        self._compiler = compiler
        self._fitted = fitted

    def evaluate(self, share: Share) -> dict[str, Any]:
        """Score the trained model."""
        return self._fitted.evaluate(self._compiler.rows(share))


def _for_keras(share: Share | None) -> Any:
    if share is None:
        return None
    part = share.taken()
    if part.y is None:
        return part.x
    return (part.x, part.y) if part.sample_weight is None else part.nests
