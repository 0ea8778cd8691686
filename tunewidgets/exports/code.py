"""The call that trained a trial, as code to paste: it runs anywhere, and gives the same score.

The code seeds Keras as the run was seeded, builds the model and fits it by ``model.fit``, and ends
by comparing what came out with what the study had. A cross-validated trial is fitted fold by fold,
on the study's folds. Where it cannot give the same, a note above it says why: callbacks that cannot
be written, a builder without source.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from tunewidgets.exports.crossed import can_be_crossed, loop, splitter
from tunewidgets.exports.rates import changes_rate, rate_lines
from tunewidgets.exports.source import Source, is_literal, needs_future_annotations
from tunewidgets.space import SearchSpace
from tunewidgets.training.data import Data
from tunewidgets.training.facts import facts_of
from tunewidgets.training.job import Recipe
from tunewidgets.trial import IMPORTED, Trial

NO_BUILDER = "The study was opened from its file, which holds no code: define build_model first."


@dataclass(frozen=True, slots=True)
class Call:
    """What a study was given, and a file does not keep.

    Attributes
    ----------
    recipe
        Builder, callbacks, options.
    data
        As the study has read it.
    validation_split
        Share of the samples that was split off, or 0.
    """

    recipe: Recipe
    data: Data
    validation_split: float = 0.0


def code_of(
    trial: Trial,
    *,
    study: str,
    objective: str,
    space: SearchSpace,
    settings: Mapping[str, Any],
    call: Call | None,
) -> str:
    """Write a trial's fit as code.

    Parameters
    ----------
    trial
        Which; of a cross-validated one, all of its fits.
    study, objective
        Their names.
    space
        Tells which hyperparameters are of training.
    settings
        Training hyperparameters that the trial does not name.
    call
        What the study was given; None for one that was opened from its file.

    Returns
    -------
    str
        Python code that needs ``x``, ``y`` and, where there are, ``x_valid``, ``y_valid``.
    """
    training = {
        name: trial.params[name] if name in trial.params and space.is_training(name) else value
        for name, value in settings.items()
    }
    params = {k: v for k, v in trial.params.items() if not space.is_training(k)}
    return _Writer(trial, study, objective, training, params, call).written()


class _Writer:
    """Puts the pieces of one trial's code together."""

    def __init__(
        self,
        trial: Trial,
        study: str,
        objective: str,
        training: Mapping[str, Any],
        params: Mapping[str, Any],
        call: Call | None,
    ) -> None:
        self._trial = trial
        self._study = study
        self._objective = objective
        self._training = training
        self._params = dict(params)
        self._call = call
        self._source = Source(imports=["import keras"])
        if training.get("schedule") == "cosine":
            self._source.import_line("import math")
        self._setup: list[str] = []
        self._notes: list[str] = []

    def written(self) -> str:
        """Write it all: notes, imports, definitions, the fit, the check."""
        builder = self._builder()
        samples = self._samples()
        options = [f"epochs={self._training['epochs']}", *self._options()]
        seed = "seed" if self._is_crossed else self._trial.runs[0].seed
        arguments = ", ".join(f"{name}={value!r}" for name, value in self._params.items())
        fit = "\n".join(f"    {part}," for part in [*samples, *options, "verbose=2"])
        target = "" if self._is_crossed else "history = "
        fitted = [
            f"keras.utils.set_random_seed({seed})",
            f"model = {builder}({arguments})",
            *rate_lines(self._training),
            f"{target}model.fit(\n{fit}\n)",
        ]
        if self._is_crossed:
            fitted = self._over_folds(fitted)
        check = self._check()
        body = [*self._setup, *fitted, *check]
        notes = [f"# Note: {note}" for note in (*self._notes, *self._source.missing)]
        call = self._call
        future = call is not None and needs_future_annotations(call.recipe.builder)
        head = [_docstring(self._trial, self._study, self._objective)]
        if future:
            head.append("from __future__ import annotations")
        blocks = ["\n\n".join(head), "\n".join(notes), "\n".join(self._source.imports)]
        top = "\n\n".join(block for block in blocks if block)
        return "\n\n\n".join([top, *self._source.definitions, "\n".join(body)]) + "\n"

    def _builder(self) -> str:
        if self._call is None:
            self._notes.append(NO_BUILDER)
            return "build_model"
        builder, data = self._call.recipe.builder, self._call.data
        if not data.train.is_made_in_worker:
            valid = None if data.valid is None or data.valid.is_made_in_worker else data.valid
            self._params |= facts_of(data.train, valid).given(builder, self._params)
        name = self._source.add(builder)
        if name is None:
            name = "build_model"
            self._notes.append("The source of the builder is not to be had: define build_model.")
        return name

    @property
    def _is_crossed(self) -> bool:
        """Whether the code goes over the folds that the study made."""
        if self._call is None or self._trial.folds is None:
            return False
        train = self._call.data.train
        return not train.is_made_in_worker and can_be_crossed(*train.nests)

    def _over_folds(self, fitted: list[str]) -> list[str]:
        assert self._call is not None  # noqa: S101 - only then is it crossed
        kind, split = splitter(self._call.data.train.y, self._trial.folds or 0)
        self._source.import_line(f"from sklearn.model_selection import {kind}")
        runs = sorted(self._trial.runs, key=lambda run: run.fold or 0)
        score = self._evaluated(", ".join(self._taken("left_out")))
        return loop(split, [run.seed for run in runs], fitted, score)

    def _taken(self, index: str) -> list[str]:
        """Write the samples with this index, as ``fit`` and ``evaluate`` take them."""
        assert self._call is not None  # noqa: S101 - only then is it crossed
        parts = [f"x[{index}]", f"y[{index}]"]
        has_weights = self._call.data.train.sample_weight is not None
        return [*parts, f"sample_weight=sample_weight[{index}]"] if has_weights else parts

    def _fold_samples(self) -> list[str]:
        """Write what a fold's ``fit`` trains and validates on."""
        assert self._call is not None  # noqa: S101 - only then is it crossed
        data, share = self._call.data, self._call.validation_split
        self._notes.append("x and y are the training data given to the study.")
        self._source.import_line("import numpy as np")
        names = ["x", "y"] if data.train.sample_weight is None else ["x", "y", "sample_weight"]
        arrays = ", ".join(f"np.asarray({name})" for name in names)
        self._setup.append(f"{', '.join(names)} = {arrays}")
        if share:
            kept = [f"{name}_valid" for name in names]
            self._setup.append(f"n_train = int(len(x) * (1 - {share!r}))")
            for index, targets in (("n_train:", kept), (":n_train", names)):
                self._setup.append(
                    f"{', '.join(targets)} = {', '.join(f'{name}[{index}]' for name in names)}"
                )
            return [*self._taken("fit"), f"validation_data=({', '.join(kept)})"]
        if data.valid is not None:
            return [*self._taken("fit"), *self._validation()]
        left_out = ", ".join(f"{name}[left_out]" for name in names)
        return [*self._taken("fit"), f"validation_data=({left_out})"]

    def _samples(self) -> list[str]:
        """Write what ``fit`` trains and validates on."""
        if self._call is None:
            self._notes.append("x and y, and x_valid and y_valid, are the study's data.")
            return ["x", "y", "validation_data=(x_valid, y_valid)"]
        if self._is_crossed:
            return self._fold_samples()
        share = self._call.validation_split
        validation = [f"validation_split={share!r}"] if share else self._validation()
        return [*self._training_samples(), *validation]

    def _validation(self) -> list[str]:
        assert self._call is not None  # noqa: S101 - the caller's branch
        valid = self._call.data.valid
        if valid is None:
            return []
        if valid.is_made_in_worker:
            return [f"validation_data={self._maker(valid.x, 'make_valid')}()"]
        weight = "" if valid.sample_weight is None else ", sample_weight_valid"
        self._notes.append("x_valid and y_valid are the validation data given to the study.")
        return [f"validation_data=(x_valid, y_valid{weight})"]

    def _training_samples(self) -> list[str]:
        assert self._call is not None  # noqa: S101 - the caller's branch
        train = self._call.data.train
        if train.is_made_in_worker and train.y is None:
            maker = self._maker(train.x, "make_data")
            self._setup.append(f"made = {maker}()")
            self._setup.append("made = made if isinstance(made, tuple) else (made,)")
            return ['**dict(zip(("x", "y", "sample_weight"), made))']
        if train.is_made_in_worker:
            self._notes.append("x and y are made as the study's functions make them.")
        else:
            self._notes.append("x and y are the training data given to the study.")
        parts = ["x", "y"] if train.y is not None else ["x"]
        return parts if train.sample_weight is None else [*parts, "sample_weight=sample_weight"]

    def _maker(self, maker: Any, name: str) -> str:
        found = self._source.add(maker)
        if found is None:
            self._notes.append(f"{name} is the function that makes the data for the study.")
        return found or name

    def _options(self) -> list[str]:
        parts = []
        if self._training.get("batch_size") is not None:
            parts.append(f"batch_size={self._training['batch_size']!r}")
        callbacks = self._callbacks()
        if callbacks:
            parts.append(f"callbacks={callbacks}")
        for name, value in (self._call.recipe.fit_options if self._call else {}).items():
            if is_literal(value):
                parts.append(f"{name}={value!r}")
            else:
                self._notes.append(f"Give {name} to fit, too, as the study was given it.")
        return parts

    def _callbacks(self) -> str:
        parts = self._given_callbacks()
        if changes_rate(self._training):
            parts.append("keras.callbacks.LearningRateScheduler(rate_of)")
        patience, restores = self._training.get("patience"), self._training.get("restore_best")
        if (patience is not None or restores) and self._can_stop_early:
            mode = "min" if self._call is None or self._call.recipe.minimize else "max"
            best = ", restore_best_weights=True" if restores else ""
            parts.append(
                f"keras.callbacks.EarlyStopping({self._objective!r}, "
                f"patience={patience or self._training['epochs']!r}, mode={mode!r}{best})"
            )
        return f"[{', '.join(parts)}]" if parts else ""

    @property
    def _can_stop_early(self) -> bool:
        """Without validation data and folds there is nothing to look at."""
        has_data = self._call is None or self._call.data.valid is not None
        has_validation = has_data or self._is_crossed
        return has_validation or not self._objective.startswith("val_")

    def _given_callbacks(self) -> list[str]:
        """Write the study's own callbacks, as far as they can be written."""
        if self._call is None:
            self._notes.append("Give the study's callbacks and options to fit, if it had any.")
            return []
        given = self._call.recipe.callbacks
        if callable(given) and not hasattr(given, "set_model"):
            name = self._source.add(given)
            if name is None:
                self._notes.append("Give the study's callbacks to fit, too.")
            return [] if name is None else [f"*{name}()"]
        parts = []
        for callback in [given] if callable(given) else given:
            text = constructor_of(callback)
            if text is None:
                self._notes.append(f"Give the study's {type(callback).__name__} to fit, too.")
            else:
                parts.append(text)
        return parts

    def _check(self) -> list[str]:
        """Compare with the study's value, where one fit can give it."""
        value, key = self._trial.value, self._objective
        if self._trial.folds is not None and not self._is_crossed:
            self._notes.append(
                f"The study's {key} is the mean over {self._trial.folds} folds, each scored by a "
                f"model that was fit on the others; this fits one model on all of x, y."
            )
            return []
        if value is None:
            return []
        score = "sum(scores) / len(scores)" if self._is_crossed else self._score()
        if self._trial.origin == IMPORTED:
            self._notes.append(
                "The trial was made elsewhere; its seed, data and epochs are not known here, so "
                "these are the study's, and the score may be another."
            )
            told = f"{{value:.6g}} here, {value:.6g} where the trial was made"
            return [f"value = {score}", f'print(f"{key}: {told}")']
        return [
            f"value = {score}",
            f'print(f"{key}: {{value:.6g}} here, {value:.6g} in the study")',
            f"if abs(value - {value!r}) > 1e-3 * abs({value!r}):",
            '    print("They differ: see the notes above, or the data or versions are others.")',
        ]

    def _score(self) -> str:
        """Write how the objective is had: from the last epoch, unless a callback may undo it."""
        key, call = self._objective, self._call
        last = f'history.history["{key}"][-1]'
        may_differ = self._training.get("restore_best") or (call and call.recipe.callbacks)
        if call is None or not may_differ or not key.startswith("val_"):
            return last
        valid, share = call.data.valid, call.validation_split
        if valid is None or not isinstance(valid.x, np.ndarray) or valid.sample_weight is not None:
            self._notes.append(
                "A callback may change the weights at the end, and then the score is not that of "
                "the last epoch: call model.evaluate."
            )
            return last
        samples = "x_valid, y_valid"
        if share:
            self._setup.append(f"n_train = int(len(x) * (1 - {share!r}))")
            samples = "x[n_train:], y[n_train:]"
        return self._evaluated(samples)

    def _evaluated(self, samples: str) -> str:
        size = self._training.get("batch_size")
        batch = "" if size is None else f"batch_size={size!r}, "
        name = self._objective.removeprefix("val_")
        return f'model.evaluate({samples}, {batch}return_dict=True, verbose=0)["{name}"]'


def _docstring(trial: Trial, study: str, objective: str) -> str:
    value = "" if trial.value is None else f": {objective} {trial.value:.6g}"
    told = f"Trial {trial.number} of {study!r}{value}."
    engine = trial.runs[0].engine
    if engine and "XLA" in engine:
        told += "\n\nXLA trained it, which adds in another order: the last digits may differ."
    safe = told.replace("\\", "\\\\").replace('"', '\\"')
    return f'"""{safe}"""'


def constructor_of(callback: Any) -> str | None:
    """Write the call that makes one of Keras's own callbacks, from what it keeps of it."""
    kind = type(callback)
    if not kind.__module__.startswith("keras."):
        return None
    arguments = []
    for name, parameter in inspect.signature(kind).parameters.items():
        if parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
            continue
        value = getattr(callback, name, inspect.Parameter.empty)
        if value is inspect.Parameter.empty or not is_literal(value):
            return None
        if value != parameter.default:
            arguments.append(f"{name}={value!r}")
    return f"keras.callbacks.{kind.__name__}({', '.join(arguments)})"
