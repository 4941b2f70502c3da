"""The slip of a leave told by telephone came after its time (S2c): the lapse stands; with proof and agreed to, the days
are excused from then on, and what they said before is kept."""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from attendance.kinds.late_slip import changes
from attendance.models import Adjustment, LateSlip, Leave, SettledDay, Unsettled, WageLine
from attendance.selectors.balances import balances_of
from attendance.selectors.leaves import leaves_of
from attendance.services import late_slips, leave_ending
from attendance.services.late_slips import LATE, ask_late_slip
from attendance.services.months import close_month
from attendance.services.settling import settle_marked
from attendance.services.wages import waive_line
from office.approvals import api as approvals
from office.approvals.models import Run
from office.errors import Conflict, Invalid, NotFound
from office.files import api as files
from office.files.models import StoredFile
from tests.attendance.leaves import DAY, HOUR, MONDAY, NOW, everybody, grant, local, shift, tell
from tests.attendance.months.world import second_hr
from tests.files.samples import small_picture
from tests.people import person, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.clause("S2c", "S2d")]
LATER = NOW + 5 * DAY


@pytest.fixture(autouse=True)
def _cast() -> None:
    everybody()


def lapsed(kind: str = "sick") -> Leave:
    """李雷 rang on Monday, was away that day, and handed in nothing."""
    for day in (MONDAY, MONDAY + DAY):
        shift("li_lei", day, ("08:30", "18:30"), meal=60)
    leave = tell(kind=kind)
    assert leave.slip_due_at is not None
    assert leave.slip_due_at < LATER
    assert leave_ending.lapse(leave_id=leave.pk, now=leave.slip_due_at + HOUR)
    leave.refresh_from_db()
    settle_marked(now=LATER)
    return leave


def proof() -> int:
    found = StoredFile.objects.order_by("pk").first()
    if found is None:
        found = files.keep_file(
            content=small_picture(), name="病历.png", by=person("li_lei"), now=NOW,
            limits=files.Limits(image=5_000_000, document=5_000_000, clause="S2c"),
        )  # fmt: skip
    return found.pk


def asked(
    leave: Leave, *, now: dt.datetime = LATER, who: str = "li_lei", reason: str = "住院，刚出院"
) -> Run:
    return ask_late_slip(leave_id=leave.pk, reason=reason, files=[proof()], by=person(who), now=now)


def agreed(run: Run, *, now: dt.datetime = LATER + HOUR) -> None:
    approvals.approve(run_id=run.pk, by=person("chen_manager"), now=now)
    approvals.approve(run_id=run.pk, by=person("du_hr"), now=now)


def turns() -> list[str]:
    return [day.verdict for day in SettledDay.objects.filter(day=MONDAY).order_by("turn")]


def left(kind: str = "annual") -> Decimal:
    (found,) = (each for each in balances_of(person("li_lei").pk, NOW, MONDAY) if each.kind.code == kind)
    return found.left


def test_agreed_to_the_day_is_settled_again_and_the_lapse_stands() -> None:
    leave = lapsed()
    assert turns() == ["absent"]
    run = asked(leave)
    assert [change.before for change in changes(run)][-1] == "旷工"
    approvals.approve(run_id=run.pk, by=person("chen_manager"), now=LATER)
    settle_marked(now=LATER)
    assert turns() == ["absent"]  # the manager alone changes nothing
    agreed_at = LATER + HOUR
    approvals.approve(run_id=run.pk, by=person("du_hr"), now=agreed_at)
    leave.refresh_from_db()
    slip = LateSlip.objects.get()
    assert (leave.state, leave.excused_late, slip.at, slip.run) == ("lapsed", True, agreed_at, run)
    assert [(fact.id, fact.state) for fact in leaves_of(None, MONDAY, MONDAY)] == [(leave.pk, "approved")]
    assert Unsettled.objects.filter(employee=person("li_lei"), day=MONDAY).exists()
    settle_marked(now=agreed_at + HOUR)
    assert turns() == ["absent", "leave"]
    assert WageLine.objects.get(day=MONDAY).state == "void"


def test_in_a_closed_month_it_is_a_correcting_entry_of_the_open_one() -> None:
    leave = lapsed()
    month = MONDAY.replace(day=1)
    december = local(dt.date(2026, 12, 3), "09:00")
    settle_marked(now=december)
    for line in WageLine.objects.filter(state="proposed"):  # Tuesday's shift is settled with Monday's
        waive_line(line_id=line.pk, reason="待补证明", by=second_hr(), now=december)
    close_month(month=month, by=second_hr(), now=december)
    agreed(asked(leave, now=december + HOUR), now=december + 2 * HOUR)
    settle_marked(now=december + 3 * HOUR)
    entry = Adjustment.objects.get()
    assert turns() == ["absent"]
    assert (entry.day, entry.month, entry.verdict) == (MONDAY, dt.date(2026, 12, 1), "leave")
    assert entry.absent_share == 0


def test_rejected_or_taken_back_everything_is_as_before() -> None:
    grant("li_lei", "annual", 3)
    leave = lapsed("annual")
    assert left() == 3
    run = asked(leave)
    assert left() == 2
    approvals.reject(run_id=run.pk, by=person("chen_manager"), now=LATER, reason="证明对不上")
    assert left() == 3
    second = asked(leave)
    approvals.withdraw(run_id=second.pk, by=person("li_lei"), now=LATER, reason="算了")
    assert left() == 3
    assert not LateSlip.objects.exists()
    assert not leaves_of(None, MONDAY, MONDAY)
    agreed(asked(leave))
    assert left() == 2
    assert not leave.held


def test_what_came_back_is_asked_again_with_the_proof_of_before() -> None:
    leave = lapsed()
    run = asked(leave)
    approvals.return_to(run_id=run.pk, by=person("chen_manager"), now=LATER, reason="写明住院日期")
    again = ask_late_slip(
        leave_id=leave.pk, reason="周一至周五住院", files=[], by=person("li_lei"), now=LATER
    )
    assert (again.pk, again.round, again.payload["evidence"]) == (run.pk, 2, run.payload["evidence"])
    agreed(again)
    assert LateSlip.objects.get().reason == "周一至周五住院"


def test_what_cannot_be_asked() -> None:
    waiting = tell("wu_clerk")
    with pytest.raises(Conflict):  # not lapsed: the slip itself is still to come
        asked(waiting, who="wu_clerk")
    leave = lapsed()
    with pytest.raises(NotFound):
        asked(leave, who="han_meimei")
    with pytest.raises(Invalid) as refused:
        asked(leave, reason=" ")
    assert refused.value.errors[0]["path"] == "reason"
    with pytest.raises(Invalid) as refused:
        ask_late_slip(leave_id=leave.pk, reason="x", files=[], by=person("li_lei"), now=LATER)
    assert refused.value.errors[0]["path"] == "file"
    with pytest.raises(NotFound):
        ask_late_slip(leave_id=leave.pk, reason="x", files=[987654], by=person("li_lei"), now=LATER)
    with pytest.raises(Conflict):
        ask_late_slip(leave_id=leave.pk, reason="x", files=[proof()], by=person("li_lei"), now=LATER, seen=99)
    run = asked(leave)
    with pytest.raises(Conflict):
        asked(leave)
    agreed(run)
    with pytest.raises(Conflict):
        asked(leave)


def test_another_leave_in_these_days_stands_in_the_way() -> None:
    leave = lapsed()
    run = asked(leave)
    tell("li_lei", first=MONDAY)
    with pytest.raises(Conflict):
        agreed(run)
    approvals.withdraw(run_id=run.pk, by=person("li_lei"), now=LATER, reason="重复")
    with pytest.raises(Conflict) as refused:
        asked(leave)
    assert refused.value.code == "overlap"


def test_the_database_excuses_nothing_that_was_not_agreed_to() -> None:
    leave = lapsed()
    run = asked(leave)
    row = {
        "leave": leave, "employee": leave.employee, "kind": leave.kind, "starts_at": leave.starts_at,
        "ends_at": leave.ends_at, "reason": "住院，刚出院", "at": LATER,
    }  # fmt: skip
    for more in ({}, {"run": run}, {"run": run, "ends_at": leave.ends_at + DAY}):
        with pytest.raises(IntegrityError), transaction.atomic():
            LateSlip.objects.create(**{**row, **more})
    agreed(run)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE attendance_lateslip SET at = now()")
    with pytest.raises(IntegrityError), transaction.atomic():
        Leave.objects.filter(pk=leave.pk).update(state="approved", ended_at=None, decided_at=LATER)


def test_the_page() -> None:
    now = timezone.now()
    leave = lapsed()
    client, where = signed_in("li_lei"), reverse("attendance:leave", args=[leave.pk])
    send = reverse("attendance:late_slip", args=[leave.pk])
    assert send in client.get(where).content.decode()
    assert send not in signed_in("chen_manager").get(where).content.decode()
    keep = reverse("approvals:draft", args=[LATE, leave.pk])
    client.post(keep, {"reason": "写到一半"}, headers={"accept": "application/json"})
    assert "写到一半" in client.get(where).content.decode()
    refused = client.post(send, {"reason": "住院到昨天"})
    assert refused.status_code == 422
    assert "住院到昨天" in refused.content.decode()
    assert client.post(send, {"reason": ""}).status_code == 422
    bad = io.BytesIO(b"MZ\x90\x00 not a document")
    bad.name = "x.exe"
    assert client.post(send, {"reason": "x", "file": bad}).status_code == 422
    good = io.BytesIO(small_picture())
    good.name = "病历.png"
    answer = client.post(send, {"reason": "住院到昨天", "file": good})
    run = Run.objects.get(kind=LATE)
    assert answer["Location"] == reverse("approvals:run", args=[run.pk])
    shown = signed_in("chen_manager").get(answer["Location"]).content.decode()
    for word in ("住院到昨天", "旷工", "逾期补交假条"):
        assert word in shown
    assert send not in client.get(where).content.decode()
    agreed(run, now=now)
    assert "逾期后获批" in client.get(where).content.decode()
    assert "逾期后获批" in client.get(reverse("attendance:leaves")).content.decode()
    assert signed_in("han_meimei").post(send, {"reason": "x"}).status_code == 404


@pytest.mark.parametrize("payload", [{}, {"leave": 987654}, {"leave": "1"}])
def test_what_names_no_lapsed_leave_is_refused(payload: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        late_slips.check(payload)


def test_what_was_agreed_to_is_entered_once_and_not_taken_away_again() -> None:
    grant("li_lei", "annual", 5)
    leave = lapsed("annual")
    run = asked(leave)
    agreed(run)
    run.refresh_from_db()
    with pytest.raises(Conflict), transaction.atomic():
        late_slips.enter(run, run.payload, None, LATER)
    before = left()
    late_slips.ended(run, None, LATER)
    assert (LateSlip.objects.count(), left()) == (1, before)
