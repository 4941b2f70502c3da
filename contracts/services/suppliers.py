"""The record of a supplier and the people we reach there."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from contracts.models import Supplier, SupplierContact
from contracts.rules.credit_code import fits
from contracts.services.door import links
from contracts.subjects import supplier_subject
from office.audit import api as audit
from office.errors import Conflict, NotFound
from office.finding import bigrams
from office.rulebook.allowed import require, unless, words, wrong
from office.staff.models import Employee

KEEP = "contracts.suppliers"
_CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{0,19}")
_PHONE = re.compile(r"\+?[0-9][0-9 ()-]{4,28}")


@transaction.atomic
def add_supplier(
    *, code: str, name: str, credit_code: str = "", address: str = "", by: Employee, now: datetime
) -> Supplier:
    """Raises Forbidden, Invalid, Conflict (`taken`)."""
    clause = require(by, KEEP, now)
    code = code.strip().upper()
    if not _CODE.fullmatch(code):
        raise wrong("code", _("Capital letters, digits and hyphens, at most 20."))
    facts = _facts(name, credit_code, address)
    with unless("contracts_supplier_code", _taken):
        supplier = Supplier.objects.create(
            code=code, **facts, words=_words(code, facts["name"]), created_at=now
        )
    audit.record(
        "contracts.add_supplier",
        subject=supplier_subject(supplier),
        by=by,
        now=now,
        clause=clause,
        data={"code": code, **facts},
    )
    return supplier


@transaction.atomic
def edit_supplier(
    *, supplier_id: int, name: str, credit_code: str, address: str, active: bool, by: Employee, now: datetime
) -> Supplier:
    """The code stays for ever. A supplier that is no longer active gets no new contract and no new order. Raises
    Forbidden, NotFound, Invalid."""
    clause = require(by, KEEP, now)
    supplier = locked_supplier(supplier_id)
    facts = {**_facts(name, credit_code, address), "active": active}
    before = {field: getattr(supplier, field) for field in facts}
    if facts == before:
        return supplier
    for field, value in facts.items():
        setattr(supplier, field, value)
    supplier.words = _words(supplier.code, supplier.name)
    supplier.save(update_fields=[*facts, "words"])
    audit.record(
        "contracts.edit_supplier",
        subject=supplier_subject(supplier),
        by=by,
        now=now,
        clause=clause,
        data={field: [before[field], value] for field, value in facts.items() if value != before[field]},
    )
    return supplier


@transaction.atomic
def add_contact(
    *,
    supplier_id: int,
    name: str,
    phone: str = "",
    mail: str = "",
    post: str = "",
    by: Employee,
    now: datetime,
) -> SupplierContact:
    """Raises Forbidden, NotFound, Invalid."""
    clause = require(by, KEEP, now)
    supplier = locked_supplier(supplier_id)
    contact = SupplierContact.objects.create(
        supplier=supplier,
        **_person(name, phone, mail, post),
        reached_since=now,
        created_at=now,
    )
    audit.record(
        "contracts.add_contact",
        subject=supplier_subject(supplier),
        by=by,
        now=now,
        clause=clause,
        data={"contact": contact.pk},
    )
    return contact


@transaction.atomic
def edit_contact(
    *,
    contact_id: int,
    name: str,
    phone: str,
    mail: str,
    post: str,
    active: bool,
    by: Employee,
    now: datetime,
) -> SupplierContact:
    """A new number or address counts as known from now on only: what a forged letter brings along is not called back.
    Links to the door that are out end with it. Raises Forbidden, NotFound, Invalid."""
    clause = require(by, KEEP, now)
    contact = (
        SupplierContact.objects.select_for_update(of=("self",))
        .select_related("supplier")
        .filter(pk=contact_id)
        .first()
    )
    if contact is None:
        raise NotFound(_("There is no such contact."))
    facts = {**_person(name, phone, mail, post), "active": active}
    changed = [field for field, value in facts.items() if getattr(contact, field) != value]
    if not changed:
        return contact
    for field in changed:
        setattr(contact, field, facts[field])
    if "phone" in changed:
        contact.reached_since = max(now, contact.phone_since + timedelta(microseconds=1))
    contact.save(update_fields=[*changed, "reached_since"])
    if {"phone", "mail"} & set(changed):
        links.end_all(contact, str(_("Reached elsewhere from now on.")), by, now, clause)
    audit.record(
        "contracts.edit_contact",
        subject=supplier_subject(contact.supplier),
        by=by,
        now=now,
        clause=clause,
        data={"contact": contact.pk, "changed": changed},
    )
    return contact


def locked_supplier(supplier_id: int) -> Supplier:
    """Raises NotFound."""
    supplier = Supplier.objects.select_for_update().filter(pk=supplier_id).first()
    if supplier is None:
        raise NotFound(_("There is no such supplier."))
    return supplier


def _facts(name: str, credit_code: str, address: str) -> dict[str, str]:
    credit_code = credit_code.strip().upper()
    if credit_code and not fits(credit_code):
        raise wrong(
            "credit_code", _("Eighteen signs whose last one checks the others: one of them was mistyped.")
        )
    return {
        "name": words(name, path="name", longest=120, missing=_("Give the company’s full name.")),
        "credit_code": credit_code,
        "address": words(address, path="address", longest=200),
    }


def _person(name: str, phone: str, mail: str, post: str) -> dict[str, str]:
    facts = {
        "name": words(name, path="name", longest=60, missing=_("Give the name.")),
        "phone": words(phone, path="phone", longest=30),
        "mail": words(mail, path="mail", longest=254),
        "post": words(post, path="post", longest=60),
    }
    if not facts["phone"] and not facts["mail"]:
        raise wrong("phone", _("Give a phone number or an e-mail address, else nobody is reached."))
    if facts["phone"] and not _PHONE.fullmatch(facts["phone"]):
        raise wrong("phone", _("Digits only, with blanks or hyphens between them."))
    if facts["mail"]:
        try:
            validate_email(facts["mail"])
        except ValidationError as error:
            raise wrong("mail", _("This is no e-mail address.")) from error
    return facts


def _words(code: str, name: str) -> list[str]:
    return sorted(bigrams(code) | bigrams(name))


def _taken() -> Conflict:
    return Conflict(_("Another supplier has this code."), code="taken")
