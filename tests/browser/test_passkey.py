"""A passkey: a manager adds one and signs in with it alone, by a virtual authenticator of Chromium's own. What does not
fit is refused in words: another address, a device that knows no key, a key that was removed here."""

from __future__ import annotations

import json
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import expect

from office.audit.models import Entry
from tests.people import person

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

WHO = "chen_manager"
NOT_USED, REFUSED = "未能使用通行密钥", "通行密钥未通过"


def with_authenticator(page: Page) -> None:
    """A device with keys of its own and a finger that is always there."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def next_code() -> str:
    """The digits of the next half minute: those of this one are used up by the sign-in."""
    held = Authenticator.objects.get(user=person(WHO), type=Authenticator.Type.TOTP)
    secret = get_adapter().decrypt(held.data["secret"])
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30 + 1)))


def add_passkey(page: Page, name: str) -> None:
    page.goto("/auth/mfa/passkeys/add/")
    # Whoever sits down at a session that was left open adds no key of his own: the person is asked once more.
    page.fill("#id_code", next_code())
    page.click("form:has(#id_code) button[type=submit]")
    page.fill("#id_name", name)
    press_add(page)


def press_add(page: Page) -> None:
    """Once the script is there that asks the device."""
    page.wait_for_load_state("load")
    page.click("#mfa_webauthn_add")


def sign_out(page: Page) -> None:
    page.goto("/auth/logout/")
    page.click("main form button[type=submit]")
    page.wait_for_url("**/auth/login/**")


@pytest.mark.clause("C13.3", "C13.1")
def test_a_manager_adds_a_passkey_and_signs_in_with_it_alone(
    page: Page, sign_in: Callable[[Page, str], None], screenshot: Callable[[Page, str], None]
) -> None:
    with_authenticator(page)
    sign_in(page, WHO)
    add_passkey(page, "我的手机")
    page.wait_for_url(lambda url: "passkeys/add" not in url)
    kept = Authenticator.objects.get(user=person(WHO), type=Authenticator.Type.WEBAUTHN)
    assert kept.wrap().name == "我的手机"
    assert Entry.objects.filter(verb="staff.second_factor", actor_id=person(WHO).pk).count() == 2
    sign_out(page)
    page.click("#passkey_login")
    page.wait_for_selector(".shell")
    expect(page.locator("body")).to_contain_text(person(WHO).name)
    page.goto("/auth/mfa/passkeys/")
    expect(page.locator("main")).to_contain_text("最近使用")
    screenshot(page, "passkeys")

    # Removed here while the device still knows it: it opens nothing, and the page says so.
    kept.delete()
    sign_out(page)
    page.click("#passkey_login")
    expect(page.locator(".toast-item")).to_contain_text(REFUSED)
    assert urlsplit(page.url).path == "/auth/login/"
    screenshot(page, "passkey-removed")


@pytest.mark.clause("C13.3")
def test_a_key_that_was_made_for_another_address_is_not_taken(
    page: Page, sign_in: Callable[[Page, str], None]
) -> None:
    with_authenticator(page)
    sign_in(page, WHO)

    def elsewhere(route: Route) -> None:
        """As if the browser had said that the page came from there; a new key signs nothing that would show it."""
        if route.request.method != "POST":
            return route.continue_()
        fields = dict(parse_qsl(route.request.post_data or "", keep_blank_values=True))
        said = json.loads(fields["credential"])
        text = said["response"]["clientDataJSON"]
        client = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        client["origin"] = "https://ecdept.example"
        said["response"]["clientDataJSON"] = (
            urlsafe_b64encode(json.dumps(client).encode()).decode().rstrip("=")
        )
        return route.continue_(post_data=urlencode(fields | {"credential": json.dumps(said)}))

    page.route("**/auth/mfa/passkeys/add/", elsewhere)
    add_passkey(page, "别处")
    expect(page.locator("main")).to_contain_text(REFUSED)
    assert not Authenticator.objects.filter(type=Authenticator.Type.WEBAUTHN).exists()
    page.unroute("**/auth/mfa/passkeys/add/")
    press_add(page)
    page.wait_for_url(lambda url: "passkeys/add" not in url)


@pytest.mark.clause("C13.3")
def test_a_device_without_a_key_and_an_address_that_is_not_ours_are_refused_in_words(
    page: Page, screenshot: Callable[[Page, str], None]
) -> None:
    with_authenticator(page)
    page.goto("/auth/login/")
    page.click("#passkey_login")
    expect(page.locator(".toast-item")).to_contain_text(NOT_USED)
    page.goto(page.url.replace("localhost", "127.0.0.1"))
    page.click("#passkey_login")
    expect(page.locator(".toast-item")).to_contain_text(NOT_USED)
    screenshot(page, "passkey-elsewhere")
