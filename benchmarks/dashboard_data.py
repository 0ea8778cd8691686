"""A thousand trials of a hundred epochs, written in each dashboard's own way.

The trials are those of `many_runs`: read from the study's file, so that all show the same.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from benchmarks import many_runs

OBJECTIVE = "val_loss"
NAME = "A thousand runs"


def write_ours(file: Path) -> None:
    """Run the study whose executor hands out curves, into a file."""
    settings: dict[str, Any] = {
        "N_RUNS": many_runs.N_RUNS, "EPOCHS": many_runs.EPOCHS, "EPOCHS_A_SECOND": 100,
        "N_WORKERS": 4, "FILE": str(file), "EMITTED": str(file) + ".emitted",
    }  # fmt: skip
    exec(compile(many_runs.STUDY, "study", "exec"), settings)  # noqa: S102 - our own text
    settings["study"].close()


def write_optuna(trials: Any, file: Path) -> str:
    """Write trials into Optuna's journal, epochs as intermediate values; give what to open.

    Its SQLite storage takes a tenth of a second a trial to write, which nobody here measures.
    """
    import optuna
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
    from optuna.storages.journal import JournalFileBackend

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    distributions: dict[str, Any] = {
        "n_hidden": CategoricalDistribution([0, 1, 2, 3]),
        "n_neurons": IntDistribution(1, 100),
        "learning_rate": FloatDistribution(3e-4, 3e-2, log=True),
        "activation": CategoricalDistribution(["relu", "tanh", "selu"]),
    }
    storage = optuna.storages.JournalStorage(JournalFileBackend(str(file)))
    study = optuna.create_study(storage=storage, study_name=NAME, direction="minimize")
    for trial in trials:
        epochs = enumerate(trial.runs[0].history[OBJECTIVE])
        study.add_trial(
            optuna.trial.create_trial(
                params=dict(trial.params),
                distributions=distributions,
                value=trial.value,
                intermediate_values={epoch: loss for epoch, loss in epochs if math.isfinite(loss)},
            )
        )
    return str(file)


def write_tensorboard(trials: Any, folder: Path) -> None:
    """Write trials as TensorBoard's runs: hyperparameters, and the loss at every epoch."""
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.plugins.hparams import api_pb2
    from tensorboard.plugins.hparams import summary as hparams
    from tensorboard.summary.writer.event_file_writer import EventFileWriter

    for trial in trials:
        begun = hparams.session_start_pb(hparams=dict(trial.params))
        losses = [
            Summary(value=[Summary.Value(tag=OBJECTIVE, simple_value=loss)])
            for loss in trial.runs[0].history[OBJECTIVE]
        ]
        ended = hparams.session_end_pb(api_pb2.STATUS_SUCCESS)
        writer = EventFileWriter(str(folder / f"trial-{trial.number:04}"))
        for step, summary in enumerate([begun, *losses, ended]):
            # With TensorFlow installed they are its classes, which write the same bytes.
            event = Event(step=step)
            event.summary.ParseFromString(summary.SerializeToString())
            writer.add_event(event)
        writer.close()
