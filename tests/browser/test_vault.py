"""A secret from the custodian's form to the general manager's signature, and back: shown, masked, copied."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.accounts.vault import stage
from tests.accounts.vault.stage import PASSPHRASE

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

Enter = Callable[["Page", str], None]
SECRET = "Herbstlaub-44-Kupfer"


@pytest.mark.clause("C8.1", "C8.2", "C6.2", "M6")
def test_a_secret_is_proposed_signed_and_looked_at(
    monkeypatch: pytest.MonkeyPatch,
    new_context: Callable[..., BrowserContext],
    sign_in: Enter,
    screenshot: Callable[[Page, str], None],
) -> None:
    stage.cheap(monkeypatch)
    stage.set_up("qian_it")
    stage.safe()
    rights = ["clipboard-read", "clipboard-write"]
    custodian = new_context(permissions=rights).new_page()
    sign_in(custodian, "qian_it")
    custodian.goto("/accounts/new/")
    expect(custodian).to_have_url(re.compile("/accounts/vault/unlock/"))
    custodian.fill("#id_passphrase", PASSPHRASE)
    custodian.locator("form:has(#id_passphrase) button[type=submit]").click()
    custodian.fill("#id_name", "工商银行企业网银")
    custodian.fill("#id_login", "ec-dept")
    custodian.select_option("#id_kind", "bank")
    custodian.fill("#id_secret", SECRET)
    screenshot(custodian, "vault-new")
    custodian.get_by_role("button", name="封装并提交审批").click()
    custodian.wait_for_url("**/approvals/*/")
    address = custodian.url

    manager = new_context().new_page()
    sign_in(manager, "zhou_general")
    manager.goto(address)
    expect(manager.locator(".run-facts")).to_contain_text("工商银行企业网银")
    assert SECRET not in manager.content()
    screenshot(manager, "vault-sign")
    manager.locator('#decision [data-act="approve"]').click()
    manager.wait_for_url("**/approvals/")

    custodian.goto("/accounts/")
    custodian.get_by_role("link", name="工商银行企业网银").click()
    custodian.fill(".reveal input[name=reason]", "核对到账")
    custodian.locator(".reveal button[value=shown]").click()
    expect(custodian.locator(".secret-text")).to_have_text(SECRET)
    screenshot(custodian, "vault-shown")
    custodian.locator("[data-copy-secret]").click()
    expect(custodian.locator("#toasts")).to_contain_text("已复制")
    assert custodian.evaluate("navigator.clipboard.readText()") == SECRET
    stored = custodian.evaluate("JSON.stringify({...localStorage}) + JSON.stringify({...sessionStorage})")
    assert SECRET not in stored
    custodian.reload()
    assert SECRET not in custodian.content()
    expect(custodian.locator(".looks").first).to_contain_text("核对到账")
    custodian.get_by_role("button", name="锁上").click()
    custodian.wait_for_url("**/accounts/vault/")
