"""One run, in the worker: build the model, fit it, score it.

The same seed gives the same run outside the study::

    keras.utils.set_random_seed(run.seed)
    model = build_model(**trial.params)
    model.fit(x, y, ...)
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

from tunewidgets.errors import DataError, ObjectiveError, TuneError
from tunewidgets.events import ModelBuilt, PredictionMade, RatesTried
from tunewidgets.retelling import stated
from tunewidgets.training.attempt import Attempt
from tunewidgets.training.building import build, start_over
from tunewidgets.training.callbacks import (
    Report,
    Watch,
    check_objective,
    numbers_of,
    reporting,
    taking_apart,
)
from tunewidgets.training.checkpoints import MismatchError, Shelf, saving
from tunewidgets.training.compiled import why_plain
from tunewidgets.training.describing import described
from tunewidgets.training.doubts import doubt
from tunewidgets.training.facts import facts_of
from tunewidgets.training.fit_options import read_callbacks
from tunewidgets.training.fitting import Compiler, Fitted, Plain
from tunewidgets.training.job import (
    HereJob,
    Job,
    Recipe,
    Task,
    weights_to_bytes,
)
from tunewidgets.training.judging import Judge
from tunewidgets.training.pairing import check_pairing
from tunewidgets.training.rate_trying import try_rates
from tunewidgets.training.schedules import changing_rate
from tunewidgets.training.splitting import Share, Split, split
from tunewidgets.training.thinking import Thinker, asking
from tunewidgets.trial import State

Tell = Callable[[ModelBuilt | PredictionMade | RatesTried], None]
"""Receives word of a model once it is built, of what it predicts, and of a range test."""


def tell_nobody(_: ModelBuilt | PredictionMade | RatesTried) -> None:
    """Keep it to oneself."""


class OneRun:
    """One run on its way."""

    def __init__(
        self,
        job: Job | HereJob,
        compiler: Compiler,
        task: Task,
        report: Report,
        should_stop: Callable[[], bool],
        tell: Tell,
        *,
        judge: Judge | None = None,
        shelf: Shelf | None = None,
    ) -> None:
        self._job = job
        self._compiler = compiler
        self._judge = judge
        self.attempt = Attempt(shelf, task)
        self._task = task
        self._report = report
        self._should_stop = should_stop
        self._tell = tell
        self._recipe: Recipe
        self._watch: Watch
        self._build_seconds = 0.0
        self._built_at: float | None = None
        self._doubt: str | None = None
        self.model: Any = None
        self.path: str | None = None

    def outcome(self) -> tuple[State, dict[str, Any]]:
        """Build, fit and score; give the state to end in and what belongs to it."""
        if self._task.rates is not None:
            return self._tested(self._task.rates), {}
        trained = self.trained()
        if trained is None or self._watch.was_stopped:
            return State.STOPPED, {}
        samples, fitted = trained
        recipe = self._recipe
        if self.diverged:
            return State.FAILED, {"error": self.diverged}
        if self._judge is not None:
            return self._judged(self._judge, samples)
        value = self._value(fitted, samples.left_out or self._unscored(samples))
        if not math.isfinite(value):
            return State.FAILED, {
                "error": f"{recipe.objective} is {value}: the training diverged. Try a smaller "
                f"learning rate, or look for NaN in the data."
            }
        return State.COMPLETE, {"value": value, "weights": self._weights(value)}

    def trained(self) -> tuple[Split, Fitted] | None:
        """Build and fit; give the samples and the fit, or None where it was stopped before."""
        if self._should_stop():
            return None
        self.attempt.look_back()
        samples = self._prepared()
        if samples is None:
            return None
        was_built = self.model.built
        try:
            fitted = self._fit(samples)
        except MismatchError:  # the builder is another one by now
            self.attempt.begin_anew()
            self._build(samples)
            fitted = self._fit(samples)
        self.model, self.path = fitted.model, fitted.path
        if not was_built:  # by its first call, as subclassed ones are
            self._describe()
        self.attempt.end(self.model, self._watch)
        is_cut = self._watch.was_stopped or self._watch.diverged
        if not is_cut and not self._watch.n_epochs:
            raise DataError("Nothing was trained: the data gave no batch in the first epoch.")
        return samples, fitted

    def _tested(self, rates: tuple[float, ...]) -> State:
        """Build, and try learning rates in place of training; give the state to end in."""
        samples = self._prepared()
        if samples is None:
            return State.STOPPED
        part, options = samples.fit.taken(), self._recipe.fit_options
        losses = try_rates(
            self.model, part, rates, self._task.batch_size, options, self._should_stop
        )
        self._tell(RatesTried(self._task.key, losses))
        return State.STOPPED if self._should_stop() else State.COMPLETE

    def _prepared(self) -> Split | None:
        """Split the samples and build the model; None where it was stopped before."""
        if self._should_stop():
            return None
        start_over(self._task.seed)  # a function that makes data may draw on the seed too
        samples = split(self._job.data, self._task, is_judged=self._judge is not None)
        self._build(samples)
        if self._should_stop():
            return None
        if self._recipe.n_classes is not None:
            targets = self._compiler.targets
            samples = targets.for_model(self.model, samples, self._recipe.n_classes)
        check_pairing(self.model, samples.fit.part)
        if (doubtful := doubt(self.model, samples.fit.part)) is not None:
            self._doubt = doubtful
            self._describe()
        return samples

    def _fit(self, samples: Split) -> Fitted:
        callbacks = self._callbacks(samples)
        parts = [share.part for share in (samples.fit, samples.curves) if share]
        options = self._recipe.fit_options
        if self._recipe.engine == "keras":
            why: str | None = ""
        else:
            why = why_plain(self.model, parts, options, callbacks)
        if why is None:
            try:
                return self._compiler.fit(
                    self.model,
                    self._recipe,
                    self._task,
                    samples,
                    callbacks,
                    self.attempt.first_epoch,
                    self._settled,
                )
            except (TuneError, MismatchError):
                raise
            except Exception as error:
                if self._watch.n_trained:
                    raise
                # Perhaps only model.fit itself can do it; if not, it says what is wrong.
                why = stated("it could not be compiled ({kind})", kind=type(error).__name__)
                self._build(samples)
                callbacks = self._callbacks(samples)
        plain = Plain(self.model, self._recipe, self._task, why)
        self.path = plain.path
        if self.attempt.is_kept:
            callbacks = [*callbacks, saving(self._settled)]
        return plain.fit(samples, callbacks, self.attempt.first_epoch)

    def _settled(self, model: Any) -> None:
        self.attempt.settle(model, self._watch)

    def _build(self, samples: Split) -> None:
        """Build the model, with callbacks that no other fit has had."""
        self._recipe = self._job.unpacked_recipe()
        is_in_every_epoch = self._recipe.fit_options.get("validation_freq", 1) == 1
        is_reported = is_in_every_epoch and self._judge is None
        objective = self._recipe.objective if is_reported else None
        self._watch = Watch(self._report, self._should_stop, objective)
        task = self._task
        begun = time.perf_counter()
        curves = samples.curves.part if samples.curves else None
        facts = facts_of(samples.fit.part, curves)
        self.model = build(self._recipe.builder, task.params, facts, task.seed)
        self._built_at = time.perf_counter()
        self._build_seconds = self._built_at - begun
        self._describe()

    def _describe(self) -> None:
        n_weights, summary = described(self.model)
        told = (n_weights, summary, self._build_seconds, self._doubt)
        self._tell(ModelBuilt(self._task.key, *told))

    @property
    def diverged(self) -> str | None:
        """What to say of a loss that became infinite or NaN; None where it did not."""
        return self._watch.diverged

    @property
    def epoch_seconds(self) -> tuple[float, float]:
        """How long the first epoch took, and all of them; what was not reached counts nothing."""
        if self._built_at is None or self._watch.first_at is None or self._watch.last_at is None:
            return 0.0, 0.0
        return self._watch.first_at - self._built_at, self._watch.last_at - self._built_at

    def _callbacks(self, samples: Split) -> list[Any]:
        import keras

        recipe, task = self._recipe, self._task
        made = recipe.callbacks() if callable(recipe.callbacks) else recipe.callbacks
        given = read_callbacks(made)  # which may be a single one, as for model.fit
        callbacks = [] if callable(given) else [*given]
        n_epochs = task.planned or task.epochs
        callbacks += changing_rate(n_epochs, task.warmup_epochs or 0, task.schedule)
        if task.patience is not None or task.restore_best:
            monitor = self._job.monitor
            watched = monitor or recipe.objective
            if watched.endswith("]"):  # one number of an array, which Keras knows as a whole
                callbacks.append(taking_apart())
            self.attempt.stopping = keras.callbacks.EarlyStopping(
                watched,
                patience=task.patience or task.epochs,  # without one it never stops
                mode="min" if recipe.minimize or monitor else "max",
                restore_best_weights=bool(task.restore_best),
            )
            callbacks.append(self.attempt.stopping)
        # Behind those that read or set the learning rate, before what reports.
        callbacks += self.attempt.callbacks(self._watch)
        callbacks.append(reporting(self._watch))
        if self._job.grid is not None:
            is_flat = samples.fit.part.x.ndim == 1
            callbacks.append(asking(Thinker(task.key, self._job.grid, is_flat, self._tell)))
        return callbacks

    def _judged(self, judge: Judge, samples: Split) -> tuple[State, dict[str, Any]]:
        """Have the judge score the model, and end in the state that its value allows."""
        verdict = judge(self.model, self._task, samples)
        told = {
            "scores": verdict.scores,
            "score_seconds": verdict.score_seconds,
            "judge_seconds": verdict.judge_seconds,
            "error": verdict.error,
            "traceback": verdict.traceback,
        }
        if verdict.value is None:
            return State.FAILED, told
        return State.COMPLETE, told | {
            "value": verdict.value,
            "weights": self._weights(verdict.value),
        }

    def _unscored(self, samples: Split) -> Share | None:
        """Give what to score the last weights on, where the last epoch's log does not tell.

        A user's callback, ``restore_best`` or an optimizer's averages (``use_ema``) may have
        changed them at the end, and ``validation_freq`` leaves epochs out.
        """
        recipe = self._recipe
        if not recipe.objective.startswith("val_"):
            return None
        may_differ = recipe.callbacks or self._task.restore_best or _averages(self.model.optimizer)
        has_changed = may_differ or recipe.objective not in self._watch.last
        return samples.curves if has_changed else None

    def _value(self, fitted: Fitted, score_on: Share | None) -> float:
        """Give the objective of the weights that the fit ended with."""
        key = self._recipe.objective
        if score_on is None:
            check_objective(key, self._watch.last)
            return self._watch.last[key]
        scores = numbers_of(fitted.evaluate(score_on))
        named = {f"val_{name}": score for name, score in scores.items()}
        if not key.startswith("val_"):
            raise ObjectiveError(
                f"With cv the objective must be a validation metric, but it is {key!r}: choose one "
                f"of {', '.join(named)}."
            )
        check_objective(key, named)
        return named[key]

    def _weights(self, value: float) -> bytes | None:
        to_beat = self._task.to_beat
        if to_beat is None:
            return None
        is_better = value < to_beat if self._recipe.minimize else value > to_beat
        return weights_to_bytes(self.model.get_weights()) if is_better else None


def _averages(optimizer: Any) -> bool:
    """Whether an optimizer, or one inside it, ends a fit with the averages of the weights."""
    inner = getattr(optimizer, "optimizers", None) or [
        getattr(optimizer, "inner_optimizer", optimizer)
    ]
    return any(getattr(one, "use_ema", False) for one in inner)
