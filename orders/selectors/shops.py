"""Reading shops: their secrets that count now, lists for pages, and who works the restricted ones."""

from __future__ import annotations

import datetime as dt
import json
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from guardian.shortcuts import get_users_with_perms

from office import crypto
from office.staff.models import Employee
from orders.models import Shop, WebhookReceipt

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

SECRET_PURPOSE = "shop-secret"  # noqa: S105  the purpose's name, not a secret


class Secret(NamedTuple):
    """One secret. `until` is None for the current one; an older one counts until then."""

    text: str
    since: dt.datetime
    until: dt.datetime | None

    def counts(self, now: dt.datetime) -> bool:
        return bool(self.text) and (self.until is None or now < self.until)


@lru_cache(maxsize=512)
def _opened(sealed: bytes) -> tuple[Secret, ...]:
    """Keyed by the ciphertext that was just read from the database: a changed secret can never meet a stale answer,
    in whichever process it was changed."""
    return tuple(
        Secret(
            one["text"],
            dt.datetime.fromisoformat(one["since"]),
            dt.datetime.fromisoformat(one["until"]) if one["until"] else None,
        )
        for one in json.loads(crypto.open_app(SECRET_PURPOSE, sealed))
    )


def secrets_of(shop: Shop) -> tuple[Secret, ...]:
    """All secrets kept for the shop, newest first."""
    return _opened(bytes(shop.sealed_secret)) if shop.sealed_secret else ()


def secret_version(shop: Shop) -> str:
    """Changes with every new secret; "" without one."""
    kept = secrets_of(shop)
    return kept[0].since.isoformat() if kept else ""


def live_secrets(shop: Shop, now: dt.datetime) -> tuple[str, ...]:
    """The secrets that open the shop's door now: the current one and, during a rotation, the one before."""
    return tuple(secret.text for secret in secrets_of(shop) if secret.counts(now))


def is_known(code: str) -> bool:
    """Whether there is such a shop, active or not."""
    return Shop.objects.filter(code=code).exists()


def listed_shops() -> QuerySet[Shop]:
    """Shops for the list, with the number of webhooks that wait for a human's eye."""
    troubled = Q(receipts__outcome__in=("rejected", "conflict"))
    return Shop.objects.annotate(troubles=Count("receipts", filter=troubled)).order_by("-active", "code")


OUTCOMES: dict[str, StrOrPromise] = {
    "inserted": _("booked"),
    "duplicate": _("known already"),
    "conflict": _("conflict, not booked"),
    "updated": _("update"),
    "ignored": _("nothing to book"),
    "rejected": _("rejected"),
}


def receipts_of(shop: Shop, limit: int = 50) -> list[tuple[WebhookReceipt, StrOrPromise]]:
    """The newest receipts of a shop with what became of them, without their bodies."""
    newest = shop.receipts.defer("sealed_body", "wrapped_key").order_by("-pk")[:limit]
    return [(receipt, OUTCOMES.get(receipt.outcome, receipt.outcome)) for receipt in newest]


def workers_of(shop: Shop) -> list[Employee]:
    """People to whom a restricted shop is granted, by number."""
    people = get_users_with_perms(shop, only_with_perms_in=["work_shop"], with_superusers=False)
    return sorted(people, key=lambda person: person.number)


def grantable(shop: Shop) -> QuerySet[Employee]:
    """Active people to whom the shop is not yet granted."""
    taken = [person.pk for person in workers_of(shop)]
    return Employee.objects.filter(is_active=True).exclude(pk__in=taken).order_by("number")
