"""What is taken away from a study, opened again by what reads it."""

from __future__ import annotations

import csv
import io
import json
import math
import subprocess
import sys
import threading
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

import tunewidgets as tw
from tests.builders import build_model, line
from tests.lab_helpers import snapshot, trial
from tests.paper import PaperExecutor
from tunewidgets.exports import csv_of, report_of
from tunewidgets.exports.source import Source, is_literal
from tunewidgets.space import SearchSpace
from tunewidgets.trial import State

EVIL = '<script>alert("1")</script>&"\''
SCALE = 2.0


class Page(HTMLParser):
    """Reads a page, and fails where tags do not close as they opened."""

    VOID = frozenset({"meta", "br", "hr", "img", "link", "input"})

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.attributes, self.words = [], [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self):
        return " ".join(self.words)


@pytest.fixture
def tried(make):
    """A study with complete trials, a failed one, and folds."""
    study = make(space={"n_neurons": [1, 2, 4, 13], "learning_rate": [0.01, 0.1]}, name=EVIL)
    study.enqueue({"n_neurons": 4, "learning_rate": 0.1})
    study.enqueue({"n_neurons": 13})
    study.enqueue({"n_neurons": 2}, cv=2)
    assert study.wait(20)
    return study


SVG = "{http://www.w3.org/2000/svg}"


def space_of(**written):
    def builder(n_neurons=1, learning_rate=0.1, depth=1, **others):
        del n_neurons, learning_rate, depth, others

    return SearchSpace.read(written or {"n_neurons": (1, 40)}, builder)


# A table


def test_csv_opens_in_pandas_with_the_numbers_of_the_dataframe(tried, tmp_path):
    path = tmp_path / "trials.csv"
    text = tried.to_csv(path)
    assert path.read_text(encoding="utf-8") == text
    read = pd.read_csv(path)
    frame = tried.dataframe()
    assert list(read.columns) == [*frame.columns, "level", "folds", "error"]
    pd.testing.assert_frame_equal(read[frame.columns], frame, check_dtype=False)
    assert read["folds"].tolist()[2] == 2
    assert read["error"][1] == "ValueError: bad luck"


def test_csv_keeps_every_text_in_its_cell():
    odd = 'a,"b"\nc; ø'
    trials = [trial(0, [[0.5]], activation=odd), trial(1, [[]], State.FAILED, n_neurons=3)]
    rows = list(csv.DictReader(io.StringIO(csv_of(trials, ("n_neurons",)))))
    assert [row["params_activation"] for row in rows] == [odd, ""]
    assert [row["value"] for row in rows] == ["0.5", ""]
    assert [row["state"] for row in rows] == ["complete", "failed"]


def test_a_file_that_cannot_be_written_is_told(tried, tmp_path):
    with pytest.raises(tw.StudyError, match="must be a file that can be written"):
        tried.to_csv(tmp_path / "no" / "such.csv")


# A page


def test_report_is_a_whole_page_that_can_do_nothing(tried, tmp_path):
    path = tmp_path / "study.html"
    text = tried.report(path)
    assert path.read_text(encoding="utf-8") == text
    page = Page(text)
    assert "script" not in page.tags
    assert not {"link", "img", "iframe", "object", "form"} & set(page.tags)
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    reached = [v for n, v in page.attributes if n in ("src", "href", "xlink:href", "action")]
    assert reached == []
    assert "url(" not in text
    assert ("content", "default-src 'none'; style-src 'unsafe-inline'") in page.attributes
    assert EVIL in page.text
    assert "ValueError: bad luck" in page.text
    assert page.tags.count("tr") > 3


def test_report_tells_of_files_opened_to_look(make, tmp_path):
    path = tmp_path / "study.db"
    study = make(storage=path)
    study.enqueue({"n_neurons": 4})
    assert study.wait(20)
    study.close()
    opened = tw.load(path)
    text = opened.report()
    assert "define build_model first" in text
    assert len(list(csv.reader(io.StringIO(opened.to_csv())))) == 2
    compile(opened.code(), "pasted", "exec")
    opened.close()


@pytest.mark.parametrize(
    "trials",
    [
        (),
        (trial(0, [[0.5, 0.4]]),),
        (trial(0, [[]], State.FAILED), trial(1, [[math.nan]], State.FAILED)),
        (trial(0, [[math.inf, 1e30], [1.0, 2.0]], folds=True),),
        (trial(0, [[0.5]], depth=(1, 2)), trial(1, [[0.4]], depth=EVIL), trial(2, [[1]], depth=3)),
        tuple(trial(n, [[1 / (n + k + 1) for k in range(100)]], n_neurons=n) for n in range(1000)),
    ],
    ids=["empty", "one", "failed", "folds", "odd values", "thousand"],
)
def test_report_of_any_snapshot(trials):
    text = report_of(snapshot(*trials), space_of(), {"epochs": 10})
    page = Page(text)
    assert ("Nothing has been trained yet." in page.text) is (not trials)
    for start in [i for i in range(len(text)) if text.startswith("<svg class", i)]:
        end = text.index("</svg></svg>", start) + len("</svg></svg>")
        ET.fromstring(text[start:end])  # noqa: S314 - our own
    assert "nan" not in "".join(v for n, v in page.attributes if n in ("d", "cx", "cy", "x1"))
    assert len(text) < 4_000_000


# Code


def helper(n):
    return int(n * SCALE)


class Doubler:
    def times(self, n):
        return helper(n)


def uses_all(n_neurons=4, learning_rate=0.01):
    units = Doubler().times(n_neurons)
    return np.array([units, math.floor(learning_rate)]), json.dumps({})


def test_a_function_comes_with_all_that_it_needs():
    source = Source()
    assert source.add(uses_all) == "uses_all"
    assert source.missing == []
    assert {"import numpy as np", "import math", "import json"} == set(source.imports)
    text = "\n\n".join(["\n".join(source.imports), *source.definitions])
    space = {}
    exec(compile(text, "pasted", "exec"), space)  # noqa: S102 - what a person would do
    assert space["uses_all"](3)[0].tolist() == [6, 0]


def test_a_closure_is_written_out_and_what_cannot_be_is_named():
    width, lock = 7, threading.Lock()

    def builder():
        return width, lock

    source = Source()
    assert source.add(builder) == "builder"
    assert "width = 7" in source.definitions
    assert source.missing == ["lock (lock) is used below and must be defined first."]


_ = threading.Lock()  # as a notebook's last output may be anything


def with_a_variable_of_its_own(n_hidden=2):
    return [math.floor(n_hidden) for _ in range(n_hidden)]


def with_loops(n_hidden=2, helper=3):
    for _ in range(n_hidden):
        n_hidden += helper
    return n_hidden


@pytest.mark.parametrize("function", [with_a_variable_of_its_own, with_loops])
def test_a_functions_own_variable_is_not_looked_for_elsewhere(function):
    source = Source()
    source.add(function)
    assert (source.missing, len(source.definitions)) == ([], 1)


def test_a_lambda_has_no_source_to_paste():
    assert Source().add(lambda n: n) is None
    assert Source().add(print) is None


def test_literals():
    assert all(map(is_literal, (1, 1.5, "a", None, True, (1, [2, {"a": 3}]))))
    assert not any(map(is_literal, (math.nan, object(), np.arange(3), "x" * 3000)))


def test_code_names_what_it_cannot_give(tried):
    folds = tried.code(2)
    assert "KFold(2).split(x)" in folds
    assert "They differ" in folds
    assert "They differ" in tried.code()
    compile(folds, "pasted", "exec")
    with pytest.raises(tw.StudyError, match="number below 3"):
        tried.code(3)


def test_code_carries_options_callbacks_and_makers(make):
    def samples():
        return line()

    study = make(
        epochs=7, batch_size=16, patience=3, warmup_epochs=2, shuffle=False,
        callbacks=list,
    )  # fmt: skip
    study.enqueue({"n_neurons": 4, "batch_size": 8})
    assert study.wait(20)
    text = study.code()
    compile(text, "pasted", "exec")
    for part in (
        "epochs=7", "batch_size=8", "shuffle=False", "validation_split=0.25",
        "EarlyStopping('val_loss', patience=3, mode='min')", "LearningRateScheduler(rate_of)",
        "Give the study's callbacks to fit, too",
    ):  # fmt: skip
        assert part in text, part
    made = tw.Study(
        build_model, {"n_neurons": [4]}, samples, validation_data=samples, executor=PaperExecutor()
    )
    made.enqueue({"n_neurons": 4, "learning_rate": 0.1})
    assert made.wait(20)
    text = made.code()
    assert "validation_data=samples()" in text
    assert "made = samples()" in text
    made.close()


RUN = """
import sys
import numpy as np
with np.load(sys.argv[1]) as arrays:
    space = dict(arrays)
exec(compile(open(sys.argv[2]).read(), "pasted", "exec"), space)
print("GOT", repr(float(space["value"])))
"""


def pasted(code, tmp_path, **arrays):
    """Run code in a fresh Python, beside the data; give its value and what it printed."""
    np.savez(tmp_path / "data.npz", **arrays)
    (tmp_path / "code.py").write_text(code, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", RUN, tmp_path / "data.npz", tmp_path / "code.py"],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return float(done.stdout.split("GOT ")[1]), done.stdout


@pytest.mark.slow
def test_pasted_code_gives_the_score(train, tmp_path):
    import keras

    x, y = line()
    study, trial = train(
        build_model, x, y, validation_split=0.25, epochs=6, batch_size=16, warmup_epochs=2,
        schedule="cosine", restore_best=True,
        params={"n_neurons": 4, "learning_rate": 0.05},
        callbacks=[keras.callbacks.EarlyStopping(patience=2, restore_best_weights=True)],
    )  # fmt: skip
    value, told = pasted(study.code(), tmp_path, x=x, y=y)
    assert value == pytest.approx(trial.value, rel=1e-4)
    assert "They differ" not in told


@pytest.mark.slow
def test_pasted_code_warns_where_the_data_are_others(train, tmp_path):
    x, y = line()
    study, _ = train(build_model, x[:48], y[:48], validation_data=(x[48:], y[48:]))
    _, told = pasted(study.code(), tmp_path, x=x[:40], y=y[:40], x_valid=x[48:], y_valid=y[48:])
    assert "They differ" in told


# Models


@pytest.mark.slow
def test_saved_model_is_the_best_run_s_and_opens_safely(train, tmp_path):
    import keras

    x, y = line()
    study, trial = train(build_model, x[:48], y[:48], validation_data=(x[48:], y[48:]))
    path = study.save_model(tmp_path / "best.keras")
    model = keras.models.load_model(path, safe_mode=True)
    score = model.evaluate(x[48:], y[48:], verbose=0)
    assert score == pytest.approx(trial.value, rel=1e-5)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.slow
def test_saved_model_of_folds_is_trained_on_all(train, tmp_path):
    import keras

    x, y = line()
    study, _ = train(build_model, x, y, cv=2)
    path = study.save_model(tmp_path / "all.keras")
    weights = keras.models.load_model(path, safe_mode=True).get_weights()
    for ours, theirs in zip(weights, study.refit().get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)


@pytest.mark.slow
def test_a_model_that_cannot_be_built_is_told(tried, tmp_path):
    with pytest.raises(tw.StudyError, match="nothing is built on paper"):
        tried.save_model(tmp_path / "best.keras")
    assert list(tmp_path.iterdir()) == []


def test_saving_is_given_up_when_asked(tried, tmp_path):
    cancelled = threading.Event()
    cancelled.set()
    with pytest.raises(tw.StudyError, match="given up"):
        tried.save_model(tmp_path / "best.keras", cancelled=cancelled)
    assert list(tmp_path.iterdir()) == []


def test_where_a_model_can_be_saved(make, tried, tmp_path):
    with pytest.raises(tw.StudyError, match=r"must end in \.keras"):
        tried.save_model(tmp_path / "best.h5")
    with pytest.raises(tw.StudyError, match="must exist"):
        tried.save_model(tmp_path / "no" / "best.keras")
    fresh = make()
    with pytest.raises(tw.StudyError, match="must be a complete trial"):
        fresh.save_model(tmp_path / "best.keras")
