"""Leave that needs a document and is agreed to without it: granted for the time being, the document follows in the
rule's time, and when it never comes a person decides (S2a). Nothing happens by a timer."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from attendance.models import BalanceMovement, Leave, ProofRuling, Unsettled
from attendance.selectors.balances import balances_of
from attendance.selectors.day_leave import waiting
from attendance.selectors.leaves import leaves_of
from attendance.services import asking, late_slips, leave_ending
from attendance.services.proofs import rule_on_proof
from office.approvals import api as approvals
from office.deadlines import api as deadlines
from office.deadlines.models import Deadline
from office.deadlines.sweep import settle_due
from office.errors import Conflict, Invalid, NotFound
from office.files import api as files
from office.notices.models import Notice
from tests.attendance.leaves import DAY, FRIDAY, NOW, WEDNESDAY, agree, ask, everybody, local, run_of, tell
from tests.attendance.months.world import picture
from tests.people import person, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.clause("S2a")]
#: Wednesday's leave, back on Thursday, three working days: the end of Tuesday.
DUE = local(FRIDAY + 5 * DAY)
AFTER = DUE + dt.timedelta(hours=9)


@pytest.fixture(autouse=True)
def _cast() -> None:
    everybody()


def file() -> int:
    return files.keep_file(content=picture(), name="病历.png", by=person("li_lei"), now=NOW, limits=LIMITS).pk


LIMITS = files.Limits(image=5_000_000, document=5_000_000, clause="S2a")


def granted(kind: str = "marriage") -> Leave:
    leave = agree(ask(kind=kind, first=WEDNESDAY))
    leave.refresh_from_db()
    return leave


def rule(leave: Leave, accepted: bool, by: str = "du_hr", now: dt.datetime = AFTER) -> ProofRuling:
    return rule_on_proof(leave_id=leave.pk, accepted=accepted, reason="催过两次", by=person(by), now=now)


def titles(who: str, now: dt.datetime = AFTER) -> list[str]:
    return [str(each.title) for each in waiting(person(who), now)]


def test_granted_without_its_document_it_is_due_after_the_return() -> None:
    leave = granted()
    assert (leave.state, leave.proof_due_at) == ("approved", DUE)
    clock = Deadline.objects.get(rule="attendance.leave_proof")
    assert (clock.due_at, clock.clause, clock.state) == (DUE, "S2a", "open")
    assert "提交证明" in titles("li_lei", NOW)
    assert leaves_of({leave.employee_id}, WEDNESDAY, WEDNESDAY)[0].state == "approved"


def test_with_its_document_nothing_is_awaited() -> None:
    asked = asking.Asked("marriage", WEDNESDAY, WEDNESDAY)
    leave = asking.request_leave(asked=asked, reason="领证", by=person("li_lei"), now=NOW, files=[file()])
    assert agree(leave).proof_due_at is None
    assert agree(ask("han_meimei", kind="personal", first=WEDNESDAY)).proof_due_at is None
    assert not Deadline.objects.filter(rule="attendance.leave_proof").exists()


def test_the_document_meets_it_and_who_decides_is_told() -> None:
    leave = granted()
    asking.add_proof(leave_id=leave.pk, file_id=file(), by=person("li_lei"), now=NOW + DAY)
    leave.refresh_from_db()
    assert leave.proof_due_at is None
    assert Deadline.objects.get(rule="attendance.leave_proof").met_at == NOW + DAY
    assert Notice.objects.filter(recipient=person("du_hr"), kind="attendance.proof_came").exists()


def test_nothing_happens_when_the_time_is_over_but_that_people_are_told() -> None:
    leave = granted()
    settle_due(now=AFTER + 3 * DAY)
    leave_ending.take_ended(now=AFTER)
    leave.refresh_from_db()
    assert (leave.state, leave.taken_at) == ("approved", None)
    assert leaves_of({leave.employee_id}, WEDNESDAY, WEDNESDAY)[0].state == "approved"
    told = Notice.objects.filter(subject_type="leave", subject_id=str(leave.pk))
    assert {"du_hr", "li_lei"} <= {
        who for who in ("du_hr", "li_lei") if told.filter(recipient=person(who)).exists()
    }
    assert "处理：证明一直未交" in titles("du_hr")
    assert "处理：证明一直未交" in titles("chen_manager")
    assert "处理：证明一直未交" not in titles("wang_supervisor")


def test_somebody_decides_that_it_does_not_count() -> None:
    leave = granted()
    Unsettled.objects.all().delete()
    rule(leave, accepted=False)
    leave.refresh_from_db()
    assert (leave.state, leave.unproven, leave.ended_reason) == ("lapsed", True, "催过两次")
    assert not leaves_of({leave.employee_id}, WEDNESDAY, WEDNESDAY)
    assert Unsettled.objects.filter(employee=leave.employee, day=WEDNESDAY).exists()
    assert BalanceMovement.objects.filter(leave=leave, sort="take").count() == 0
    [left] = [
        each.left for each in balances_of(leave.employee_id, AFTER, WEDNESDAY) if each.kind.code == "marriage"
    ]
    assert left == 3
    assert Notice.objects.filter(recipient=person("li_lei"), kind="attendance.leave_unproven").exists()
    assert Deadline.objects.get(rule="attendance.leave_proof").state == "cancelled"


def test_or_that_it_counts_without_a_document() -> None:
    leave = granted()
    rule(leave, accepted=True, by="chen_manager")
    leave.refresh_from_db()
    assert (leave.state, leave.proof_due_at) == ("approved", None)
    assert leave_ending.take_ended(now=AFTER) == 1
    with pytest.raises(Conflict):
        rule(leave, accepted=False)


def test_with_proof_the_person_can_still_ask_for_the_days() -> None:
    leave = granted()
    rule(leave, accepted=False)
    run = late_slips.ask_late_slip(
        leave_id=leave.pk, reason="证件刚补办下来", files=[file()], by=person("li_lei"), now=AFTER
    )
    for who in ("chen_manager", "du_hr"):
        approvals.approve(run_id=run.pk, by=person(who), now=AFTER)
    assert leaves_of({leave.employee_id}, WEDNESDAY, WEDNESDAY)[0].state == "approved"
    assert BalanceMovement.objects.get(leave=leave, sort="take").amount == -1


@pytest.mark.parametrize("who", ["li_lei", "wang_supervisor", "han_meimei"])
def test_nobody_else_decides_and_nobody_about_himself(who: str) -> None:
    leave = granted()
    with pytest.raises(NotFound):
        rule(leave, accepted=True, by=who)
    own = agree(ask("du_hr", kind="sick", first=WEDNESDAY))
    own.refresh_from_db()
    assert own.proof_due_at
    with pytest.raises(NotFound):
        rule(own, accepted=True)


def test_not_before_the_time_is_over_and_not_without_a_reason() -> None:
    leave = granted()
    with pytest.raises(Conflict) as refused:
        rule(leave, accepted=False, now=NOW + DAY)
    assert refused.value.code == "not_due"
    with pytest.raises(Invalid):
        rule_on_proof(leave_id=leave.pk, accepted=False, reason=" ", by=person("du_hr"), now=AFTER)


def test_back_early_or_cancelled_moves_or_ends_the_waiting() -> None:
    leave = agree(ask(kind="paternity", first=WEDNESDAY, last=WEDNESDAY + 9 * DAY))
    leave.refresh_from_db()
    before, back = leave.proof_due_at, local(FRIDAY, "08:30")
    leave_ending.come_back(leave_id=leave.pk, back_at=back, by=person("li_lei"), now=back)
    leave.refresh_from_db()
    assert leave.proof_due_at
    assert before
    assert leave.proof_due_at < before
    other = agree(ask("han_meimei", kind="marriage", first=FRIDAY))
    leave_ending.cancel_leave(leave_id=other.pk, reason="改期", by=person("han_meimei"), now=NOW)
    other.refresh_from_db()
    assert other.proof_due_at is None
    assert [clock.state for clock in deadlines.of(other.subject)] == ["cancelled"]


def test_sick_leave_told_by_telephone_waits_for_its_certificate_too() -> None:
    leave = tell(kind="sick")
    back = leave.ends_at + dt.timedelta(hours=9)
    asking.file_slip(leave_id=leave.pk, reason="发烧", by=person("li_lei"), now=back)
    agree(leave, now=back)
    leave.refresh_from_db()
    assert leave.proof_due_at
    rule(leave, accepted=False, now=leave.proof_due_at)
    leave.refresh_from_db()
    assert leave.unproven


def test_the_database_lets_no_agreed_leave_lapse_by_itself() -> None:
    leave = granted()
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE attendance_leave SET state = 'lapsed', proof_due_at = NULL, ended_at = now() WHERE id = %s",
            [leave.pk],
        )
    for by, at in (("li_lei", AFTER), ("du_hr", NOW)):
        with pytest.raises(IntegrityError), transaction.atomic():
            ProofRuling.objects.create(leave=leave, accepted=False, reason="x", by=person(by), at=at)


def test_the_page_offers_it_to_who_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    leave = granted()
    monkeypatch.setattr("attendance.views.leave.timezone.now", lambda: AFTER)
    url = reverse("attendance:leave", args=[leave.pk])
    assert "证明一直未交" in signed_in("du_hr").get(url).content.decode()
    mine = signed_in("li_lei").get(url).content.decode()
    assert "先行准假" in mine
    assert "rule-proof" not in mine
    act = reverse("attendance:leave_act", args=[leave.pk, "rule-proof"])
    assert signed_in("li_lei").post(act, {"accepted": "yes", "reason": "x"}).status_code == 404
    assert signed_in("du_hr").post(act, {"accepted": "", "reason": ""}).status_code == 422
    assert signed_in("du_hr").post(act, {"accepted": "no", "reason": "催过"}).status_code == 302
    assert "未交证明" in signed_in("li_lei").get(url).content.decode()
    assert run_of(leave).state == "executed"
