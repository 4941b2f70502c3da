"""A browser of a custodian: signed in with a second factor, the vault unlocked through its page."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse

from tests.accounts.vault.stage import PASSPHRASE
from tests.people import person, signed_in


def custodian(who: str, *, opened: bool = True) -> Client:
    """Signed in just now; with the vault open, or not."""
    Authenticator.objects.get_or_create(
        user=person(who), type=Authenticator.Type.TOTP, defaults={"data": {"secret": "x"}}
    )
    client = signed_in(who)
    if opened:
        answer = client.post(reverse("accounts:vault_unlock"), {"passphrase": PASSPHRASE})
        assert answer.status_code == 302, answer.content.decode()
    return client
