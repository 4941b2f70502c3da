"""Files of a case: added by the person or by who opened it, served to them and to who decides, to nobody else."""

from __future__ import annotations

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from attendance.models import Case, CaseFile
from attendance.selectors.measures import clauses
from attendance.services import cases
from attendance.services.cases import Proposal
from tests.attendance.leaves import HOUR, NOW, everybody
from tests.people import person, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _cast() -> None:
    everybody()


def opened(who: str = "li_lei") -> Case:
    return cases.open_case(
        employee_id=person(who).pk, clause="S4b", facts="顶撞主管", by=person("wang_supervisor"), now=NOW
    )


def adds(case: Case, who: str) -> int:
    """A picture through the page; the answer's status."""
    held = io.BytesIO()
    Image.new("RGB", (20, 20), "white").save(held, "PNG")
    upload = SimpleUploadedFile("聊天记录.png", held.getvalue(), "image/png")
    where = reverse("attendance:case_add_file", args=[case.pk])
    return int(signed_in(who).post(where, {"file": upload}).status_code)


@pytest.mark.clause("S4b")
def test_a_file_is_served_to_the_person_and_who_decides_and_refused_to_others() -> None:
    case, other = opened(), opened("han_meimei")
    assert adds(case, "li_lei") == 302
    kept = CaseFile.objects.get(case=case)
    assert kept.by == person("li_lei")
    where = reverse("attendance:case_file", args=[case.pk, kept.pk])
    for who in ("li_lei", "wang_supervisor", "chen_manager", "du_hr"):
        client = signed_in(who)
        assert "聊天记录.png" in client.get(reverse("attendance:case", args=[case.pk])).content.decode(), who
        answer = client.get(where)
        assert (answer.status_code, answer["Content-Type"]) == (200, "image/png"), who
        assert answer.getvalue().startswith(b"\x89PNG")
    for who in ("han_meimei", "jiang_head", "zhou_general", "sun_admin"):
        assert signed_in(who).get(where).status_code == 404, who
    # Nor by the number of a case that one may see.
    aside = reverse("attendance:case_file", args=[other.pk, kept.pk])
    assert signed_in("han_meimei").get(aside).status_code == 404


@pytest.mark.parametrize("who", ["han_meimei", "zhou_general", "du_hr"])
def test_others_add_nothing(who: str) -> None:
    case = opened()
    assert adds(case, who) == 404
    assert not CaseFile.objects.exists()


def test_a_file_that_is_none_is_refused_and_a_closed_case_takes_no_more() -> None:
    case = opened()
    where = reverse("attendance:case_add_file", args=[case.pk])
    bad = SimpleUploadedFile("x.png", b"MZ\x00not a picture", "image/png")
    assert signed_in("li_lei").post(where, {"file": bad}).status_code == 422
    cases.close_case(case_id=case.pk, reason="查无实据", by=person("chen_manager"), now=NOW + HOUR)
    assert adds(case, "li_lei") == 409
    assert not CaseFile.objects.exists()


@pytest.mark.clause("S4b")
def test_the_legal_note_stands_on_the_page_of_the_case_and_on_the_paper_of_who_decides() -> None:
    case = opened()
    cases.answer(case_id=case.pk, statement="当时在处理投诉", by=person("li_lei"), now=NOW + HOUR)
    run = cases.propose(
        case_id=case.pk,
        proposal=Proposal("warning", "事实清楚"),
        by=person("wang_supervisor"),
        now=NOW + HOUR,
    )
    note = str(clauses(NOW)["S4b"].clause.note)
    assert "罚款缺少法律依据" in note
    for who in ("li_lei", "wang_supervisor", "du_hr"):
        page = signed_in(who).get(reverse("attendance:case", args=[case.pk])).content.decode()
        assert "法律提示" in page
        assert note in page
    paper = signed_in("chen_manager").get(reverse("approvals:run", args=[run.pk])).content.decode()
    assert note in paper
