"""The studies that the labs open with, and the page of what came of the lecture's claims."""

from __future__ import annotations

import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import renew_studies

import tunewidgets as tw
from scripts.claims import page
from scripts.claims.claim import Claim

ROOT = Path(__file__).parents[1]
STUDIES = sorted((ROOT / "notebooks" / "studies").glob("*.db"))
LABS = sorted(int(f.stem[-2:]) for f in (ROOT / "scripts" / "claims").glob("lab_*.py"))
ALL_LABS = list(range(2, 11))


@pytest.fixture(params=STUDIES, ids=lambda path: path.stem)
def stored(request: pytest.FixtureRequest) -> Path:
    return request.param


def test_a_stored_study_is_small_and_complete(stored):
    assert stored.stat().st_size < 300_000
    study = tw.load(stored)
    try:
        assert study.trials
        assert all(trial.state.is_finished for trial in study.trials)
        assert study.best_value == study.best_value
    finally:
        study.close()


def test_a_study_of_other_tables_is_renewed(tmp_path):
    file = Path(shutil.copy(STUDIES[0], tmp_path / "study.db"))
    before = tw.load(file)
    with closing(sqlite3.connect(file)) as old:
        old.execute("ALTER TABLE run DROP COLUMN goal")
        old.execute("ALTER TABLE trial ADD COLUMN mood TEXT")
    renew_studies.main([str(file)])
    after = tw.load(file)
    assert after.trials == before.trials
    assert after.name == before.name
    assert list(tmp_path.iterdir()) == [file]
    before.close()
    after.close()


def test_its_lab_opens_with_it(stored):
    number = stored.stem.partition("_")[0]  # a lab may have two
    (notebook,) = (ROOT / "notebooks").glob(f"{number}_*.ipynb")
    assert f'lesson.stored(\\"{stored.stem}\\")' in notebook.read_text(encoding="utf-8")


def test_each_lab_that_has_claims_has_told_of_them():
    text = page.PAGE.read_text(encoding="utf-8")
    numbers = []
    for lab in LABS:
        section = text.partition(f"<!-- lab {lab}:")[2].partition(f"<!-- end of lab {lab} -->")[0]
        found = re.findall(r"^\| (\d+) \|.*\| (?:yes|no|partly) \|$", section, re.MULTILINE)
        assert found, f"lab {lab}"
        numbers += map(int, found)
        assert len(found) == len(set(found)), f"lab {lab}"
    assert set(numbers) <= set(range(1, 22))  # a later lab may look at one again
    if LABS == ALL_LABS:
        assert set(numbers) == set(range(1, 22))


@pytest.fixture
def copy(tmp_path):
    file = tmp_path / "lecture.md"
    file.write_text(page.PAGE.read_text(encoding="utf-8"), encoding="utf-8")
    return file


def test_only_the_section_of_a_lab_is_written_anew(copy):
    before = copy.read_text(encoding="utf-8")
    page.write(3, [Claim(2, "Grids | win", 3, "0.4 \\ 0.5", "no")], copy)
    after = copy.read_text(encoding="utf-8")
    assert "| 2 | Grids \\| win | 3" not in after  # a claim's lab is said by its section
    assert "| 2 | Grids \\| win | 0.4 \\ 0.5 | no |" in after
    assert after.partition("<!-- lab 3:")[0] == before.partition("<!-- lab 3:")[0]
    assert after.partition("<!-- end of lab 3")[2] == before.partition("<!-- end of lab 3")[2]


def test_a_lab_without_a_section_is_named(copy):
    with pytest.raises(ValueError, match="one section of lab 99"):
        page.write(99, [], copy)


def test_a_claim_holds_or_not():
    with pytest.raises(ValueError, match="but got 'maybe'"):
        Claim(1, "?", 2, "?", "maybe")
