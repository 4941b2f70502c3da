"""Second factors at rest."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

from ecdept import second_factor
from office import crypto
from tests.people import person

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
