"""A real Chromium against a live server on the test database.

The server runs in this process, so `time_machine.travel(...)` moves its clock (pages take the server's time, not the
browser's). `sign_in(page, "li_lei")` goes through the form, with the second step where the post needs one.
`screenshot(page, "desk")` writes DESK-1440.png and DESK-360.png into $ECDEPT_SHOTS when that is set.

With ECDEPT_SLOW=250 every page has 250 ms of latency, no cache and a quarter of the processor: what fails then, and not
without, counts on speed.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest
from django.utils import timezone

from tests.people import person

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

PASSWORD = "Osmanthus-Lantern-2026"
#: The first is the engine without a window around each context: under half of the processor time for the same pages.
NAMES = (
    "chromium-headless-shell", "chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome",
)  # fmt: skip
WIDTHS = (1440, 360)

# A page's scripts are armed before its document is done. Who presses a button earlier goes the plain way, without them,
# to a page of its own, which is right for a person and a coin toss for a test: no press reaches a page before that.
ARMED_FIRST = """(() => {
  const still = new CSSStyleSheet();
  still.replaceSync("* { pointer-events: none !important }");
  document.adoptedStyleSheets = [still];
  addEventListener("DOMContentLoaded", () => setTimeout(() => {
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((sheet) => sheet !== still);
    document.documentElement.setAttribute("data-armed", "");
  }));
})()"""

# Playwright's sync API keeps an event loop in this thread; nothing here is asynchronous.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


SLOW = int(os.environ.get("ECDEPT_SLOW") or 0)
#: How long is waited for what should come, in milliseconds.
PATIENCE = 60_000 if SLOW else 15_000


def chromium_path() -> str | None:
    """$CHROMIUM, or the first Chromium on the path."""
    given = os.environ.get("CHROMIUM")
    return given or next((found for name in NAMES if (found := shutil.which(name))), None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.django_db(transaction=True))


def without_chromium() -> NoReturn:
    message = "no Chromium on this machine (apt install chromium-headless-shell, or name one in CHROMIUM)"
    if os.environ.get("ECDEPT_BROWSER") == "required":
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for the session. Skipped where there is none, unless ECDEPT_BROWSER=required."""
    path = chromium_path()
    if path is None:
        without_chromium()
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield browser
        browser.close()


@pytest.fixture
def new_context(browser: Browser, live_server: Any) -> Iterator[Callable[..., BrowserContext]]:
    """`new_context(width=1440)` is a fresh person at a fresh machine. A script error fails the test.

    With `early=True` the person presses before the scripts are there.
    """
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def make(width: int = 1440, height: int = 900, *, early: bool = False, **options: Any) -> BrowserContext:
        context = browser.new_context(
            base_url=live_server.url, viewport={"width": width, "height": height}, locale="zh-CN", **options
        )
        context.set_default_timeout(PATIENCE)
        if not early:
            context.add_init_script(ARMED_FIRST)
        context.on("weberror", lambda error: errors.append(str(error.error)))
        context.on("console", lambda said: _policy(said, errors))
        contexts.append(context)
        _pages_of(context, early=early)
        return context

    yield make
    for context in contexts:
        context.close()
    assert errors == []


def _pages_of(context: BrowserContext, *, early: bool) -> None:
    """Its pages take no key either before their scripts are armed, and are slow where that is asked for."""
    plain = context.new_page

    def new_page() -> Page:
        page = plain()
        if SLOW:
            _slow(page)
        if not early:
            _keys_when_armed(page)
        return page

    context.new_page = new_page  # type: ignore[method-assign]


def _keys_when_armed(page: Page) -> None:
    keyboard = page.keyboard
    for name in ("press", "type", "insert_text"):
        setattr(keyboard, name, _when_armed(page, getattr(keyboard, name)))


def _when_armed(page: Page, do: Callable[..., None]) -> Callable[..., None]:
    def waited(*args: Any, **options: Any) -> None:
        # By a selector: an expression that is looked at again and again would break the page's policy.
        page.locator("html[data-armed]").wait_for(state="attached")
        do(*args, **options)

    return waited


def _slow(page: Page) -> None:
    devtools = page.context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.send("Network.setCacheDisabled", {"cacheDisabled": True})
    conditions = {"offline": False, "latency": SLOW, "downloadThroughput": -1, "uploadThroughput": -1}
    devtools.send("Network.emulateNetworkConditions", conditions)
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": 4})


def until(page: Page, holds: Callable[[], object], what: str) -> None:
    """Waits until something holds that no page tells: a row is there, a request is kept back. Fails with `what`."""
    for _look in range(PATIENCE // 50):
        if holds():
            return
        page.wait_for_timeout(50)
    pytest.fail(f"still not: {what}")


def _policy(said: Any, errors: list[str]) -> None:
    """What the content policy refused is a fault of the page."""
    if said.type == "error" and "Content Security Policy" in said.text:
        errors.append(said.text)


@pytest.fixture
def page(new_context: Callable[..., BrowserContext]) -> Page:
    return new_context().new_page()


@pytest.fixture
def phone(new_context: Callable[..., BrowserContext]) -> Page:
    """360 × 780, with touch."""
    return new_context(width=360, height=780, has_touch=True, is_mobile=True).new_page()


@pytest.fixture
def sign_in(db: None, settings: Any) -> Callable[[Page, str], None]:
    """Through the form: number, password, and the six digits where a post of the person needs them.

    Every test signs in from the one address of this machine, so the limit per address is not for here.
    """
    settings.ACCOUNT_RATE_LIMITS = False

    def enter(page: Page, who: str) -> None:
        secret = prepare_login(who)
        page.goto("/auth/login/")
        page.fill("#id_login", person(who).number)
        page.fill("#id_password", PASSWORD)
        page.click("#login-form button[type=submit]")
        if secret:
            page.fill("#id_code", totp_code(secret))
            page.click("form:has(#id_code) button[type=submit]")
        page.wait_for_selector(".shell")

    return enter


def prepare_login(who: str) -> str:
    """Gives the cast's person the test password, and a second factor when one is needed; returns its secret."""
    from allauth.mfa.models import Authenticator
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

    from ecdept import second_factor

    employee = person(who)
    employee.set_password(PASSWORD)
    employee.password_changed_at = timezone.now()
    employee.save(update_fields=["password", "password_changed_at"])
    if not second_factor.required(employee, timezone.now()):
        return ""
    Authenticator.objects.filter(user=employee).delete()
    secret = str(generate_totp_secret())
    TOTP.activate(employee, secret)
    return secret


def totp_code(secret: str) -> str:
    """The six digits of this moment."""
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))


@pytest.fixture
def screenshot() -> Callable[[Page, str], None]:
    """Both widths, for the eyes; nothing unless ECDEPT_SHOTS names a folder."""

    def take(page: Page, name: str) -> None:
        folder = os.environ.get("ECDEPT_SHOTS")
        if not folder:
            return
        Path(folder).mkdir(parents=True, exist_ok=True)
        before = page.viewport_size
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900 if width > 500 else 780})
            page.wait_for_timeout(200)
            page.screenshot(path=str(Path(folder) / f"{name}-{width}.png"))
        if before:
            page.set_viewport_size(before)

    return take
