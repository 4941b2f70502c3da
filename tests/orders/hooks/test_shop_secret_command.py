"""The command gives a shop a secret, prints it once, and keeps it sealed."""

import base64
import hashlib
import hmac
import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from office.audit.models import Entry
from orders.models import Shop
from orders.selectors.shops import live_secrets

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("shop_secret", *arguments, stdout=out)
    return out.getvalue().strip()


def test_a_new_shop_gets_an_api_secret() -> None:
    secret = run("A1")
    shop = Shop.objects.get(code="A1")
    assert shop.platform == "api"
    assert secret.startswith("whsec_")
    assert secret.encode() not in bytes(shop.sealed_secret or b"")
    assert Entry.objects.filter(subject_type="shop", actor_id=None).exists()


def test_a_secret_that_the_platform_made_is_kept_and_signs() -> None:
    answer = json.loads(run("W1", "--platform", "woocommerce", "--secret", "the platform's words", "--json"))
    assert answer == {"shop": "W1", "platform": "woocommerce", "secret": "the platform's words"}
    body = b"webhook_id=7"
    assert (
        Client().post("/hooks/woocommerce/W1", body, "application/x-www-form-urlencoded").status_code == 200
    )
    body = b'{"id": 1}'
    signature = base64.b64encode(hmac.digest(b"the platform's words", body, hashlib.sha256)).decode()
    headers = {"X-WC-Webhook-Signature": signature, "X-WC-Webhook-Topic": "product.created"}
    answered = Client().post("/hooks/woocommerce/W1", body, "application/json", headers=headers)
    assert answered.status_code == 200


def test_a_shop_of_files_becomes_one_of_the_platform() -> None:
    Shop.objects.create(code="F1", name="F1", created_at="2026-01-01T00:00:00Z")
    with pytest.raises(CommandError, match="--platform"):
        run("F1")
    run("F1", "--platform", "shopify")
    shop = Shop.objects.get(code="F1")
    assert shop.platform == "shopify"
    assert live_secrets(shop, timezone.now())


def test_what_is_refused_is_said() -> None:
    with pytest.raises(CommandError, match="30"):
        run("no such code!")
