"""The pages of leave, from asking to the decision, and what each refusal keeps."""

from __future__ import annotations

import datetime as dt
import io

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from attendance.models import Leave
from office.rulebook import api as rulebook
from tests.attendance.leaves import agree, ask, everybody, grant, run_of, tell
from tests.files.samples import small_picture
from tests.people import person, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _cast() -> None:
    everybody()


def working(ahead: int) -> dt.date:
    """A working day that lies so many days ahead or a little more."""
    day, table = timezone.localdate() + dt.timedelta(days=ahead), rulebook.day_table()
    while not table.works(day):
        day += dt.timedelta(days=1)
    return day


def at(name: str, **args: object) -> str:
    return reverse(f"attendance:{name}", kwargs=args)


def asked(client: Client, **more: str) -> Leave:
    given = {"kind": "personal", "portion": "days", "first_day": f"{working(3)}", "reason": "搬家", **more}
    answer = client.post(at("leave_ask"), given)
    assert answer.status_code == 302, answer.content.decode()
    return Leave.objects.latest("pk")


@pytest.mark.clause("S2a", "S2b")
def test_from_the_request_to_the_approval() -> None:
    client, manager = signed_in("li_lei"), signed_in("chen_manager")
    leave = asked(client)
    page = client.get(at("leave", pk=leave.pk)).content.decode()
    assert "搬家" in page
    run = run_of(leave)
    shown = manager.get(reverse("approvals:run", args=[run.pk])).content.decode()
    assert "李雷 不在岗期间" in shown
    assert "韩梅梅" in shown
    chosen = manager.post(at("leave_deputy", pk=leave.pk), {"deputy": person("han_meimei").pk, "run": run.pk})
    assert chosen["Location"] == reverse("approvals:run", args=[run.pk])
    manager.post(reverse("approvals:act", args=[run.pk, "approve"]), {"words": ""})
    leave.refresh_from_db()
    assert (leave.state, leave.deputy) == ("approved", person("han_meimei"))
    assert leave.get_state_display() in client.get(at("leaves")).content.decode()
    assert client.post(at("leave_act", pk=leave.pk, key="cancel"), {"reason": "不搬了"}).status_code == 302
    again = client.post(at("leave_act", pk=leave.pk, key="cancel"), {"reason": "再取消一次"})
    assert again.status_code == 409
    assert "再取消一次" in again.content.decode()


@pytest.mark.clause("S2a", "S2c")
def test_too_late_the_way_by_telephone_is_offered_with_what_was_typed() -> None:
    client = signed_in("li_lei")
    given = {
        "kind": "sick", "portion": "days", "first_day": f"{timezone.localdate()}", "reason": "高烧在医院",
    }  # fmt: skip
    answer = client.post(at("leave_ask"), given)
    assert answer.status_code == 422
    text = answer.content.decode()
    assert at("leave_tell") + "?kind=sick" in text
    assert "高烧在医院" in text
    told = client.get(at("leave_tell"), {"kind": "sick", "told_what": "高烧在医院"}).content.decode()
    assert "高烧在医院" in told


@pytest.mark.clause("S2c")
def test_a_call_is_written_down_and_the_slip_handed_in() -> None:
    manager, client = signed_in("chen_manager"), signed_in("li_lei")
    day = working(0)
    given = {
        "employee": person("li_lei").pk, "told_to": "", "told_at": f"{timezone.localtime():%Y-%m-%dT%H:%M}",
        "told_what": "孩子摔伤", "kind": "personal", "portion": "days", "first_day": f"{day}",
    }  # fmt: skip
    assert manager.post(at("leave_tell"), {**given, "told_what": ""}).status_code == 422
    assert manager.post(at("leave_tell"), given).status_code == 302
    leave = Leave.objects.get()
    assert (leave.employee, leave.told_to, leave.state) == (
        person("li_lei"), person("chen_manager"), "provisional",
    )  # fmt: skip
    assert client.post(at("leave_act", pk=leave.pk, key="slip"), {"reason": ""}).status_code == 422
    assert client.post(at("leave_act", pk=leave.pk, key="slip"), {"reason": "孩子骨折"}).status_code == 302
    assert run_of(leave).state == "running"


def test_hidden_from_colleagues_and_seen_by_those_it_concerns() -> None:
    leave = ask()
    page = at("leave", pk=leave.pk)
    for who in ("han_meimei", "zheng_designer", "he_planner"):
        assert signed_in(who).get(page).status_code == 404, who
        assert signed_in(who).post(at("leave_act", pk=leave.pk, key="take-back")).status_code == 404
    for who in ("li_lei", "chen_manager", "jiang_head", "wang_supervisor", "du_hr"):
        assert signed_in(who).get(page).status_code == 200, who
    assert signed_in("li_lei").post(at("leave_act", pk=leave.pk, key="burn")).status_code == 404


def test_the_stand_in_sees_that_and_when_and_not_why() -> None:
    leave = ask("gao_section", reason="做手术")
    Leave.objects.filter(pk=leave.pk).update(deputy=person("zheng_designer"), deputy_by=person("gao_section"))
    page = signed_in("zheng_designer").get(at("leave", pk=leave.pk)).content.decode()
    assert "做手术" not in page


def test_a_document_is_kept_with_the_leave_and_shown_to_who_decides() -> None:
    client = signed_in("li_lei")
    leave = asked(client, kind="sick")
    upload = io.BytesIO(small_picture())
    upload.name = "诊断书.png"
    assert client.post(at("leave_add_proof", pk=leave.pk), {"file": upload}).status_code == 302
    proof = leave.proofs.get()
    where = at("leave_proof", pk=leave.pk, file=proof.pk)
    decider = signed_in("jiang_head")
    assert decider.get(where).status_code == 200
    assert signed_in("han_meimei").get(where).status_code == 404
    run_page = reverse("approvals:run", args=[run_of(leave).pk])
    assert proof.file.name in decider.get(run_page).content.decode()
    bad = io.BytesIO(b"MZ\x90\x00 not a document")
    bad.name = "x.exe"
    assert client.post(at("leave_add_proof", pk=leave.pk), {"file": bad}).status_code == 422


def test_the_team_is_those_below() -> None:
    agree(ask())
    ask("zheng_designer")
    tell("wu_clerk", to="wang_supervisor")
    waiting = signed_in("wang_supervisor").get(at("team_leaves"), {"tab": "waiting"}).content.decode()
    assert "吴文员" in waiting
    assert "郑设计" not in waiting
    assert "郑设计" in signed_in("du_hr").get(at("team_leaves"), {"tab": "waiting"}).content.decode()
    for tab in ("now", "coming", "past", "x"):
        assert signed_in("chen_manager").get(at("team_leaves"), {"tab": tab}).status_code == 200


def test_human_resources_keep_the_balances() -> None:
    hr = signed_in("du_hr")
    grant("li_lei", "annual", 5)
    assert "李雷" in hr.get(at("balances")).content.decode()
    page = at("balance", pk=person("li_lei").pk)
    change = {"which": "change", "kind": "compensatory", "amount": "4", "reason": "大促加班"}
    assert hr.post(page, change).status_code == 302
    assert hr.post(page, {**change, "amount": "-9"}).status_code == 409
    assert hr.post(page, {**change, "amount": "0.3"}).status_code == 422
    assert hr.post(page, {"which": "service", "months": "130", "note": "社保记录"}).status_code == 302
    assert hr.post(page, {"which": "x"}).status_code == 422
    assert "大促加班" in hr.get(page).content.decode()
    assert hr.get(at("balance", pk=987654)).status_code == 404


def test_a_list_asks_no_more_for_many(django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    for who in ("li_lei", "han_meimei", "wu_clerk", "zheng_designer", "gao_section"):
        ask(who)
    hr = signed_in("du_hr")
    hr.get(at("team_leaves"))
    for name in ("team_leaves", "balances", "leaves"):
        with django_assert_max_num_queries(14):
            hr.get(at(name), {"tab": "waiting"})
