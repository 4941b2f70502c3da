"""A rulebook's own text, from a wrong line to the general manager's signature."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from office.approvals.models import Run
from tests.approvals.test_own_text import own
from tests.people import person

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.mark.clause("C14")
def test_a_wrong_line_is_found_mended_and_the_text_asked_for(
    page: Page, sign_in: Callable[[Page, str], None], screenshot: Callable[[Page, str], None], tmp_path: Path
) -> None:
    person("zhou_general")
    sign_in(page, "chen_manager")
    page.goto("/approvals/rulebook/text/")
    wrong = tmp_path / "book.toml"
    wrong.write_text(own(new="soon"), encoding="utf-8")
    page.set_input_files("#id_file", wrong)
    page.get_by_role("button", name="检查文本").click()
    page.wait_for_selector("[data-line]")
    expect(page.locator("#id_source")).to_have_value(own(new="soon"))
    page.locator("[data-line]").first.click()
    marked = page.evaluate("""() => {
      const text = document.getElementById("id_source");
      return text.value.slice(text.selectionStart, text.selectionEnd);
    }""")
    assert marked == 'after = "soon"'
    screenshot(page, "own-text-wrong")
    page.keyboard.insert_text('after = "15 min"')
    expect(page.locator(".draft [data-said]")).to_contain_text("草稿已于")
    page.get_by_role("button", name="检查文本").click()
    expect(page.locator(".outlook")).to_contain_text("C7.2")
    page.locator("summary", has_text="逐行对照").click()
    screenshot(page, "own-text-outlook")
    page.get_by_role("button", name="提请总经理签发").click()
    page.wait_for_url("**/approvals/*/")
    screenshot(page, "own-text-run")
    assert Run.objects.get().payload["source"] == own()
