"""The machine room: leave from the general manager, a log of who went in and out, an alert for the others (C13.9)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.models import RoomEntry, RoomExit, RoomGrant
from accounts.services import room
from office.approvals.models import Run
from office.audit.models import Incident
from office.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from office.notices.kinds import text_of
from office.notices.models import Notice
from tests.accounts.access.stage import DAY, MINUTE, NOW, agree, mall
from tests.chains import Way, walk
from tests.people import everybody, person, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.clause("C13.9")]
HOUR = timedelta(hours=1)


def ask(who: str = "cai_support", *, visitor: str = "", by: str = "sun_admin", **said: Any) -> Run:
    everybody()
    given = {"starts_at": NOW, "ends_at": NOW + 4 * HOUR, "reason": "更换硬盘", "now": NOW, **said}
    return room.ask_room(
        person_id=None if visitor else person(who).pk, visitor=visitor, by=person(by), **given
    )


def enter(
    who: str = "cai_support", *, visitor: str = "", by: str = "", now: datetime = NOW, **said: Any
) -> RoomEntry:
    everybody()
    return room.enter(
        person_id=None if visitor else person(who).pk, visitor=visitor, purpose=said.pop("purpose", "巡检"),
        by=person(by or who), now=now, **said,
    )  # fmt: skip


def test_the_general_manager_alone_lets_somebody_in() -> None:
    everybody()
    walk(
        Way(
            "C13.9",
            "accounts.machine_room",
            "tech_support",
            ("general_manager",),
            "",
            ask_for,
            RoomGrant.objects.count,
        )
    )


def ask_for(who: str) -> Run:
    return ask(who, by=who)


@pytest.mark.clause("M12")
def test_in_the_mall_too() -> None:
    mall()
    run = agree(ask(), "zhou_general")
    assert (run.state, run.clause, RoomGrant.objects.count()) == ("executed", "C13.9", 1)


def test_the_administrator_enters_by_his_post() -> None:
    entry = enter("sun_admin")
    assert (entry.by_post, entry.allowed) == (True, True)
    assert not Incident.objects.filter(kind="machine_room").exists()


def test_with_leave_a_person_and_a_visitor_enter_within_its_hours() -> None:
    agree(ask(), "zhou_general")
    agree(ask(visitor="李工（戴尔）"), "zhou_general")
    assert enter(now=NOW + 2 * MINUTE).grant is not None
    visit = enter(visitor="李工（戴尔）", by="sun_admin", now=NOW + 2 * MINUTE)
    assert (visit.allowed, visit.name) == (True, "李工（戴尔）")
    room.leave(entry_id=visit.pk, done="换盘", by=person("sun_admin"), now=NOW + HOUR)
    late = enter(visitor="李工（戴尔）", by="sun_admin", now=NOW + 5 * HOUR)
    assert not late.allowed


@pytest.mark.parametrize("who", ["cai_support", "li_lei", "zhou_general"])
def test_an_entry_without_leave_is_noted_and_raises_an_alert(who: str) -> None:
    entry = enter(who)
    assert not entry.allowed
    made = Incident.objects.get(kind="machine_room")
    assert (made.clause, made.subject_id) == ("C13.9", str(entry.pk))
    told = set(Notice.objects.filter(kind="accounts.room_alert").values_list("recipient__number", flat=True))
    assert {person(each).number for each in ("zhou_general", "sun_admin", "qian_it")} <= told
    row = Notice.objects.filter(kind="accounts.room_alert")[0]
    text = text_of(row.kind, label="", clause="", params=row.params)
    assert text == f"{entry.name}于2026-11-23 10:00未经批准进入机房。"


def test_an_entry_noted_once_its_leave_is_over_raises_an_alert() -> None:
    agree(ask(), "zhou_general")
    at_once = enter(now=NOW + HOUR, entered_at=NOW + HOUR / 2)
    assert not Incident.objects.filter(kind="machine_room").exists()
    room.leave(entry_id=at_once.pk, done="巡检", by=person("cai_support"), now=NOW + 2 * HOUR)
    late = enter(now=NOW + 20 * HOUR, entered_at=NOW + 3 * HOUR)
    assert late.allowed
    made = Incident.objects.get(kind="machine_room")
    assert (made.subject_id, "was over by then" in made.detail) == (str(late.pk), True)
    assert Notice.objects.filter(kind="accounts.room_alert", recipient=person("zhou_general")).exists()


def test_one_notes_oneself_and_the_log_s_keepers_everybody() -> None:
    with pytest.raises(Forbidden):
        enter("sun_admin", by="li_lei")
    with pytest.raises(Forbidden):
        enter(visitor="某人", by="li_lei")
    assert enter("li_lei", by="wei_webmaster").noted_by == person("wei_webmaster")


def test_nobody_is_inside_twice_nor_comes_out_twice() -> None:
    entry = enter("sun_admin")
    with pytest.raises(Conflict) as inside:
        enter("sun_admin", now=NOW + MINUTE)
    assert inside.value.code == "inside"
    room.leave(entry_id=entry.pk, done="", by=person("sun_admin"), now=NOW + HOUR)
    with pytest.raises(Conflict) as out:
        room.leave(entry_id=entry.pk, done="", by=person("sun_admin"), now=NOW + HOUR)
    assert out.value.code == "out"
    assert enter("sun_admin", now=NOW + 2 * HOUR).pk != entry.pk


def test_another_s_entry_does_not_exist() -> None:
    entry = enter("sun_admin")
    with pytest.raises(NotFound):
        room.leave(entry_id=entry.pk, done="", by=person("li_lei"), now=NOW)


@pytest.mark.parametrize(
    ("said", "refusal"),
    [
        ({"reason": " "}, Invalid), ({"ends_at": NOW}, Invalid),
        ({"starts_at": NOW - 2 * DAY, "ends_at": NOW - DAY}, Invalid),
        ({"ends_at": NOW + 400 * DAY}, Invalid), ({"who": "sun_admin", "by": "qian_it"}, Conflict),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_for(said: dict[str, Any], refusal: type[Refused]) -> None:
    with pytest.raises(refusal):
        ask(**said)


@pytest.mark.parametrize(
    "said",
    [{"entered_at": NOW + HOUR}, {"entered_at": NOW - 2 * DAY}, {"purpose": ""}, {"visitor": "x" * 121}],
)
def test_what_cannot_be_noted(said: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        enter(by="sun_admin", **said)


def test_the_database_takes_no_leave_that_nobody_agreed_to_nor_one_for_another() -> None:
    run = agree(ask(), "zhou_general")
    made = RoomGrant.objects.get(run=run)
    with pytest.raises(IntegrityError), transaction.atomic():
        RoomGrant.objects.create(
            employee=person("li_lei"), starts_at=NOW, ends_at=NOW + HOUR, run=run, at=made.at
        )
    said = {"purpose": "x", "noted_by": person("sun_admin"), "at": NOW + DAY, "grant": made}
    with pytest.raises(IntegrityError), transaction.atomic():
        RoomEntry.objects.create(employee=person("li_lei"), entered_at=NOW + HOUR, **said)
    with pytest.raises(IntegrityError), transaction.atomic():
        RoomEntry.objects.create(employee=made.employee, entered_at=NOW + 5 * HOUR, **said)


def test_the_pages() -> None:
    everybody()
    agent, admin = signed_in("li_lei"), signed_in("sun_admin")
    enter("sun_admin", now=datetime.now(NOW.tzinfo))
    assert (
        person("sun_admin").name
        not in agent.get("/accounts/room/").content.decode().split("grid-side")[1].split("stack")[0]
    )
    pk = RoomEntry.objects.get().pk
    assert agent.post(f"/accounts/room/{pk}/leave/", {"done": ""}).status_code == 404
    assert admin.post("/accounts/room/enter/", {"purpose": "再来"}).status_code == 422
    told = agent.post(
        "/accounts/room/enter/", {"person": person("li_lei").pk, "purpose": "找人"}, follow=True
    )
    assert "未经批准" in told.content.decode()
    assert admin.get("/accounts/room/", {"alerts": "1"}).status_code == 200
    assert admin.post(f"/accounts/room/{pk}/leave/", {"done": "好了"}).status_code == 302
    assert admin.post(f"/accounts/room/{pk}/leave/", {"done": "好了"}).status_code == 409
    assert RoomExit.objects.get().done == "好了"
    asked = admin.post(
        "/accounts/room/ask/",
        {"visitor": "李工", "starts_at": "2030-01-01T09:00", "ends_at": "2030-01-01T10:00", "reason": "维修"},
    )
    assert asked["Location"].startswith("/approvals/")
    assert admin.post("/accounts/room/ask/", {"visitor": "李工"}).status_code == 422
