"""Verbs on shops: add, change, secrets with an overlap for rotation, and who works a restricted shop.

A secret is sealed under the application's key and shown once, when it is made. At most two count at a time: the
current one and, until the overlap ends, the one before it.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import re
import secrets
from collections.abc import Sequence

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _
from guardian.models import UserObjectPermission
from guardian.shortcuts import assign_perm, remove_perm

from office import crypto
from office.audit import api as audit
from office.errors import Conflict, Invalid, NotFound
from office.hooks.signatures import PREFIX, standard_key
from office.staff.models import Employee
from office.subjects import Subject
from orders.models import Shop
from orders.selectors.doors import HOOK_PLATFORMS, doors_now
from orders.selectors.shops import (
    SECRET_PURPOSE,
    Secret,
    live_secrets,
    secret_version,
    secrets_of,
)

VERBS = {
    "orders.add_shop": _("Shop added"),
    "orders.update_shop": _("Shop changed"),
    "orders.set_shop_secret": _("Shop secret set"),
    "orders.new_api_secret": _("API secret made"),
    "orders.end_secret_overlap": _("Old shop secret ended"),
    "orders.grant_shop": _("Shop granted to a person"),
    "orders.revoke_shop": _("Shop taken from a person"),
}

#: How long the old secret counts beside a new one.
OVERLAP = dt.timedelta(hours=24)
MAX_SECRET = 200
_CODE = re.compile(r"[\w][\w.-]{0,29}")
_CURRENCY = re.compile("[A-Z]{3}")


def subject_of_shop(shop: Shop) -> Subject:
    return Subject("shop", str(shop.pk), shop.code)


def checked_code(code: str) -> str:
    """The code without blanks around it. Raises Invalid for what cannot be one."""
    code = code.strip()
    if not _CODE.fullmatch(code):
        message = _("A shop code has up to 30 letters, digits, dots, dashes or underscores.")
        raise Invalid(message, errors=[{"path": "code", "code": "characters", "message": str(message)}])
    return code


def _checked(*, name: str, platform: str, currency: str) -> None:
    errors = []
    if not 0 < len(name) <= 80 or not name.isprintable():
        message = _("A shop needs a name of up to 80 characters.")
        errors.append({"path": "name", "code": "too_long", "message": str(message)})
    if platform not in Shop.Platform.values:
        errors.append(
            {"path": "platform", "code": "choice", "message": str(_("This platform is not known."))}
        )
    if not _CURRENCY.fullmatch(currency):
        message = _("A currency is three capital letters, such as CNY.")
        errors.append({"path": "currency", "code": "currency", "message": str(message)})
    if errors:
        raise Invalid(_("The shop was not saved."), errors=errors)


def _locked(shop_id: int) -> Shop:
    shop = Shop.objects.select_for_update().filter(pk=shop_id).first()
    if shop is None:
        raise NotFound(_("There is no such shop."))
    return shop


def add_shop(
    *,
    code: str,
    name: str,
    platform: str,
    by: Employee | None,
    now: dt.datetime,
    currency: str = "CNY",
    restricted: bool = False,
) -> Shop:
    """A new shop. Raises Invalid (code, name, platform, currency) or Conflict when the code is taken."""
    code, name = checked_code(code), name.strip()
    _checked(name=name, platform=platform, currency=currency)
    with transaction.atomic():
        shop = _insert(
            code=code, name=name, platform=platform, currency=currency, restricted=restricted, now=now
        )
        if shop is None:
            raise Conflict(_("There is already a shop with this code."), code="shop_exists")
        data = {
            "code": code,
            "name": name,
            "platform": platform,
            "currency": currency,
            "restricted": restricted,
        }
        audit.record("orders.add_shop", subject=subject_of_shop(shop), by=by, now=now, data=data)
        return shop


def _insert(
    *, code: str, name: str, platform: str, currency: str, restricted: bool, now: dt.datetime
) -> Shop | None:
    """The row, or None when the code is taken. ON CONFLICT waits for a transaction that is just adding the same one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO orders_shop (code, name, platform, currency, restricted, active, mapping, created_at)"
            " VALUES (%s, %s, %s, %s, %s, true, '{}', %s) ON CONFLICT (code) DO NOTHING RETURNING id",
            [code, name, platform, currency, restricted, now],
        )
        row = cursor.fetchone()
    return Shop.objects.get(pk=row[0]) if row else None


def get_or_create_shop(
    *, code: str, by: Employee | None, now: dt.datetime, platform: str = Shop.Platform.GENERIC
) -> Shop:
    """The shop with this code, added (name = code, CNY) when there is none. Raises Invalid for an impossible code."""
    code = checked_code(code)
    shop = Shop.objects.filter(code=code).first()
    if shop is not None:
        return shop
    try:
        return add_shop(code=code, name=code, platform=platform, by=by, now=now)
    except Conflict:
        return Shop.objects.get(code=code)


def update_shop(
    *,
    shop_id: int,
    name: str,
    platform: str,
    currency: str,
    restricted: bool,
    active: bool,
    by: Employee | None,
    now: dt.datetime,
) -> Shop:
    """Change what may change; the code stays, since orders are known by it. Nothing changed: nothing recorded.

    An inactive shop takes no webhooks. Raises Invalid, NotFound."""
    name = name.strip()
    _checked(name=name, platform=platform, currency=currency)
    wanted = {
        "name": name,
        "platform": platform,
        "currency": currency,
        "restricted": restricted,
        "active": active,
    }
    with transaction.atomic():
        shop = _locked(shop_id)
        changed = {
            key: [getattr(shop, key), value] for key, value in wanted.items() if getattr(shop, key) != value
        }
        if changed:
            for key, value in wanted.items():
                setattr(shop, key, value)
            shop.save(update_fields=list(changed))
            audit.record(
                "orders.update_shop", subject=subject_of_shop(shop), by=by, now=now, data={"changed": changed}
            )
        return shop


# -- secrets -------------------------------------------------------------------------------------------------------


def _seal(shop: Shop, kept: Sequence[Secret]) -> None:
    stored = [
        {
            "text": one.text,
            "since": one.since.isoformat(),
            "until": one.until.isoformat() if one.until else None,
        }
        for one in kept
    ]
    shop.sealed_secret = crypto.seal_app(SECRET_PURPOSE, json.dumps(stored).encode())
    shop.save(update_fields=["sealed_secret"])


def _unchanged(shop: Shop, expect: str | None) -> None:
    """A page that was reloaded or left open does not rotate a secret that somebody is just pasting."""
    if expect is not None and expect != secret_version(shop):
        raise Conflict(
            _("The secret was changed a moment ago. Look at the shop's page again."), code="secret_changed"
        )


def _rotate(shop: Shop, secret: str, overlap: dt.timedelta, now: dt.datetime) -> dt.datetime | None:
    """Put the new secret first. Returns until when the one before it counts."""
    ends = now + overlap
    before = [
        one._replace(until=min(one.until or ends, ends))
        for one in secrets_of(shop)
        if one.text != secret and one.counts(now)
    ][:1]
    before = [one for one in before if one.until and one.until > now]
    _seal(shop, [Secret(secret, now, None), *before])
    return before[0].until if before else None


def set_shop_secret(
    *,
    shop_id: int,
    secret: str,
    by: Employee | None,
    now: dt.datetime,
    overlap: dt.timedelta = OVERLAP,
    expect: str | None = None,
) -> Shop:
    """Keep the secret that the platform signs with; the old one counts for `overlap` more.

    Shopify's signature names no shop, so two Shopify shops may not share a secret. A shop that sends through the API
    needs a Standard Webhooks secret. `expect` is the `secret_version` that the person saw. Raises Invalid, NotFound,
    Conflict (secret_in_use, secret_changed)."""
    secret = secret.strip()
    if not 0 < len(secret) <= MAX_SECRET or not secret.isprintable() or not secret.isascii():
        message = _("A secret has 1 to 200 printable characters.")
        raise Invalid(message, errors=[{"path": "secret", "code": "characters", "message": str(message)}])
    with transaction.atomic():
        # Two shops set at the same moment must not both find the secret free.
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('orders.shop_secrets'))")
        shop = _locked(shop_id)
        _unchanged(shop, expect)
        if shop.platform not in HOOK_PLATFORMS:
            try:
                standard_key(secret)
            except ValueError as error:
                message = _("An API secret is whsec_ followed by base64.")
                told = {"path": "secret", "code": "base64", "message": str(message)}
                raise Invalid(message, errors=[told]) from error
        if shop.platform == Shop.Platform.SHOPIFY:
            for other in doors_now().hooks(shop.platform):
                if other.pk != shop.pk and secret in live_secrets(other, now):
                    message = _(
                        "Another shop already uses this secret, and Shopify's signature names no shop."
                    )
                    raise Conflict(message, code="secret_in_use")
        until = _rotate(shop, secret, overlap, now)
        data = {"old_until": until.isoformat() if until else None}
        audit.record("orders.set_shop_secret", subject=subject_of_shop(shop), by=by, now=now, data=data)
        return shop


def new_api_secret(
    *,
    shop_id: int,
    by: Employee | None,
    now: dt.datetime,
    overlap: dt.timedelta = OVERLAP,
    expect: str | None = None,
) -> str:
    """Make a Standard Webhooks secret (whsec_, 32 random bytes) and return it: the only time it is shown.

    The old one counts for `overlap` more. Also fits WooCommerce, which takes any text; a Shopify secret is made by
    Shopify, so such a shop is refused (Conflict, secret_from_shopify; secret_changed as above). Raises NotFound."""
    secret = PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()
    with transaction.atomic():
        shop = _locked(shop_id)
        _unchanged(shop, expect)
        if shop.platform == Shop.Platform.SHOPIFY:
            raise Conflict(_("Shopify makes the secret: paste it here."), code="secret_from_shopify")
        until = _rotate(shop, secret, overlap, now)
        data = {"old_until": until.isoformat() if until else None}
        audit.record("orders.new_api_secret", subject=subject_of_shop(shop), by=by, now=now, data=data)
    return secret


def end_secret_overlap(*, shop_id: int, by: Employee | None, now: dt.datetime) -> Shop:
    """From now on only the current secret counts (the old one leaked, or every sender has changed). Raises NotFound."""
    with transaction.atomic():
        shop = _locked(shop_id)
        kept = secrets_of(shop)
        if len(kept) > 1:
            _seal(shop, kept[:1])
            audit.record("orders.end_secret_overlap", subject=subject_of_shop(shop), by=by, now=now, data={})
        return shop


# -- who works a restricted shop -----------------------------------------------------------------------------------


def _person(employee_id: int) -> Employee:
    person = Employee.objects.filter(pk=employee_id).first()
    if person is None:
        raise NotFound(_("There is no such person."))
    return person


def _granted(shop: Shop, person: Employee) -> bool:
    """Granted to this very person: has_perm() would also say yes to a superuser."""
    rows = UserObjectPermission.objects.filter(user=person, object_pk=str(shop.pk))
    return bool(rows.filter(permission__codename="work_shop", content_type__app_label="orders").exists())


def grant_shop(*, shop_id: int, employee_id: int, by: Employee | None, now: dt.datetime) -> None:
    """Let a person work the orders of a restricted shop. Granting twice changes nothing. Raises NotFound, Conflict
    for somebody who has left."""
    with transaction.atomic():
        shop, person = _locked(shop_id), _person(employee_id)
        if not person.is_active:
            raise Conflict(_("This person no longer works here."), code="inactive_person")
        if _granted(shop, person):
            return
        assign_perm("orders.work_shop", person, shop)
        data = {"employee": person.number}
        audit.record("orders.grant_shop", subject=subject_of_shop(shop), by=by, now=now, data=data)


def revoke_shop(*, shop_id: int, employee_id: int, by: Employee | None, now: dt.datetime) -> None:
    """Take a restricted shop from a person. Revoking what was not granted changes nothing. Raises NotFound."""
    with transaction.atomic():
        shop, person = _locked(shop_id), _person(employee_id)
        if not _granted(shop, person):
            return
        remove_perm("orders.work_shop", person, shop)
        data = {"employee": person.number}
        audit.record("orders.revoke_shop", subject=subject_of_shop(shop), by=by, now=now, data=data)


# -- rotation of the application's keys ----------------------------------------------------------------------------


def reseal_shop_secrets(limit: int) -> int:
    """One step of a key rotation (office.crypto.register_resealer)."""
    done = 0
    with transaction.atomic():
        for shop in Shop.objects.select_for_update().filter(sealed_secret__isnull=False).order_by("pk"):
            resealed = crypto.reseal_app(SECRET_PURPOSE, shop.sealed_secret or b"")
            if resealed is not None:
                shop.sealed_secret = resealed
                shop.save(update_fields=["sealed_secret"])
                done += 1
            if done >= limit:
                break
    return done
