"""What is typed out of bounds is told where it is typed, on a page."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import study_cell

pytestmark = pytest.mark.slow


@pytest.fixture
def lab(open_page: Callable[..., str], page: Page) -> Locator:
    """The lab of a study in memory."""
    open_page(study_cell(None), "tw.Lab(study)")
    expect(page.get_by_role("button", name="Train these values")).to_be_enabled()
    return page.locator(".tw-lab")


def strip(lab: Locator, name: str) -> Locator:
    return lab.locator(".tw-strip").filter(has=lab.page.get_by_text(name, exact=True))


def type_value(strip: Locator, text: str, key: str = "Enter") -> Locator:
    """Type into a slider's readout, and give the readout."""
    readout = strip.locator(".tw-value .widget-readout")
    readout.fill(text)
    readout.press(key)
    return readout


def test_what_is_typed_beside_a_slider(lab: Locator) -> None:
    neurons, rate = strip(lab, "n_neurons"), strip(lab, "learning_rate")
    told = neurons.get_by_role("alert")

    for key in ("Enter", "Tab"):
        readout = type_value(neurons, "5000", key)
        expect(told).to_have_text("n_neurons must be at most 50: 5000 became 50")
        expect(readout).to_have_text("50")
    type_value(neurons, "many")
    expect(told).to_have_text("n_neurons must be a number: it stays 50")

    type_value(rate, "-1")
    expect(rate.get_by_role("alert")).to_have_text(
        "learning_rate must be at least 1.00e-3: -1 became 1.00e-3"
    )
    expect(type_value(rate, "0.1")).to_have_text("1.00e-1")  # an end is no mistake
    expect(rate.get_by_role("alert")).to_have_count(0)

    type_value(neurons, "12", "Tab")  # holds, however one goes on
    expect(told).to_have_count(0)
    lab.get_by_role("button", name="Train these values").click()
    expect(lab.locator(".tw-table tbody td").nth(3)).to_have_text("12")

    span = neurons.locator(".tw-range .widget-readout")
    span.fill("20-90")
    span.press("Tab")
    expect(told).to_have_text("n_neurons must be at most 50: 20-90 became 20 \u2013 50")
    span.fill("30 - 20")
    span.press("Enter")
    expect(told).to_have_text("n_neurons must go from low to high: it stays 20 \u2013 50")


def test_what_is_typed_into_a_field(lab: Locator) -> None:
    trials, epochs = (lab.get_by_label(name, exact=True) for name in ("trials", "epochs"))
    told = lab.locator(".tw-search").get_by_role("alert")

    trials.fill("-3")
    trials.press("Tab")
    expect(told).to_have_text("trials must be at least 1: -3 became 1")
    expect(trials).to_have_value("1")
    for typed, taken in (("2.5", "2"), ("1e3", "1")):
        trials.fill(typed)
        trials.press("Tab")
        expect(told).to_have_text(f"trials must be a whole number: {typed} became {taken}")
        expect(trials).to_have_value(taken)
    trials.fill("7")
    trials.press("Tab")
    expect(told).to_have_count(0)

    epochs.fill("0")
    epochs.press("Enter")
    expect(lab.locator(".tw-controls").get_by_role("alert")).to_have_text(
        "epochs must be at least 1: 0 became 1"
    )
