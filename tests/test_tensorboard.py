"""Logs for TensorBoard, read back with TensorBoard's own reader."""

from __future__ import annotations

import pytest

import tunewidgets as tw
from tests.builders import build_model, line


def read(folder):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    return EventAccumulator(str(folder)).Reload()


@pytest.mark.slow
def test_runs_are_logged_with_hparams(tmp_path, train):
    from tensorboard.plugins.hparams import metadata
    from tensorboard.util.tensor_util import make_ndarray

    x, y = line()
    logs = tmp_path / "logs"
    _, trial = train(
        build_model, x, y, cv=2, name="a/b", tensorboard=logs, params={"learning_rate": 0.1}
    )
    assert sorted(path.name for path in (logs / "a_b" / "trial-0000").iterdir()) == [
        "fold-0",
        "fold-1",
    ]
    for run in trial.runs:
        seen = read(logs / "a_b" / "trial-0000" / f"fold-{run.fold}")
        for name, curve in run.history.items():
            values = [make_ndarray(tensor.tensor_proto).item() for tensor in seen.Tensors(name)]
            assert values == pytest.approx(curve)
            assert [tensor.step for tensor in seen.Tensors(name)] == [0, 1]
        content = seen.summary_metadata[metadata.SESSION_START_INFO_TAG].plugin_data.content
        start = metadata.parse_session_start_info_plugin_data(content)
        assert start.group_name == "trial-0000"
        assert start.hparams["learning_rate"].number_value == 0.1
        assert start.hparams["n_neurons"].number_value == 4
        assert start.hparams["epochs"].number_value == 2
        content = seen.summary_metadata[metadata.SESSION_END_INFO_TAG].plugin_data.content
        assert metadata.parse_session_end_info_plugin_data(content).status == 1  # success


def test_what_cannot_be_a_folder(make, tmp_path):
    file = tmp_path / "file"
    file.touch()
    for folder, said in ((file, "a folder that can be written to"), (3, "got int")):
        with pytest.raises(tw.StudyError, match=said):
            make(tensorboard=folder)
