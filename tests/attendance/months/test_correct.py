"""A missing punch: asked with proof, agreed to, entered beside the punches, the day settled again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from attendance.models import CorrectedPunch, Punch, SettledDay, WageLine
from attendance.services.corrections import Missing, ask_correction, check
from attendance.services.settling import settle_marked
from office.approvals import api as approvals
from office.errors import Conflict, Invalid
from office.files.services import FileRefused
from tests.attendance.clock import DAY, at
from tests.attendance.months.world import absent, agree, asked, picture
from tests.attendance.shifts import AFTER, punch
from tests.people import person

pytestmark = [pytest.mark.django_db, pytest.mark.clause("S2d")]


def test_what_was_agreed_to_is_entered_and_the_day_settled_again() -> None:
    li = person("li_lei")
    absent(li)
    run = agree(asked(li))
    assert run.state == "executed"
    assert [(row.direction, row.at) for row in CorrectedPunch.objects.order_by("at")] == [
        ("in", at("08:30")), ("out", at("18:30")),
    ]  # fmt: skip
    assert not Punch.objects.exists(), "nothing is put among the punches themselves"
    settle_marked(now=AFTER + timedelta(hours=2))
    assert list(SettledDay.objects.order_by("turn").values_list("verdict", flat=True)) == [
        "absent",
        "present",
    ]
    assert WageLine.objects.get().state == "void"


def test_nothing_is_entered_before_it_is_agreed_to_or_when_it_is_rejected() -> None:
    li = person("li_lei")
    run = asked(li)
    assert not CorrectedPunch.objects.exists()
    approvals.reject(run_id=run.pk, by=person("jiang_head"), now=AFTER, reason="监控显示未到岗")
    assert not CorrectedPunch.objects.exists()


def test_the_database_refuses_a_corrected_punch_that_nobody_agreed_to() -> None:
    li = person("li_lei")
    run = asked(li)
    with pytest.raises(IntegrityError), transaction.atomic():
        CorrectedPunch.objects.create(
            employee=li, at=at("08:30"), direction="in", made_at=AFTER, run_id=run.pk
        )
    agree(run)
    with pytest.raises(IntegrityError), transaction.atomic():
        CorrectedPunch.objects.create(
            employee=li, at=at("07:30"), direction="in", made_at=AFTER, run_id=run.pk
        )
    with pytest.raises(DatabaseError), transaction.atomic():
        connection.cursor().execute("UPDATE attendance_correctedpunch SET at = now()")


def test_one_request_a_day_is_on_its_way() -> None:
    li = person("li_lei")
    asked(li)
    with pytest.raises(Conflict):
        asked(li)


@pytest.mark.parametrize(
    ("missing", "reason", "fields"),
    [
        ([], "x", {"arrived"}),
        ([Missing(at("08:30"), "in")], " ", {"reason"}),
        ([Missing(at("08:30"), "in")], "x" * 301, {"reason"}),
        ([Missing(AFTER + timedelta(hours=1), "out")], "x", {"left"}),
        ([Missing(at("-08:30"), "in")], "x", {"arrived"}),
        ([Missing(at("18:30"), "in"), Missing(at("08:30"), "out")], "x", {"left"}),
    ],
)
def test_what_cannot_be_is_refused_field_by_field(
    missing: list[Missing], reason: str, fields: set[str]
) -> None:
    with pytest.raises(Invalid) as refused:
        ask_correction(
            day=DAY,
            missing=missing,
            reason=reason,
            proof=picture(),
            proof_name="a.png",
            by=person("li_lei"),
            now=AFTER,
        )
    assert {error["path"] for error in refused.value.errors} == fields


def test_a_day_to_come_or_of_long_ago_is_refused() -> None:
    for day in (DAY + timedelta(days=3), DAY - timedelta(days=500)):
        with pytest.raises(Invalid):
            asked(person("li_lei"), day=day)


def test_the_proof_must_be_one() -> None:
    with pytest.raises(FileRefused):
        ask_correction(
            day=DAY, missing=[Missing(at("08:30"), "in")], reason="x", proof=b"MZ\x90", proof_name="a.exe",
            by=person("li_lei"), now=AFTER,
        )  # fmt: skip


def test_where_there_is_a_punch_none_is_missing() -> None:
    li = person("li_lei")
    punch(li, "08:30")
    with pytest.raises(Invalid) as refused:
        asked(li)
    assert refused.value.code == "punch_exists"
    with pytest.raises(Invalid):
        check({"employee": li.pk, "rows": []})
