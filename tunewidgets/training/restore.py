"""Models for the person's own process: the best run's, or one trained on all the data."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from tunewidgets.errors import StudyError
from tunewidgets.training.arrays import map_nest
from tunewidgets.training.building import build
from tunewidgets.training.facts import facts_of
from tunewidgets.training.job import Job, Task, pack_recipe, weights_from_bytes
from tunewidgets.training.workshop import Workshop
from tunewidgets.trial import State


def restored(job: Job, task: Task, archive: bytes) -> Any:
    """Build the model of a run and give it the weights that the run ended with."""
    train, valid = job.data.train.made(), job.data.valid
    x, facts = train.x, facts_of(train, valid and valid.made())
    model = build(job.unpacked_recipe().builder, task.params, facts, task.seed)
    weights = weights_from_bytes(archive)
    if len(model.get_weights()) != len(weights):  # built by its first call, as subclassed ones are
        is_stream = not isinstance(x, (np.ndarray, list, tuple, dict))
        first = x if is_stream else map_nest(lambda array: array[:1], x)
        model.predict(first, steps=1, verbose=0)
    model.set_weights(weights)
    return model


def refitted(job: Job, task: Task) -> Any:
    """Train a task's model on all of the training data, in this process.

    Without validation data there is nothing to stop early by: all the epochs are trained.

    Raises
    ------
    StudyError
        Where the fit fails.
    """
    recipe = job.unpacked_recipe()
    if job.judge is not None:  # it scores folds, and here there are none
        recipe = replace(recipe, objective=job.monitor or recipe.objective, minimize=True)
        job = replace(job, recipe=pack_recipe(recipe), judge=None)
    if job.data.valid is None and recipe.objective.startswith("val_"):
        # A cross-validated trial had folds to look at; with all samples in use there are none.
        recipe = replace(recipe, objective="loss")
        job = replace(job, recipe=pack_recipe(recipe))
        task = replace(task, patience=None, restore_best=None)
    job = replace(job, grid=None, keeping=None, logs=None)  # nobody looks on, or goes on
    workshop = Workshop(job)  # for this model alone, which is its owner's from now on
    model, ended = workshop.train(task, report=lambda _: None, should_stop=lambda: False)
    if ended.state is not State.COMPLETE:
        raise StudyError(f"The refit failed. {ended.error}\n{ended.traceback or ''}".rstrip())
    return model
