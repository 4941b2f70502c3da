"""The requests of no desk, walked through their chains as RULES.md words them, against the whole cast, by each book:
who signs a rulebook (C14), who agrees to a deputy (J2)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator

import pytest

from office.approvals import api as approvals
from office.approvals.models import Deputy, Run
from office.errors import Refused
from office.rulebook.models import Version
from tests.approvals.test_activation import DECEMBER
from tests.chains import Way, walk, who_is
from tests.cms.stage import NOW, everybody, mall
from tests.people import CAST, person

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
#: Post → the one above it: RULES.md section 0, J and M; what the mall says otherwise.
ABOVE = {
    "service_agent": "service_supervisor", "back_office": "service_supervisor", "quality_inspector": "buyer",
    "system_administrator": "it_manager", "webmaster": "it_manager", "tech_support": "it_manager",
    "hr": "general_manager", "it_manager": "general_manager", "vice_president": "general_manager",
    "department_manager": "vice_president", "marketing_director": "vice_president",
    "operations_manager": "vice_president",
}  # fmt: skip
HEAD = "department_manager"
MALL_ABOVE = {
    "department_manager": "marketing_director",
    **dict.fromkeys(("designer", "copywriter", "photographer", "site_editor", "section_officer"), "planner"),
}


def absence(who: str) -> Run:
    deputy = next(each for each in ("han_meimei", "wu_clerk") if each != who)
    return approvals.name_deputy(
        deputy_id=person(deputy).pk, starts_at=NOW + DAY, ends_at=NOW + 3 * DAY, reason="年假",
        by=person(who), now=NOW,
    )  # fmt: skip


def other_book(code: str) -> Callable[[str], Run]:
    return lambda who: approvals.propose_activation(
        book=code, starts_at=DECEMBER, by=person(who), now=NOW, comment="建议改用"
    )


def rows(book: str) -> Iterator[Way]:
    code = "mall" if book == "site" else "site"
    for post in ("department_manager", "it_manager", "system_administrator", "hr"):
        yield Way(
            "C14",
            "rulebook.activation",
            post,
            ("general_manager",),
            "",
            other_book(code),
            Version.objects.count,
        )
    above = ABOVE | (MALL_ABOVE if book == "mall" else {})
    for post in dict.fromkeys(post for _number, _name, post in CAST.values()):
        if post != "general_manager":
            step = (above.get(post, HEAD),)
            yield Way("J2", "approvals.deputy", post, step, "", absence, Deputy.objects.count)


@pytest.mark.clause("C14", "J2")
@pytest.mark.parametrize("row", list(rows("site")), ids=str)
def test_by_the_sites_book(row: Way) -> None:
    everybody()
    walk(row)


@pytest.mark.clause("C14", "J2")
@pytest.mark.parametrize("row", list(rows("mall")), ids=str)
def test_by_the_malls_book(row: Way) -> None:
    everybody()
    mall()
    walk(row)


@pytest.mark.clause("C14", "J2")
def test_who_has_nobody_above_him_is_refused() -> None:
    everybody()
    general = who_is("general_manager")
    for begin in (absence, other_book("mall")):
        with pytest.raises(Refused):
            begin(general)
