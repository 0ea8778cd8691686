"""The study: one builder, one data set, one search space, one objective, and all its trials.

Commands (`enqueue`, `search`, `stop`, ...) return at once; runs happen in the executor's
workers, and what they tell is recorded by the ledger. See ``docs/architecture.md``.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from tunewidgets import roster, study_settings
from tunewidgets.attaching import attach, file_of
from tunewidgets.executors import Executor, ProcessExecutor
from tunewidgets.exports import Call
from tunewidgets.gathering import Gathering
from tunewidgets.ledger import CLOSED
from tunewidgets.level import Level
from tunewidgets.ranging import RangeTest, check_range
from tunewidgets.rates import rising
from tunewidgets.resuming import Unfinished
from tunewidgets.scheduler import Scheduler
from tunewidgets.search import Search
from tunewidgets.space import SearchSpace
from tunewidgets.storage import StudyRecord
from tunewidgets.tasks import Tasks
from tunewidgets.training.data import read_data
from tunewidgets.training.fit_options import check_engine, check_fit_options, read_callbacks
from tunewidgets.training.folds import read_folds
from tunewidgets.training.job import Job, Recipe, pack_recipe
from tunewidgets.training.judging import Judge, pack_judge
from tunewidgets.training.scenery import scene_of
from tunewidgets.training.tensorboard import logs_of
from tunewidgets.trial import PERSON, Params, Run, Trial
from tunewidgets.undisturbed import undisturbed
from tunewidgets.waiting import wait_until


class Study(Gathering):
    """One builder, one data set, one search space, one objective, and all its trials.

    Parameters
    ----------
    builder
        A function that takes hyperparameters and returns a compiled Keras model. A parameter
        ``input_shape`` that the space does not name is filled from the data.
    space
        Hyperparameter name to what it may be: scikit-learn's ``param_distribs`` (lists, NumPy
        arrays, scipy distributions), the abbreviations of ``ipywidgets.interact``, or
        `Float`, `Int` and `Categorical`.
    x, y
        Arrays, lists or dicts of arrays, or DataFrames, with one row a sample; or ``x`` a
        zero-argument function that makes a data set (or ``(x, y)``) in the worker.
    validation_data
        ``(x, y)`` or ``(x, y, sample_weight)``, or a zero-argument function.
    validation_split
        Share of the last samples to validate on instead, between 0 and 1.
    sample_weight
        One weight a sample, or a nest of them as ``model.fit`` takes.
    objective
        Metric key to optimise; ``val_f1_score[1]`` is class 1's, where a metric has one for each.
    direction
        ``"minimize"`` or ``"maximize"``; None tells by the objective's name.
    name
        Tells the studies of one file apart.
    storage
        Path of a study file, made when missing; None keeps everything in memory.
    seed
        Gives the same seeds to the same runs again; None draws one.
    epochs, batch_size, patience, restore_best, warmup_epochs, schedule
        Training hyperparameters for every trial that does not say otherwise. ``patience=p`` is
        ``EarlyStopping(objective, patience=p)``, and ``restore_best`` its
        ``restore_best_weights``, also without a patience. ``warmup_epochs`` raises the learning
        rate in equal steps over so many epochs; ``schedule`` is ``"constant"``, ``"step"`` or
        ``"cosine"`` for the epochs after them (`training.schedules`).
    callbacks
        Keras callbacks, copied for each run, or a function that makes the list in the worker.
    n_workers
        How many runs go on at once; None for as many as processors and memory allow.
    executor
        Where runs happen; None for local processes.
    engine
        How epochs are trained: ``"auto"`` chooses what is fastest, ``"keras"`` is
        ``model.fit``, ``"graph"`` and ``"xla"`` are ways to compile whole epochs, with the
        numbers of ``model.fit`` (by XLA, which ``TUNEWIDGETS_XLA=0`` spares, to rounding).
    folds
        Folds of one's own, a pair of index arrays each: the samples to fit on and those to score
        on. ``cv`` equal to their number then means these.
    judge
        Gives the value of a run in the objective's place, in the worker: see `Judge`.
    n_classes
        Says that ``y`` are class numbers below it, to be turned into what each model's loss takes.
    checkpoints
        Whether to keep what runs need to go on later (weights, optimizer, history), beside the
        study's file or until the study is closed: bytes in all, or True for 500 MB. The oldest
        go first, the best trial's last.
    tensorboard
        A folder for TensorBoard's logs: below it one a study, and one a run, with all metrics after
        each epoch and the HParams (``%tensorboard --logdir logs``). Needs that package.
    **fit_options
        ``class_weight``, ``shuffle``, ``steps_per_epoch``, ``validation_steps``,
        ``validation_batch_size``, ``validation_freq``, as ``model.fit`` takes them.

    Raises
    ------
    SpaceError, DataError, BuilderError, StudyError, StorageError
        With the rule that is broken, the value, and the remedy. Nothing has been trained then.

    Examples
    --------
    >>> study = tw.Study(build_model, {"n_neurons": (1, 100)}, x, y, validation_split=0.2)
    >>> study.enqueue({"n_neurons": 42})
    >>> study.search("random", n_trials=10, cv=3, seed=42).wait()
    >>> study.best_params
    """

    def __init__(
        self,
        builder: Callable[..., Any],
        space: Mapping[str, Any],
        x: Any,
        y: Any = None,
        *,
        validation_data: Any = None,
        validation_split: float = 0.0,
        sample_weight: Any = None,
        objective: str = "val_loss",
        direction: str | None = None,
        name: str = "study",
        storage: str | os.PathLike[str] | None = None,
        seed: int | None = None,
        epochs: int = 10,
        batch_size: int | None = None,
        patience: int | None = None,
        restore_best: bool | None = None,
        warmup_epochs: int | None = None,
        schedule: str | None = None,
        callbacks: Callable[[], Sequence[Any]] | Sequence[Any] | None = None,
        n_workers: int | None = None,
        executor: Executor | None = None,
        engine: str = "auto",
        folds: Iterable[tuple[Any, Any]] = (),
        judge: Judge | None = None,
        n_classes: int | None = None,
        checkpoints: bool | int = True,
        tensorboard: str | os.PathLike[str] | None = None,
        **fit_options: Any,
    ) -> None:
        study_settings.check_name(name)
        check_fit_options(fit_options)
        check_engine(engine)
        study_settings.check_n_classes(n_classes)
        study_settings.check_executor(executor, n_workers)
        given = read_callbacks(callbacks)
        way = study_settings.direction_of(objective, direction)
        is_least = way == "minimize"
        recipe = Recipe(builder, given, fit_options, objective, is_least, engine, n_classes)
        packed = pack_recipe(recipe)
        space = SearchSpace.read(space, builder)
        study_settings.check_complete(builder, space)
        training = study_settings.read_training(
            space,
            epochs=epochs,
            batch_size=batch_size,
            patience=patience,
            warmup_epochs=warmup_epochs,
            restore_best=restore_best,
            schedule=schedule,
        )
        data = read_data(
            x,
            y,
            sample_weight=sample_weight,
            validation_data=validation_data,
            validation_split=validation_split,
        )
        self._executor = executor or ProcessExecutor(n_workers)
        scene = scene_of(x, y, data)
        settings = {
            "training": training,
            "seed": study_settings.read_seed(seed),
            "scene": None if scene is None else scene.to_json(),
        }
        record = StudyRecord(name, objective, way, space.to_json(), settings)
        file = None if storage is None else file_of(storage)
        own_folds = read_folds(folds, data.n_samples) if folds else ()
        grid = None if scene is None else scene.grid
        packed_judge = None if judge is None else pack_judge(judge)
        keeping = study_settings.read_keeping(checkpoints, file, name)
        logs = logs_of(tensorboard, name)
        self._job = Job(packed, data, grid, packed_judge, keeping, logs)
        share = validation_split if validation_data is None else 0.0
        self._call = Call(recipe, data, share)
        self._executor.open(self._job, lambda event: self._scheduler.take(event))
        roster.make_way(file, name)
        try:
            super().__init__(attach(file, record, keep_seed=seed is None))
        except BaseException:
            self._executor.close()
            raise
        self._ledger.n_workers = self._executor.n_workers
        self._tasks = Tasks(self._ledger, data, own_folds, is_judged=judge is not None)
        self._scheduler = Scheduler(self._ledger, self._executor, self._tasks)
        self._unfinished = Unfinished(self._ledger, self._scheduler)
        roster.enter(self, file, name)

    # Commands

    def enqueue(self, params: Params | None = None, *, cv: int | None = None) -> Trial:
        """Train a choice of hyperparameters as soon as a worker is free, before any search's.

        Parameters
        ----------
        params
            Hyperparameter name to value, also outside the space's ranges, and training
            hyperparameters; what is left out takes its starting value.
        cv
            Number of folds to cross-validate with.

        Returns
        -------
        Trial
            As it was queued; `trials` has it as it goes on.

        Raises
        ------
        SpaceError
            For an unknown name or a value that cannot be stored.
        DataError, StudyError
            For impossible folds, or no validation data.
        """
        self._check_open()
        folds = self._tasks.read_folds(cv)
        checked = self._tasks.normalised(self.space.check_params(params or {}))
        trial = self._ledger.add_trial(checked, PERSON, folds, self.level)
        self._scheduler.queue_runs(run.key for run in trial.runs)
        self._ledger.announce()
        return trial

    def range_test(
        self,
        params: Params | None = None,
        *,
        low: float = 1e-5,
        high: float = 1.0,
        n_steps: int = 100,
    ) -> RangeTest:
        """Look for a learning rate: raise it batch by batch, from a fresh model (Smith 2015).

        It goes on in the background, before any waiting run, and is no trial.

        Parameters
        ----------
        params
            Hyperparameter name to value; what is left out takes its starting value. The
            learning rate among them is not used.
        low, high
            The rates tried: from one to the other, each the same number of times the last.
        n_steps
            How many batches; the test ends sooner where the loss explodes.

        Returns
        -------
        RangeTest
            Whose ``record`` has the losses and, when it has ended, the suggested rate.

        Raises
        ------
        SpaceError
            For an unknown name or a value that cannot be stored.
        StudyError
            For rates that cannot be tried.
        """
        self._check_open()
        check_range(low, high, n_steps)
        checked = self._tasks.normalised(self.space.check_params(params or {}))
        rates = rising(float(low), float(high), int(n_steps))
        record = self._scheduler.test_rates(checked, rates)
        self._ledger.announce()
        return RangeTest(record.number, self._ledger, self._scheduler)

    def zoom(self, **bounds: Any) -> SearchSpace:
        """Open the next level inside the present one: its space with narrower ranges.

        What was tried at other levels and lies in the new one counts as tried there too.

        Parameters
        ----------
        **bounds
            Hyperparameter name to ``(low, high)``, or to the choices to keep.

        Returns
        -------
        SearchSpace
            The new level's.

        Raises
        ------
        SpaceError
            For no bounds, an unknown name, or bounds that are not within the present ones.
        """
        self._check_open()
        space = self._ledger.open_level(**bounds)
        self._scheduler.wake()  # which writes it
        self._ledger.announce()
        return space

    def go_to(self, level: Level | int) -> SearchSpace:
        """Make one of `levels` (or its number) the present one, and give its space.

        What `zoom` opens next then lies in that one.

        Raises
        ------
        StudyError
            Where there is no such level.
        """
        self._check_open()
        space = self._ledger.go_to(level.number if isinstance(level, Level) else level)
        self._scheduler.wake()  # which writes it
        self._ledger.announce()
        return space

    def warm(self) -> None:
        """Start the workers in the background, as a lab does when a page shows it.

        Not on a small machine, nor with ``TUNEWIDGETS_WARM=0`` in the environment.
        """
        self._check_open()
        self._executor.warm()

    def stop(self, what: Trial | Run | Search | int | None = None) -> None:
        """Stop a trial (or its number), a run, a search, or everything; histories are kept.

        A run ends after its present epoch, or by force some seconds later.
        """
        self._check_open()
        if what is None:
            self._scheduler.stop_all()
            self._unfinished.forget()
        elif isinstance(what, Run):
            self._scheduler.stop_runs([self._trial_of(what.trial).runs[what.index]])
        elif isinstance(what, Search):
            what.stop()
        else:
            self._scheduler.stop_runs(self._trial_of(what).runs)

    def resume(self) -> int:
        """Go on with what an earlier session of the study's file left unfinished.

        Runs go on from their last checkpoint, or start over with the seed they had where there is
        none (``run.engine`` says which); searches go on with the candidates they would
        have had.

        Returns
        -------
        int
            How many runs wait again.
        """
        self._check_open()
        return self._unfinished.resume()

    def wait(self, timeout: float | None = None, *, progress: bool = False) -> bool:
        """Wait until nothing runs and nothing will without being asked.

        Parameters
        ----------
        timeout
            In seconds; None waits for as long as it takes.
        progress
            Show a bar of all fits meanwhile, with the best value so far.

        Returns
        -------
        bool
            Whether all is done. A paused search does not count.

        Raises
        ------
        KeyboardInterrupt
            On Ctrl-C. The study goes on, unless this is a script that does not catch it: that ends
            with its study closed, and can go on later where it has a file (`resume`).
        """
        bar = self.name if progress else None
        return wait_until(self._ledger, lambda: self._scheduler.is_idle, timeout, bar=bar)

    def close(self) -> None:
        """Interrupt what runs, end the workers, write and close the file. Repeating is fine.

        Interrupted runs and searches can go on when the file is attached again (`resume`).
        """
        if roster.leave(self):
            undisturbed(self._close)

    def _close(self) -> None:
        self._scheduler.close()
        self._ledger.cannot_train = CLOSED
        super().close()
        self._ledger.announce()
