"""What is said of one person in attendance shows on no page of somebody whom it does not concern: each of them reads
every address of the desk, of approvals and of the trail, and the words are looked for."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.urls import URLPattern, reverse
from django.utils import timezone

from attendance.models import Leave
from attendance.services import asking, cases, leave_ending, leaving
from attendance.services.cases import add_file
from attendance.services.corrections import Missing, ask_correction
from attendance.urls import urlpatterns
from office.approvals.models import Run
from office.files import api as files
from office.rulebook.calendar import ZONE
from tests.attendance.months.world import picture
from tests.attendance.people.stage import everybody, exam, on_trial, vacancy
from tests.people import person, signed_in

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
#: Whom the matters of 李雷 do not concern: a colleague, other posts, IT that sees no leave, a buyer.
STRANGERS = ("han_meimei", "zheng_designer", "sun_admin", "luo_buyer", "wei_webmaster")


@pytest.fixture
def now() -> dt.datetime:
    return timezone.now()


def asked(now: dt.datetime, **more: Any) -> Leave:
    first = timezone.localdate(now) + 3 * DAY
    while first.weekday() > 4:
        first += DAY
    wanted = asking.Asked("personal", first, first)
    return asking.request_leave(asked=wanted, reason="蓝鲸一请假", by=person("li_lei"), now=now)


def a_file(who: str, now: dt.datetime) -> files.StoredFile:
    limits = files.Limits(image=500_000, document=500_000, clause="S2c")
    return files.keep_file(content=picture(), name="证明.png", by=person(who), now=now, limits=limits)


def matters(now: dt.datetime) -> dict[str, Any]:
    """One of each thing that concerns 李雷, or a candidate; every word of it begins with 蓝鲸."""
    everybody()
    li_lei, manager = person("li_lei"), person("chen_manager")
    leave = asked(now)
    asking.add_proof(leave_id=leave.pk, file_id=a_file("li_lei", now).pk, by=li_lei, now=now)
    case = cases.open_case(employee_id=li_lei.pk, clause="S3", facts="蓝鲸三事实", by=manager, now=now)
    add_file(case_id=case.pk, file_id=a_file("chen_manager", now).pk, by=manager, now=now)
    cases.answer(case_id=case.pk, statement="蓝鲸四答复", by=li_lei, now=now)
    cases.propose(case_id=case.pk, proposal=cases.Proposal("warning", "蓝鲸五理由"), by=manager, now=now)
    yesterday = timezone.localdate(now) - DAY
    run = ask_correction(
        day=yesterday,
        missing=[Missing(dt.datetime.combine(yesterday, dt.time(8, 30), ZONE), "in")],
        reason="蓝鲸六补卡",
        proof=picture(),
        proof_name="门禁.png",
        by=li_lei,
        now=now,
    )
    leaving.resign(
        last_day=timezone.localdate(now) + 60 * DAY,
        reason="蓝鲸八辞职",
        contract_clause="蓝鲸九合同",
        by=li_lei,
        now=now,
    )
    found = on_trial(vacancy())
    paper = exam(found, points=70)
    return {"leave": leave, "case": case, "run": run, "candidate": found, "exam": paper, "day": yesterday}


def addresses(world: dict[str, Any]) -> list[str]:
    li_lei = person("li_lei").pk
    keys = {
        "leave": world["leave"].pk,
        "case": world["case"].pk,
        "candidate": world["candidate"].pk,
        "exam": world["exam"].pk,
        "vacancy": world["candidate"].vacancy_id,
    }
    found = [
        f"/attendance/{path}"
        for path in (
            f"people/{li_lei}/",
            f"people/{li_lei}/{world['day']}/",
            f"people/{li_lei}/post/",
            f"roster/person/{li_lei}/",
            f"leave/balances/{li_lei}/",
            f"leave/{keys['leave']}/documents/{world['leave'].proofs.get().pk}/",
            f"cases/{keys['case']}/files/{world['case'].files.get().pk}/",
            f"proof/{world['run'].pk}/{world['run'].payload['evidence']['proof'][0]}/",
            f"exams/{keys['exam']}/file/",
            "cases/?tab=ended",
            "leave/team/?tab=coming",
            "leave/team/?tab=waiting",
        )
    ]
    for pattern in urlpatterns:
        assert isinstance(pattern, URLPattern)
        names = list(pattern.pattern.regex.groupindex)
        if not names:
            found.append(reverse(f"attendance:{pattern.name}"))
        elif names == ["pk"]:
            found += [reverse(f"attendance:{pattern.name}", args=[pk]) for pk in {1, *keys.values()}]
    found += [reverse("approvals:run", args=[pk]) for pk in Run.objects.values_list("pk", flat=True)]
    found += [
        "/",
        reverse("approvals:queue"),
        reverse("notices:inbox"),
        reverse("audit:trail"),
        reverse("deadlines:overview"),
    ]
    return found


@pytest.mark.parametrize("who", STRANGERS)
def test_a_stranger_reads_nothing_of_it(who: str, now: dt.datetime) -> None:
    world = matters(now)
    client = signed_in(who)
    seen = []
    for path in addresses(world):
        answer = client.get(path)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
        said = body.decode("utf-8", "replace")
        if (
            "蓝鲸" in said
            or "林小满" in said
            or "13900001111" in said
            or (answer.get("Content-Type", "").startswith("image/"))
        ):
            seen.append(path)
    assert seen == []


def test_the_people_concerned_do_read_it(now: dt.datetime) -> None:
    """So that the test above does not look where nothing is."""
    world = matters(now)
    for who, words in {"li_lei": "一三四六八", "chen_manager": "一三四五六八", "du_hr": "一三四五六"}.items():
        client = signed_in(who)
        said = ""
        for path in addresses(world):
            answer = client.get(path)
            if answer.get("Content-Type", "").startswith("text/html"):
                said += answer.content.decode()
        assert [word for word in words if f"蓝鲸{word}" not in said] == [], who


def test_who_stands_in_learns_neither_why_nor_what_kind(now: dt.datetime) -> None:
    everybody()
    leave = asked(now)
    Leave.objects.filter(pk=leave.pk).update(deputy=person("wu_clerk"), deputy_by=person("li_lei"))
    asking.add_proof(leave_id=leave.pk, file_id=a_file("li_lei", now).pk, by=person("li_lei"), now=now)
    leave_ending.take_back(leave_id=leave.pk, reason="蓝鲸十收回", by=person("li_lei"), now=now)
    client = signed_in("wu_clerk")
    page = client.get(reverse("attendance:leave", args=[leave.pk]))
    said = page.content.decode()
    assert page.status_code == 200
    assert "蓝鲸" not in said
    assert "事假" not in said
    assert (
        client.get(reverse("attendance:leave_proof", args=[leave.pk, leave.proofs.get().pk])).status_code
        == 404
    )
