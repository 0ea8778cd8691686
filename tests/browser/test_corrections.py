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


@pytest.mark.parametrize("key", ["Enter", "Tab"])
def test_a_value_out_of_a_sliders_range(lab: Locator, key: str) -> None:
    neurons = strip(lab, "n_neurons")
    told = neurons.get_by_role("alert")

    readout = type_value(neurons, "5000", key)

    expect(told).to_have_text("n_neurons must be at most 50: 5000 became 50")
    expect(readout).to_have_text("50")
    type_value(neurons, "12")
    expect(told).to_have_count(0)
    type_value(neurons, "many")
    expect(told).to_have_text("n_neurons must be a number: it stays 12")


@pytest.mark.parametrize("key", ["Enter", "Tab"])
def test_a_typed_value_holds_however_one_goes_on(lab: Locator, key: str) -> None:
    type_value(strip(lab, "n_neurons"), "12", key)

    lab.get_by_role("button", name="Train these values").click()

    expect(lab.locator(".tw-table tbody tr").first).to_contain_text("12")
    expect(strip(lab, "n_neurons").get_by_role("alert")).to_have_count(0)


def test_a_search_range_out_of_bounds(lab: Locator) -> None:
    neurons = strip(lab, "n_neurons")
    readout, told = neurons.locator(".tw-range .widget-readout"), neurons.get_by_role("alert")

    readout.fill("20-90")
    readout.press("Tab")

    expect(told).to_have_text("n_neurons must be at most 50: 20-90 became 20 \u2013 50")
    readout.fill("30 - 20")
    readout.press("Enter")
    expect(told).to_have_text("n_neurons must go from low to high: it stays 20 \u2013 50")


def test_a_value_out_of_a_log_sliders_range(lab: Locator) -> None:
    rate = strip(lab, "learning_rate")
    told = rate.get_by_role("alert")

    type_value(rate, "-1")

    expect(told).to_have_text("learning_rate must be at least 1.00e-3: -1 became 1.00e-3")
    type_value(rate, "0.1")  # an end is no mistake
    expect(told).to_have_count(0)


def test_a_number_of_trials_that_cannot_be(lab: Locator) -> None:
    field = lab.get_by_label("trials", exact=True)
    told = lab.locator(".tw-search").get_by_role("alert")

    field.fill("-3")
    field.press("Tab")

    expect(told).to_have_text("trials must be at least 1: -3 became 1")
    expect(field).to_have_value("1")
    field.fill("2.5")
    field.press("Tab")
    expect(told).to_have_text("trials must be a whole number: 2.5 became 2")
    field.fill("7")
    field.press("Tab")
    expect(told).to_have_count(0)


def test_a_training_setting_that_cannot_be(lab: Locator) -> None:
    field = lab.get_by_label("epochs", exact=True)

    field.fill("0")
    field.press("Enter")

    told = lab.locator(".tw-controls").get_by_role("alert")
    expect(told).to_have_text("epochs must be at least 1: 0 became 1")
