"""A supplier, somebody there, and a contract in force: what tests of this desk stand on.

Every maker takes `now`; the desk's clock is NOW, a Monday at ten in Shanghai.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from contracts.models import Contract, ContractVersion, Supplier, SupplierContact
from contracts.selectors import departing as departing_terms
from contracts.services import agreements, departing, suppliers
from office.approvals import api as approvals
from office.approvals.models import Run
from tests.files.samples import small_picture
from tests.people import person

ZONE = ZoneInfo("Asia/Shanghai")
NOW = dt.datetime(2026, 11, 23, 10, tzinfo=ZONE)
TODAY = NOW.date()
MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)
WAREHOUSE = "佛山市顺德区乐从镇一号仓"
#: Codes that check out (GB 32100).
CREDIT_CODES = ("91440606MA4UKLE13K", "91440101MA59ABCD3K")


def supplier(
    code: str = "FS01", name: str = "佛山市恒木家具有限公司", *, now: dt.datetime = NOW, **more: Any
) -> Supplier:
    """Made on the first call in a test, then found by its code."""
    known = Supplier.objects.filter(code=code).first()
    return known or suppliers.add_supplier(code=code, name=name, by=person("luo_buyer"), now=now, **more)


def contact(
    of: Supplier | None = None,
    name: str = "何师傅",
    *,
    phone: str = "13800138000",
    mail: str = "he@hengmu.example",
    now: dt.datetime = NOW,
) -> SupplierContact:
    of = of or supplier(now=now)
    return suppliers.add_contact(
        supplier_id=of.pk, name=name, phone=phone, mail=mail, post="跟单", by=person("luo_buyer"), now=now
    )


def contract(
    of: Supplier | None = None, title: str = "实木家具协作加工", *, now: dt.datetime = NOW
) -> Contract:
    of = of or supplier(now=now)
    return agreements.open_contract(supplier_id=of.pk, title=title, by=person("luo_buyer"), now=now)


def version(
    of: Contract | None = None,
    *,
    starts_on: dt.date | None = None,
    ends_on: dt.date | None = None,
    reason: str = "",
    extra: Sequence[Mapping[str, str]] = (),
    now: dt.datetime = NOW,
    **terms: Any,
) -> ContractVersion:
    """Put to both sides, signed by none. `terms`: the contract's own values, such as settlement="on_shipment"."""
    of = of or contract(now=now)
    return agreements.put_version(
        contract_id=of.pk,
        starts_on=starts_on or now.date(),
        ends_on=ends_on or now.date() + 364 * DAY,
        terms={"warehouse": WAREHOUSE, **terms},
        extra=extra,
        reason=reason,
        by=person("luo_buyer"),
        now=now,
    )


def signed(of: ContractVersion, *sides: str, now: dt.datetime = NOW) -> ContractVersion:
    """Signed by both sides unless one is named; then terms that depart from the book's are agreed to."""
    for side in sides or ("ours", "theirs"):
        agreements.sign(
            version_id=of.pk,
            side=side,
            means="seal",
            signer="方副总" if side == "ours" else "何总",
            signed_on=now.date(),
            content=small_picture(),
            name="盖章页.png",
            by=person("luo_buyer"),
            now=now,
        )
    if of.signatures.count() == 2 and not departing_terms.may_hold(of):
        agreed_terms(of, now=now)
    return of


def agreed_terms(of: ContractVersion, *, now: dt.datetime = NOW) -> Run:
    """The manager agrees to terms that depart from the book's."""
    manager = person("chen_manager")
    run = departing.ask_terms(version_id=of.pk, by=person("luo_buyer"), now=now)
    return approvals.approve(run_id=run.pk, by=manager, now=now)


def active(of: Supplier | None = None, *, now: dt.datetime = NOW, **terms: Any) -> ContractVersion:
    """A contract in force with the supplier."""
    return signed(version(contract(of, now=now), now=now, **terms), now=now)
