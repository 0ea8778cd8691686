"""What is taken away of several hyperparameters, and of several folds, together."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from tests.builders import build_model, line
from tests.lab_helpers import snapshot, trial
from tests.test_exports import pasted
from tunewidgets.analysis import Importance
from tunewidgets.exports import report_of
from tunewidgets.exports.crossed import splitter
from tunewidgets.space import SearchSpace
from tunewidgets.training.folds import fold_of

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("seen_by", ["importance", "few trials"])
def test_report_shows_hyperparameters_together(seen_by):
    space = SearchSpace.read({"width": (1, 40), "rate": (0.1, 0.9), "kind": ["<a>", "b"]}, takes)
    seen = snapshot(*[
        trial(n, [[1 / (1 + n)]], width=1 + n, rate=0.1 + n / 50, kind=("<a>", "b")[n % 2])
        for n in range(20)
    ])  # fmt: skip
    told = Importance({"rate": 0.7, "width": 0.3}, True, "Uncertain: ask for 30 trials.")
    text = report_of(seen, space, {"epochs": 1}, None, told if seen_by == "importance" else None)
    written = re.findall(r"<svg class.*?</svg>(?=<figc)", text)
    pictures = [ET.fromstring(svg) for svg in written]  # noqa: S314 - our own
    titles = [picture[0].text for picture in pictures]
    assert ("Importance of each hyperparameter" in titles) == (seen_by == "importance")
    assert ("Uncertain: ask for 30 trials." in text) == (seen_by == "importance")
    pair = "rate and width" if seen_by == "importance" else "width and rate"
    heat = pictures[titles.index(f"Mean val_loss by {pair}")]
    assert sum("trial" in (part.text or "") for part in heat.iter(f"{SVG}title")) == 8
    lines = pictures[titles.index("Each trial across its hyperparameters and val_loss")]
    assert len(lines.findall(f"{SVG}polyline")) == 20
    assert "<a>" not in text


def takes(width=1, rate=0.1, kind="b"):
    """Take three hyperparameters."""


@pytest.mark.slow
def test_pasted_code_of_folds_gives_the_mean(train, tmp_path):
    x, y = line()
    study, trial = train(
        build_model, x, y, epochs=4, batch_size=16, warmup_epochs=1, patience=2, cv=2,
        params={"n_neurons": 4, "learning_rate": 0.05},
    )  # fmt: skip
    value, told = pasted(study.code(), tmp_path, x=x, y=y)
    assert value == pytest.approx(trial.value, rel=1e-4)
    assert "They differ" not in told


@pytest.mark.parametrize("classes", [
    np.arange(60) // 20, np.eye(3, dtype="f4")[np.arange(60) // 20], np.arange(60) // 30 * 1.0,
    (np.arange(60) // 30).reshape(-1, 1), np.linspace(0, 1, 60),
])  # fmt: skip
def test_the_folds_written_are_the_study_s(classes):
    import sklearn.model_selection

    kind, call = splitter(classes, 3)
    known = {kind: getattr(sklearn.model_selection, kind), "x": np.zeros(60), "y": classes}
    expected = fold_of(classes, 60, 3)
    exec(f"written = {call}", known)  # noqa: S102 - what a person would do
    for fold, (_, left_out) in enumerate(known["written"]):
        assert left_out.tolist() == (expected == fold).nonzero()[0].tolist()
