"""Judges: what gives a run its value where no metric of the model's does.

A study of scikit-learn's searches is judged by scikit-learn's scorers. The judge travels by value
with the job and is unpickled once in each worker, so it may hold the targets as their owner
wrote them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from tunewidgets.errors import StudyError
from tunewidgets.training.job import Task
from tunewidgets.training.splitting import Split


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a judge says of a trained model.

    Attributes
    ----------
    value
        The run's value, finite; None where there is none, and the run fails.
    scores
        Name to score, whatever the judge wants to find again in ``run.scores``.
    error, traceback
        What could not be scored, as a sentence, and where.
    score_seconds, judge_seconds
        Wall time of the scores that count, and of everything.
    """

    value: float | None
    scores: Mapping[str, float] = field(default_factory=dict)
    error: str | None = None
    traceback: str | None = None
    score_seconds: float = 0.0
    judge_seconds: float = 0.0


class Judge(Protocol):
    """Scores a trained model, in the worker."""

    def __call__(self, model: Any, task: Task, samples: Split) -> Verdict:
        """Score a model.

        Parameters
        ----------
        model
            As the fit left it.
        task
            What was trained: the hyperparameters, and the rows of the fold.
        samples
            The same samples in the model's own form.
        """


def pack_judge(judge: Judge) -> bytes:
    """Pickle a judge.

    Raises
    ------
    StudyError
        Where it is no function, or holds what cannot travel.
    """
    import cloudpickle

    if not callable(judge):
        raise StudyError(
            f"judge must be a function of a model, a task and its samples, but got "
            f"{judge!r:.80}: leave it out to be judged by the objective."
        )
    try:
        packed: bytes = cloudpickle.dumps(judge)
    except Exception as error:  # whatever an object's own pickling raises
        raise StudyError(
            f"What scores a model must be able to travel to a worker process, but pickling it "
            f"failed ({type(error).__name__}: {error}): make what cannot travel inside it."
        ) from error
    return packed


def unpacked_judge(packed: bytes) -> Judge:
    """Read what `pack_judge` wrote."""
    import cloudpickle

    judge: Judge = cloudpickle.loads(packed)
    return judge
