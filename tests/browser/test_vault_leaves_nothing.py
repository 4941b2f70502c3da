"""A secret that was shown is masked by itself, one that was copied was never on the page, and neither stays anywhere in
the browser: no address, no storage, no page that one goes back to."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from accounts.models import Account
from tests.accounts.vault import stage
from tests.accounts.vault.stage import CANARY, PASSPHRASE
from tests.accounts.vault.test_canary import in_tables, traces

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

TYPED = "Wasserfall-31-Kupfer"
STORES = """async () => {
  const kept = [JSON.stringify({...localStorage}), JSON.stringify({...sessionStorage}), JSON.stringify(history.state)];
  for (const name of await caches.keys())
    for (const request of await (await caches.open(name)).keys())
      kept.push(request.url, await (await caches.match(request)).text());
  for (const found of await indexedDB.databases()) kept.push("a database: " + found.name);
  return kept.join(" ");
}"""


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch, db: None) -> Account:
    stage.cheap(monkeypatch)
    stage.set_up("shen_operations", "qian_it")
    stage.safe()
    return stage.account()


def unlock(page: Page, account: Account) -> None:
    page.goto(f"/accounts/vault/unlock/?next=/accounts/{account.pk}/")
    page.fill("#id_passphrase", PASSPHRASE)
    page.locator("form:has(#id_passphrase) button[type=submit]").click()
    page.wait_for_url(f"**/accounts/{account.pk}/")


def show(page: Page) -> None:
    page.fill(".reveal input[name=reason]", "核对到账")
    page.locator(".reveal button[value=shown]").click()
    expect(page.locator(".secret-text")).to_have_text(CANARY)


@pytest.mark.clause("C8.2")
def test_a_shown_secret_is_masked_and_nothing_of_it_stays(
    account: Account, new_context: Callable[..., BrowserContext], sign_in: Callable[[Page, str], None]
) -> None:
    context = new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.clock.install()
    sign_in(page, "qian_it")
    addresses: list[str] = []
    context.on("request", lambda request: addresses.append(request.url))
    unlock(page, account)

    page.fill(".reveal input[name=reason]", "登录")
    page.evaluate(
        """() => { window.seen = ""; new MutationObserver(() => { window.seen += document.body.innerHTML; })
        .observe(document.body, {childList: true, subtree: true, characterData: true, attributes: true}); }"""
    )
    page.locator("[data-copy-secret]").click()
    expect(page.locator("#toasts")).to_contain_text("已复制")
    assert page.evaluate("navigator.clipboard.readText()") == CANARY
    assert CANARY not in page.evaluate("window.seen") + page.content()

    before = page.evaluate("Date.now()")
    show(page)
    after = page.evaluate("Date.now()")
    page.clock.pause_at((before + 29_000) / 1000)  # by a clock that stands: however long showing took
    expect(page.locator(".secret-text")).to_have_text(CANARY)
    page.clock.pause_at((after + 31_000) / 1000)
    page.clock.resume()
    expect(page.locator(".secret-text")).to_have_count(0)
    expect(page.locator(".shown-at .dots")).to_be_visible()
    assert CANARY not in page.content()

    show(page)
    context.set_offline(True)
    page.clock.fast_forward(32_000)
    expect(page.locator(".secret-text")).to_have_count(0)
    context.set_offline(False)

    show(page)
    page.goto("/accounts/health/")
    page.go_back()
    page.wait_for_url(f"**/accounts/{account.pk}/")
    expect(page.locator(".reveal input[name=reason]")).to_be_visible()
    assert CANARY not in page.content()

    page.goto(f"/accounts/{account.pk}/secret/?field=password")
    page.fill("#id_secret", TYPED)
    page.goto("/accounts/health/")
    page.go_back()
    expect(page.locator("#id_secret")).to_have_value("")
    kept = page.evaluate(STORES) + str(context.cookies())
    for text in (CANARY, TYPED, PASSPHRASE):
        assert text not in kept
        assert [url for url in addresses if text in url] == []
    assert "a database" not in kept
    assert in_tables(traces(TYPED, CANARY, PASSPHRASE)) == []  # no draft on the server either
