"""Second factors at rest."""

from __future__ import annotations

import base64
import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.test import Client
from django.utils import timezone

from ecdept import second_factor
from office import crypto
from tests.people import CAST, person

PASSWORD = "Correct-Horse-Battery-9"

pytestmark = pytest.mark.django_db


def test_a_rotation_reseals_secrets_and_recovery_seeds(settings: Any) -> None:
    manager = person("chen_manager")
    secret = generate_totp_secret()
    TOTP.activate(manager, secret)
    codes = RecoveryCodes.activate(manager).get_unused_codes()
    new = base64.b64encode(b"n" * 32).decode()
    settings.ECDEPT_KEYS = f"k9:{new},{settings.ECDEPT_KEYS}"
    assert second_factor.reseal(1) == 1
    assert second_factor.reseal(10) == 1
    assert second_factor.reseal(10) == 0
    rows = Authenticator.objects.filter(user=manager)
    blobs = [base64.b64decode(row.data.get("secret") or row.data["seed"]) for row in rows]
    assert {crypto.app_key_id(blob) for blob in blobs} == {"k9"}
    fresh = Authenticator.objects.get(user=manager, type=Authenticator.Type.RECOVERY_CODES)
    assert RecoveryCodes(fresh).get_unused_codes() == codes


@pytest.mark.clause("C13.1")
@pytest.mark.parametrize(("steps", "status"), [(-1, 302), (-3, 200)])
def test_digits_read_at_the_end_of_their_half_minute_still_open_and_older_ones_do_not(
    client: Client, steps: int, status: int
) -> None:
    manager = person("chen_manager")
    manager.set_password(PASSWORD)
    manager.password_changed_at = timezone.now()
    manager.save()
    secret = generate_totp_secret()
    TOTP.activate(manager, secret)
    client.post("/auth/login/", {"login": manager.number, "password": PASSWORD})
    code = format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))
    assert client.post("/auth/mfa/authenticate/", {"code": code}).status_code == status


def test_who_has_just_typed_the_password_is_not_asked_for_it_again_before_the_first_second_step(
    client: Client,
) -> None:
    manager = person("chen_manager")
    manager.set_password(PASSWORD)
    manager.password_changed_at = timezone.now()
    manager.save()
    client.post("/auth/login/", {"login": manager.number, "password": PASSWORD})
    assert client.get("/auth/mfa/totp/activate/").status_code == 200
    TOTP.activate(manager, generate_totp_secret())
    client.post("/auth/logout/")
    client.post("/auth/login/", {"login": manager.number, "password": PASSWORD})
    assert client.get("/auth/mfa/totp/activate/").status_code == 302


@pytest.mark.clause("C13.1")
def test_managers_directors_hr_and_it_must_use_one_and_everybody_may() -> None:
    now = timezone.now()
    must = {who for who in CAST if second_factor.required(person(who), now)}
    assert must == {
        "chen_manager", "zhou_general", "fang_vice", "deng_marketing", "shen_operations", "du_hr",
        "qian_it", "sun_admin", "wei_webmaster", "cai_support",
    }  # fmt: skip
    TOTP.activate(person("li_lei"), generate_totp_secret())
    assert second_factor.has_one(person("li_lei"))
