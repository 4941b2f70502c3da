"""Licence and certificates of a supplier, and the day each runs out (P0)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from contracts.models import Certificate
from contracts.selectors import records
from contracts.services import certificates
from office.deadlines.models import Deadline
from office.errors import Conflict, Forbidden, Invalid, NotFound
from tests.contracts import world
from tests.contracts.world import DAY, NOW, TODAY
from tests.files.samples import small_picture
from tests.people import person

pytestmark = [pytest.mark.django_db, pytest.mark.clause("P0")]


def keep(expires_on: date | None = TODAY + 90 * DAY, **said: Any) -> Certificate:
    given = {
        "kind": "business_licence", "content": small_picture(), "name_of_file": "执照.png", "by": person("luo_buyer"),
        "now": NOW, **said,
    }  # fmt: skip
    return certificates.add_certificate(supplier_id=world.supplier().pk, expires_on=expires_on, **given)


def clock(certificate: Certificate) -> Deadline:
    return Deadline.objects.get(subject_type="certificate", subject_id=str(certificate.pk))


def test_its_clock_runs_to_the_end_of_its_last_day_and_warns_ahead() -> None:
    found = clock(keep())
    assert found.due_at == (NOW + 91 * DAY).replace(hour=0)
    assert found.next_at == found.due_at - 30 * DAY


def test_a_newer_one_replaces_it_and_stops_its_clock() -> None:
    old = keep()
    new = keep(TODAY + 400 * DAY, now=NOW + 80 * DAY)
    assert clock(old).state == Deadline.State.MET
    assert [paper.certificate for paper in records.papers(world.supplier(), NOW)] == [new]
    assert old.end.replaced_by == new


def test_another_name_of_the_same_kind_replaces_nothing() -> None:
    keep(kind="quality_report", name="甲醛检测")
    keep(kind="quality_report", name="阻燃检测")
    assert len(records.papers(world.supplier(), NOW)) == 2


def test_one_without_an_end_has_no_clock() -> None:
    keep(None)
    assert not Deadline.objects.exists()
    assert records.papers(world.supplier(), NOW)[0].tone == ""


@pytest.mark.parametrize(("days", "tone"), [(60, "kept"), (29, "near"), (0, "near"), (-1, "late")])
def test_it_shows_how_near_its_end_is(days: int, tone: str) -> None:
    assert records.tone(TODAY + days * DAY, NOW) == tone


def test_what_nobody_has_shown_is_named() -> None:
    assert records.missing(world.supplier(), NOW) == ["营业执照", "质检报告", "商标授权"]
    keep()
    assert records.missing(world.supplier(), NOW) == ["质检报告", "商标授权"]


def test_it_may_be_taken_out_with_a_reason() -> None:
    made = keep()
    with pytest.raises(Invalid):
        certificates.end_certificate(certificate_id=made.pk, reason="", by=person("luo_buyer"), now=NOW)
    certificates.end_certificate(certificate_id=made.pk, reason="不再供货", by=person("luo_buyer"), now=NOW)
    assert clock(made).state == Deadline.State.CANCELLED
    with pytest.raises(Conflict):
        certificates.end_certificate(certificate_id=made.pk, reason="再撤", by=person("luo_buyer"), now=NOW)
    with pytest.raises(NotFound):
        certificates.end_certificate(certificate_id=987654, reason="撤", by=person("luo_buyer"), now=NOW)


@pytest.mark.parametrize(
    ("said", "path"),
    [
        ({"kind": "passport"}, "kind"),
        ({"kind": "other_paper"}, "name"),
        ({"expires_on": TODAY - DAY}, "expires_on"),
        ({"number": "9" * 61}, "number"),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(said: dict[str, Any], path: str) -> None:
    with pytest.raises(Invalid) as refused:
        keep(**said)
    assert refused.value.errors[0]["path"] == path


def test_only_who_keeps_suppliers_writes_them() -> None:
    with pytest.raises(Forbidden):
        keep(by=person("song_inspector"))
