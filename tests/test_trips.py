"""Trials that travel: to an Optuna storage and its dashboard, and here from elsewhere."""

from __future__ import annotations

import json
import threading
import urllib.request
from wsgiref.simple_server import WSGIRequestHandler, make_server

import numpy as np
import optuna
import pandas as pd
import pytest

import tunewidgets as tw
from tests.builders import line
from tests.paper import PaperExecutor, build_model
from tunewidgets.storage import SQLiteStorage
from tunewidgets.trial import State


@pytest.fixture(autouse=True)
def _quiet():
    verbosity = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    yield
    optuna.logging.set_verbosity(verbosity)


def asked(n_trials=6, direction="minimize", **more):
    """An Optuna study of the space on paper."""

    def objective(trial):
        n = trial.suggest_categorical("n_neurons", [1, 2, 4, 8])
        rate = trial.suggest_float("learning_rate", 1e-3, 0.1, log=True)
        for name in more:
            trial.suggest_int(name, 1, 3)
        trial.report(n + rate, 0)
        if trial.number == 2:
            raise optuna.TrialPruned
        return n + rate

    study = optuna.create_study(direction=direction, sampler=optuna.samplers.RandomSampler(seed=1))
    study.optimize(objective, n_trials)
    return study


@pytest.mark.slow
@pytest.mark.parametrize("ending", ["db", "log", None])
def test_all_trials_are_in_optunas_storage(make, tmp_path, ending):
    study = make(space={"n_neurons": (1, 8), "learning_rate": [0.01, 0.1]})
    study.enqueue({"n_neurons": 13, "learning_rate": 0.1})  # which fails
    study.enqueue({"n_neurons": 4, "learning_rate": 0.5})
    study.enqueue({"n_neurons": 4, "learning_rate": 0.1}, cv=2)
    assert study.wait(20)
    storage = optuna.storages.InMemoryStorage() if ending is None else tmp_path / f"o.{ending}"
    there = study.to_optuna(storage, name="mine")
    assert there.study_name == "mine"
    failed, best, crossed = there.trials
    assert [t.state.name for t in there.trials] == ["FAIL", "COMPLETE", "COMPLETE"]
    assert best.params == {"n_neurons": 4, "learning_rate": 0.5}
    assert best.value == study.trials[1].value
    assert best.intermediate_values == {0: 2 * best.value, 1: best.value}
    assert best.distributions["n_neurons"] == optuna.distributions.IntDistribution(1, 13)
    assert best.duration.total_seconds() == pytest.approx(1)
    assert failed.user_attrs["error"] == "ValueError: bad luck"
    assert crossed.user_attrs["fold_values"] == [run.value for run in study.trials[2].runs]
    with pytest.raises(tw.StorageError, match="no study 'mine' yet"):
        study.to_optuna(storage, name="mine")


def test_choices_that_optuna_takes_for_one_become_text(make):
    study = make(space={"n_neurons": [1, True, 4], "learning_rate": [0.1]})
    study.search("grid")
    assert study.wait(20)
    there = study.to_optuna(optuna.storages.InMemoryStorage())
    assert [t.params["n_neurons"] for t in there.trials] == ["1", "True", "4"]


def test_a_study_file_of_ours_is_not_spoilt(make, tmp_path):
    file = tmp_path / "study.db"
    study = make(storage=file)
    before = file.read_bytes()
    with pytest.raises(tw.StorageError, match="a study file of tunewidgets"):
        study.to_optuna(file)
    assert file.read_bytes() == before
    for wrong, said in (
        (tmp_path / "a.csv", "must end in"),
        (3, "got int"),
        ("foo://x", "one of foo:// it failed"),
    ):
        with pytest.raises(tw.StorageError, match=said):
            study.to_optuna(wrong)


class Silent(WSGIRequestHandler):
    def log_message(self, *_):
        pass


@pytest.mark.slow
def test_optuna_dashboard_shows_them(make, tmp_path):
    from optuna_dashboard import wsgi

    study = make()
    study.search("grid")
    assert study.wait(20)
    there = study.to_optuna(tmp_path / "trials.sqlite3")
    server = make_server("127.0.0.1", 0, wsgi(there._storage), handler_class=Silent)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()

    def get(path):
        address = f"http://127.0.0.1:{server.server_port}/api/{path}"
        with urllib.request.urlopen(address, timeout=20) as answer:
            return json.load(answer)

    try:
        (summary,) = get("studies")["study_summaries"]
        seen = get(f"studies/{summary['study_id']}?after=0")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert summary["study_name"] == "study"
    assert [trial["values"] for trial in seen["trials"]] == [[t.value] for t in study.trials]
    assert {trial["state"] for trial in seen["trials"]} == {"Complete"}
    assert len(seen["trials"][0]["intermediate_values"]) == 2


def test_from_optuna_and_back(tmp_path):
    x, y = line()
    there = asked()
    study = tw.Study.from_optuna(
        there, build_model, x, y, validation_split=0.25, executor=PaperExecutor()
    )
    try:
        assert study.space["learning_rate"] == tw.Float(1e-3, 0.1, log=True)
        assert {t.origin for t in study.trials} == {"imported"}
        assert study.trials[2].state is State.PRUNED
        values = [t.value for t in study.trials if t.state is State.COMPLETE]
        assert values == [t.value for t in there.trials if t.number != 2]
        assert study.best_value == there.best_value
        assert study.trials[0].runs[0].history["val_loss"]
        assert study.add_trials(there) == ()  # as they are there
        again = study.to_optuna(optuna.storages.InMemoryStorage())
        assert [t.params for t in again.trials] == [t.params for t in there.trials]
        search = study.search("tpe", 3, seed=1)
        assert search.wait(20)
        assert study.snapshot().seconds_per_run == 1.0  # of those that were trained here
    finally:
        study.close()


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (lambda: asked(more=True), "have 'more' instead"),
        (lambda: asked(direction="maximize"), "the Optuna study is to maximize"),
        (lambda: optuna.create_study(directions=["minimize"] * 2), "one objective, but got 2"),
        (lambda: pd.DataFrame({"params_n_neurons": [1], "value": [1.0]}), "lack 'learning_rate'"),
        (lambda: pd.DataFrame({"n_neurons": [1]}), "column value"),
        (lambda: [1, 2], "but got list"),
        (lambda: {"params_n_neurons": [1, 2], "value": [1.0]}, "n_neurons has 2, value has 1"),
        (lambda: {"params_n_neurons": 1, "value": [1.0]}, "params_n_neurons is int"),
    ],
)
def test_trials_of_another_kind_are_refused(make, other, said):
    study = make()
    with pytest.raises(tw.TuneError, match=said):
        study.add_trials(other())
    assert not study.trials


def test_only_an_optuna_study_is_gone_on_from():
    with pytest.raises(tw.StudyError, match=r"but got str: open it with optuna\.load_study"):
        tw.Study.from_optuna("study", build_model, *line())


def test_a_table_counts_as_tried(make, tmp_path):
    first = make()
    first.search("grid")
    assert first.wait(20)
    file = tmp_path / "study.db"
    study = make(storage=file)
    table = first.dataframe()
    table.loc[0, "value"] = np.nan
    assert len(study.add_trials(table)) == 7
    assert not study.add_trials(table)
    search = study.search("random")
    assert search.wait(20)
    assert search.progress.n_done == 1
    study.close()
    saved = SQLiteStorage(file, read_only=True)
    trials = saved.load("study").trials
    saved.close()
    assert [t.origin for t in trials] == ["imported"] * 7 + ["random-1"]


def test_cv_results_count_for_the_same_folds(make):
    results = {
        "params": [{"n_neurons": 1, "learning_rate": 0.1}, {"n_neurons": 2, "learning_rate": 0.1}],
        "mean_test_score": np.array([-2.0, np.nan]),
        "split0_test_score": np.array([-1.0, -1.0]),
        "split1_test_score": np.array([-3.0, np.nan]),
        "mean_fit_time": np.array([0.5, 0.5]),
    }
    study = make()
    (trial,) = study.add_trials(results)
    assert (trial.value, trial.folds) == (2.0, 2)
    assert study.forecast("grid", cv=2).n_done == 1
    assert study.forecast("grid").n_done == 0
    with pytest.raises(tw.StudyError, match="must be negated losses"):
        study.add_trials({**results, "split0_test_score": np.array([0.5, 0.5])})


def test_what_can_be_done_with_a_trial_of_others(make):
    study = make()
    (trial,) = study.add_trials(
        {"params_n_neurons": [2], "params_learning_rate": [0.1], "value": [0.5]}
    )
    code = study.code(trial)
    assert "made elsewhere; its seed, data and epochs are not known" in code
    assert "0.5 where the trial was made" in code
    assert "They differ" not in code
    with pytest.raises(tw.StudyError, match=r"trained here to go on, .* study.enqueue"):
        study.more(trial, 3)
