"""The record of a supplier and the people there."""

from __future__ import annotations

import pytest

from contracts.models import Supplier
from contracts.rules.credit_code import fits
from contracts.services import suppliers
from office.audit.models import Entry
from office.errors import Conflict, Forbidden, Invalid, NotFound
from tests.contracts import world
from tests.contracts.world import CREDIT_CODES, NOW
from tests.naughty import strings
from tests.people import person

pytestmark = [pytest.mark.django_db, pytest.mark.clause("P0")]


def edit(supplier: Supplier, **said: object) -> Supplier:
    facts = {"name": supplier.name, "credit_code": "", "address": "", "active": True, **said}
    return suppliers.edit_supplier(supplier_id=supplier.pk, by=person("luo_buyer"), now=NOW, **facts)  # type: ignore[arg-type]


def test_a_supplier_is_added_and_changed() -> None:
    made = world.supplier(credit_code=CREDIT_CODES[0].lower(), address="顺德区")
    assert (made.code, made.credit_code, made.active) == ("FS01", CREDIT_CODES[0], True)
    assert "恒木" in made.words
    edit(made, name="佛山市恒木家居有限公司", active=False)
    made.refresh_from_db()
    assert (made.name, made.credit_code, made.active) == ("佛山市恒木家居有限公司", "", False)
    edit(made, name="佛山市恒木家居有限公司", active=False)  # nothing changed: nothing is told
    assert list(Entry.objects.filter(subject_type="supplier").order_by("pk").values_list("verb", flat=True)) == [
        "contracts.add_supplier", "contracts.edit_supplier",
    ]  # fmt: skip


def test_a_code_is_given_once() -> None:
    world.supplier()
    with pytest.raises(Conflict) as refused:
        suppliers.add_supplier(code="fs01", name="另一家", by=person("luo_buyer"), now=NOW)
    assert refused.value.code == "taken"


@pytest.mark.parametrize(
    ("said", "path"),
    [
        ({"code": "佛山"}, "code"),
        ({"code": ""}, "code"),
        ({"name": " "}, "name"),
        ({"name": "长" * 121}, "name"),
        ({"credit_code": CREDIT_CODES[0][:-1] + "0"}, "credit_code"),
        ({"credit_code": "123"}, "credit_code"),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(said: dict[str, str], path: str) -> None:
    given = {"code": "X1", "name": "某家具厂", **said}
    with pytest.raises(Invalid) as refused:
        suppliers.add_supplier(**given, by=person("luo_buyer"), now=NOW)
    assert refused.value.errors[0]["path"] == path


def test_a_credit_code_checks_itself() -> None:
    assert all(fits(code) for code in CREDIT_CODES)
    assert not fits("91440606MA4UKLE1I3")  # I is no sign of it
    assert not fits(CREDIT_CODES[0][1:] + "9")


@pytest.mark.parametrize(
    ("said", "path"),
    [
        ({"name": ""}, "name"),
        ({"phone": "", "mail": ""}, "phone"),
        ({"phone": "打他电话"}, "phone"),
        ({"mail": "何师傅"}, "mail"),
    ],
)
def test_a_contact_can_be_reached(said: dict[str, str], path: str) -> None:
    given = {"name": "何师傅", "phone": "13800138000", "mail": "", **said}
    with pytest.raises(Invalid) as refused:
        suppliers.add_contact(supplier_id=world.supplier().pk, **given, by=person("luo_buyer"), now=NOW)
    assert refused.value.errors[0]["path"] == path


def test_a_new_number_is_known_only_from_its_day_and_stays_out_of_the_trail() -> None:
    contact = world.contact()
    later = NOW + world.DAY
    for phone, since in ((contact.phone, NOW), ("13900139000", later)):
        changed = suppliers.edit_contact(
            contact_id=contact.pk,
            phone=phone,
            name=contact.name,
            mail=contact.mail,
            post="厂长",
            active=True,
            by=person("luo_buyer"),
            now=later,
        )
        assert changed.reached_since == since
    told = Entry.objects.filter(verb__in=["contracts.add_contact", "contracts.edit_contact"])
    assert told.count() == 3
    assert not any(
        "139" in str(bytes(entry.canonical)) or "何师傅" in bytes(entry.canonical).decode() for entry in told
    )


def test_only_who_keeps_suppliers_writes_them() -> None:
    made, contact = world.supplier(), world.contact()
    for act in (
        lambda: suppliers.add_supplier(code="X", name="某厂", by=person("song_inspector"), now=NOW),
        lambda: suppliers.edit_supplier(
            supplier_id=made.pk, name="某厂", credit_code="", address="", active=True, by=person("li_lei"), now=NOW
        ),
        lambda: suppliers.add_contact(
            supplier_id=made.pk, name="某", phone="13800138000", by=person("xu_warehouse"), now=NOW
        ),
        lambda: suppliers.edit_contact(
            contact_id=contact.pk, name="某", phone="13800138000", mail="", post="", active=True,
            by=person("zhou_general"), now=NOW,
        ),
    ):  # fmt: skip
        with pytest.raises(Forbidden):
            act()


def test_what_is_not_there_is_not_found() -> None:
    with pytest.raises(NotFound):
        suppliers.add_contact(
            supplier_id=987654, name="某", phone="13800138000", by=person("luo_buyer"), now=NOW
        )
    with pytest.raises(NotFound):
        suppliers.edit_contact(
            contact_id=987654, name="某", phone="13800138000", mail="", post="", active=True,
            by=person("luo_buyer"), now=NOW,
        )  # fmt: skip


def test_odd_texts_are_kept_or_refused_and_never_a_fault() -> None:
    for number, text in enumerate(strings()[:120]):
        try:
            suppliers.add_supplier(
                code=f"N{number}", name=text, address=text, by=person("luo_buyer"), now=NOW
            )
        except Invalid:
            continue
