"""The lab as a page in Korean: found, trained and read by its Korean words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import rows, study_cell, trials, wait_for
from tests.browser.looks import clipped, overflowing
from tunewidgets.trial import State

pytestmark = pytest.mark.slow

TABS = ["실행 목록", "결과 추이", "하이퍼파라미터", "히트맵", "중요도", "키우기", "학습률"]


def test_train_in_korean(open_page: Callable[..., str], study_file: Path, page: Page):
    open_page(study_cell(study_file, epochs=3), "tw.Lab(study)", query="?lang=ko")
    expect(page.get_by_role("button", name="이 값으로 학습")).to_be_enabled()
    page.get_by_role("button", name="n_neurons 고정").click()
    expect(page.get_by_role("button", name="n_neurons 고정")).to_have_text("고정됨")
    page.get_by_role("button", name="이 값으로 학습").click()
    expect(rows(page, "완료")).to_have_count(1)
    wait_for(lambda: trials(study_file)[0].state is State.COMPLETE, page)
    rows(page, "완료").click()
    expect(page.get_by_text("#0 선택됨")).to_be_visible()
    expect(page.get_by_role("button", name="이 값 불러오기")).to_be_enabled()
    assert page.get_by_role("tab").all_text_contents() == TABS
    for width in (1920, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert clipped(page) == []
        assert overflowing(page) == []
