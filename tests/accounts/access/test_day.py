"""What waits on a person stands in his day: an opinion, grants to confirm, a record to sign, a document to read."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import DatabaseChange
from accounts.selectors import access_day
from accounts.services import changes, procedures, reviewing, security
from office.staff.models import Appointment
from tests.accounts.access.stage import DAY, MINUTE, NOW, agree, granted
from tests.accounts.access.test_database_change import CONTENT, drafted, handed_in, outcome
from tests.accounts.access.test_records import MONDAY, PACKAGES, published
from tests.accounts.access.test_review import QUARTER
from tests.people import everybody, person, signed_in

pytestmark = pytest.mark.django_db


def urls(who: str, now: Any = NOW) -> list[str]:
    return [line.url for line in access_day.waiting(person(who), now)]


@pytest.mark.clause("C13.6")
def test_an_opinion_waits_until_it_is_said_and_again_after_another_text() -> None:
    change = drafted()
    url = f"/accounts/changes/{change.pk}/"
    assert urls("du_hr") == [url]
    assert urls("li_lei") == []
    changes.give_opinion(change_id=change.pk, agrees=True, text="好", by=person("du_hr"), now=NOW + MINUTE)
    assert urls("du_hr") == []


@pytest.mark.clause("C13.6")
def test_a_change_that_was_agreed_to_waits_until_its_outcome_is_told() -> None:
    agree(handed_in(), "shen_operations", "zhou_general")
    [line] = access_day.waiting(person("sun_admin"), NOW + DAY)
    assert (line.url, line.due_at) == (
        f"/accounts/changes/{DatabaseChange.objects.get().pk}/",
        CONTENT.ends_at,
    )
    assert urls("qian_it", NOW + DAY) == []
    outcome()
    assert urls("sun_admin", NOW + 2 * DAY) == []


@pytest.mark.clause("C13.2")
def test_grants_wait_on_leaders_and_the_administrator() -> None:
    granted(last_day=(QUARTER + 30 * DAY).date())
    review = reviewing.open_review(now=QUARTER)
    assert review is not None
    waiting = {
        "wang_supervisor",
        "sun_admin",
    }  # right above, and the administrator; those further up may, unasked
    for who in (*waiting, "chen_manager", "zhou_general", "li_lei", "han_meimei"):
        assert (f"/accounts/access/reviews/{review.pk}/" in urls(who, QUARTER)) is (who in waiting), who
    Appointment.objects.filter(position="service_supervisor").delete()
    assert f"/accounts/access/reviews/{review.pk}/" in urls(
        "chen_manager", QUARTER
    )  # the post between is vacant


@pytest.mark.clause("C13.7")
def test_a_record_waits_to_be_signed(tmp_path: Any, settings: Any) -> None:
    settings.ECDEPT_HOME = tmp_path
    everybody()
    made = security.report(now=MONDAY, packages=PACKAGES)
    assert made is not None
    assert urls("sun_admin", MONDAY) == [f"/accounts/security/{made.pk}/"]
    security.sign(report_id=made.pk, done="好", by=person("sun_admin"), now=MONDAY)
    assert urls("sun_admin", MONDAY) == []


@pytest.mark.clause("C13.0")
def test_the_version_in_force_waits_to_be_read() -> None:
    first = published()
    assert urls("li_lei") == ["/accounts/procedures/database_users/"]
    procedures.acknowledge(procedure_id=first.pk, by=person("li_lei"), now=NOW)
    assert urls("li_lei") == []
    published("一人一号，不得转借。", now=NOW + DAY)
    assert urls("li_lei", NOW + DAY) == ["/accounts/procedures/database_users/"]
    assert "/accounts/procedures/database_users/" in signed_in("li_lei").get("/").content.decode()
