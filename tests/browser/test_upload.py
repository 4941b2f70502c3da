"""A designer drops a picture that is too large: it is offered smaller beside the original, and one click keeps it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.files.samples import encoded, large_picture, photo
from tests.people import person

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.mark.clause("C6.9")
def test_an_oversized_picture_is_offered_smaller_and_accepted(
    page: Page, sign_in: Callable[[Page, str], None], screenshot: Callable[[Page, str], None], tmp_path: Path
) -> None:
    large, small = tmp_path / "客厅.jpg", tmp_path / "书房.png"
    large.write_bytes(large_picture())
    small.write_bytes(encoded(photo(200, 120), "PNG"))
    person("zheng_designer")
    sign_in(page, "zheng_designer")
    page.goto("/site/assets/new/")
    page.fill("[name=tags]", "实景")
    page.set_input_files("input[type=file]", [str(large), str(small)])
    page.locator(".offer img").nth(1).wait_for()
    page.locator("[data-kept]").wait_for()
    screenshot(page, "offer")
    page.keyboard.press("Enter")  # the button of the offer has the focus
    page.locator("[data-kept]").nth(1).wait_for()
    page.goto("/site/assets/")
    expect(page.locator(".asset-title")).to_have_text(["客厅", "书房"])
    expect(page.locator("a.chip", has_text="实景")).to_have_count(1)


def test_a_file_that_is_not_taken_says_why_in_its_line(
    page: Page, sign_in: Callable[[Page, str], None], tmp_path: Path
) -> None:
    wrong = tmp_path / "logo.svg"
    wrong.write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    sign_in(page, "zheng_designer")
    page.goto("/site/assets/new/")
    page.set_input_files("input[type=file]", str(wrong))
    said = page.locator(".uploads [role=alert]")
    expect(said).to_contain_text("SVG")
    expect(said).to_contain_text("C6.9")
