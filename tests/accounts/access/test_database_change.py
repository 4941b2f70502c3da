"""A change of the database: every section is heard, the chain decides, the outcome is told (C13.6, M11)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.models import ChangeFeedback, DatabaseChange
from accounts.selectors import changes as selectors
from accounts.services import changes
from office.approvals import api as approvals
from office.approvals.models import Run
from office.errors import Conflict, Forbidden, Invalid, NotFound
from office.notices.models import Notice
from office.staff.models import Appointment
from tests.accounts.access.stage import DAY, MINUTE, NOW, agree, mall
from tests.chains import Way, walk
from tests.people import LONG_AGO, everybody, person, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.clause("C13.6")]
CONTENT = changes.Content(
    title="订单表分区", why="查询变慢", plan="按月分区", continuity="旧表保留为视图", rollback="改回原表",
    tested="一百万单通过", done_by="in_house", how="modify",
    starts_at=NOW + DAY, ends_at=NOW + DAY + timedelta(hours=2),
)  # fmt: skip
VOICES = {
    "service_supervisor": "wang_supervisor", "product_manager": "ma_product", "product_operations": "zhao_operations",
    "site_editor": "lin_editor", "section_officer": "gao_section", "warehouse": "xu_warehouse", "hr": "du_hr",
    "planner": "he_planner",
}  # fmt: skip
ADMIN = "sun_admin"


def drafted() -> DatabaseChange:
    everybody()
    return changes.draft_change(content=CONTENT, by=person(ADMIN), now=NOW)


def heard(change: DatabaseChange, *but: str) -> DatabaseChange:
    for post in change.asked:
        if post not in but:
            changes.give_opinion(
                change_id=change.pk, agrees=True, text="没有意见", by=person(VOICES[post]), now=NOW + MINUTE
            )
    return change


def handed_in() -> Run:
    return changes.hand_in(change_id=heard(drafted()).pk, by=person(ADMIN), now=NOW + 2 * MINUTE)


def state() -> str:
    return DatabaseChange.objects.get().state


def test_the_operations_manager_and_the_general_manager_decide() -> None:
    everybody()
    walk(
        Way(
            "C13.6", "accounts.database_change", "system_administrator", ("operations_manager", "general_manager"), "",
            lambda _who: handed_in(), lambda: DatabaseChange.objects.filter(state="agreed").count(),
        )
    )  # fmt: skip


@pytest.mark.clause("M11")
def test_in_the_mall_the_marketing_director_and_the_general_manager_decide() -> None:
    mall()
    everybody()
    walk(
        Way(
            "M11", "accounts.database_change", "system_administrator", ("marketing_director", "general_manager"), "",
            lambda _who: handed_in(), lambda: DatabaseChange.objects.filter(state="agreed").count(),
        )
    )  # fmt: skip


def test_a_section_that_was_not_heard_holds_it_up() -> None:
    change = heard(drafted(), "warehouse", "hr")
    with pytest.raises(Conflict) as refused:
        changes.hand_in(change_id=change.pk, by=person(ADMIN), now=NOW + 2 * MINUTE)
    assert (refused.value.code, refused.value.params["missing"]) == ("opinions", ["warehouse", "hr"])
    assert not Run.objects.exists()


def test_the_sections_are_asked_and_only_they_answer() -> None:
    change = drafted()
    assert Notice.objects.filter(kind="accounts.opinion_asked", recipient=person("du_hr")).exists()
    for who in ("li_lei", ADMIN, "zhou_general"):
        with pytest.raises(NotFound):
            changes.give_opinion(change_id=change.pk, agrees=True, text="x", by=person(who), now=NOW)
    with pytest.raises(Invalid):
        changes.give_opinion(change_id=change.pk, agrees=True, text=" ", by=person("du_hr"), now=NOW)


def test_who_holds_two_posts_that_are_asked_speaks_for_both() -> None:
    Appointment.objects.create(
        employee=person("lin_editor"), position="section_officer", during=(LONG_AGO, None)
    )
    change = drafted()
    said = changes.give_opinion(change_id=change.pk, agrees=True, text="好", by=person("lin_editor"), now=NOW)
    assert [each.position for each in said] == ["site_editor", "section_officer"]


def test_another_text_asks_the_sections_again() -> None:
    change = heard(drafted())
    changes.redraft_change(
        change_id=change.pk, content=replace(CONTENT, plan="按周分区"), by=person(ADMIN), now=NOW + 3 * MINUTE
    )
    change.refresh_from_db()
    assert selectors.silent(change) == change.asked


def test_doubts_are_put_before_those_who_decide() -> None:
    change = heard(drafted(), "hr")
    changes.give_opinion(
        change_id=change.pk, agrees=False, text="月底不要动", by=person("du_hr"), now=NOW + MINUTE
    )
    run = changes.hand_in(change_id=change.pk, by=person(ADMIN), now=NOW + 2 * MINUTE)
    assert "月底不要动" in str(run.paper.changes)


def test_a_returned_one_is_mended_heard_again_and_asked_again() -> None:
    run = handed_in()
    approvals.return_to(run_id=run.pk, by=person("shen_operations"), now=NOW + 3 * MINUTE, reason="再想想")
    pk = int(run.subject_id)
    changes.open_again(change_id=pk, by=person(ADMIN), now=NOW + 4 * MINUTE)
    changes.redraft_change(
        change_id=pk, content=replace(CONTENT, rollback="先备份"), by=person(ADMIN), now=NOW + 5 * MINUTE
    )
    change = DatabaseChange.objects.get()
    for post in change.asked:
        changes.give_opinion(
            change_id=pk, agrees=True, text="好", by=person(VOICES[post]), now=NOW + 6 * MINUTE
        )
    again = changes.hand_in(change_id=pk, by=person(ADMIN), now=NOW + 7 * MINUTE)
    assert (again.pk, again.round) == (run.pk, 2)


def test_what_was_rejected_is_over() -> None:
    run = handed_in()
    approvals.reject(run_id=run.pk, by=person("shen_operations"), now=NOW + 3 * MINUTE, reason="不做")
    assert state() == "dropped"


def outcome(worked: bool = True, **said: Any) -> DatabaseChange:
    given: dict[str, Any] = {
        "ran_from": NOW + DAY,
        "ran_to": NOW + DAY + MINUTE,
        "outcome": "顺利",
        "by": person(ADMIN),
    }
    given |= {"now": NOW + 2 * DAY, **said}
    return changes.tell_outcome(change_id=DatabaseChange.objects.get().pk, worked=worked, **given)


def test_the_outcome_is_told_after_the_agreement_and_the_inconvenience_after_it() -> None:
    agree(handed_in(), "shen_operations")
    with pytest.raises(Conflict):
        outcome()
    with pytest.raises(Conflict):
        changes.complain(change_id=DatabaseChange.objects.get().pk, text="慢", by=person("li_lei"), now=NOW)
    agree(Run.objects.get(), "zhou_general", now=NOW + 4 * MINUTE)
    for wrong in ({"outcome": ""}, {"ran_to": NOW}, {"ran_to": NOW + 3 * DAY}):
        with pytest.raises(Invalid):
            outcome(**wrong)
    with pytest.raises(Forbidden):
        outcome(by=person("qian_it"))
    assert outcome().state == "done"
    changes.complain(
        change_id=DatabaseChange.objects.get().pk, text="报表慢了", by=person("li_lei"), now=NOW + 3 * DAY
    )
    assert ChangeFeedback.objects.get().by == person("li_lei")
    assert Notice.objects.filter(kind="accounts.change_feedback", recipient=person(ADMIN)).exists()


def test_it_can_be_rolled_back() -> None:
    agree(handed_in(), "shen_operations", "zhou_general")
    assert outcome(worked=False).state == "rolled_back"


def told(kind: str) -> set[str]:
    return set(Notice.objects.filter(kind=kind).values_list("recipient__number", flat=True))


def test_the_sections_hear_of_the_outcome_and_inside_its_hours_nobody_is_alarmed() -> None:
    agree(handed_in(), "shen_operations", "zhou_general")
    done = outcome()
    assert not done.outside_window
    assert told("accounts.change_told") == {
        person(who).number for post, who in VOICES.items() if post in done.asked
    }
    assert told("accounts.change_outside") == set()


@pytest.mark.parametrize(
    "hours",
    [
        {"ran_from": NOW + DAY - MINUTE},
        {"ran_to": NOW + DAY + timedelta(hours=2, minutes=1)},
        {"ran_from": NOW + 4 * MINUTE, "ran_to": NOW + 5 * MINUTE},
    ],
)
def test_one_carried_out_at_other_hours_is_told_to_whoever_agreed_and_shown(hours: dict[str, Any]) -> None:
    agree(handed_in(), "shen_operations", "zhou_general")
    done = outcome(**hours)
    assert (done.state, done.outside_window) == ("done", True)
    assert told("accounts.change_outside") == {
        person(who).number for who in ("shen_operations", "zhou_general")
    }
    page = signed_in("li_lei").get(f"/accounts/changes/{done.pk}/").content.decode()
    assert "不在批准的时段内" in page or "未在批准的时段内" in page


@pytest.mark.parametrize(
    "said",
    [
        {"title": ""}, {"plan": " "}, {"rollback": ""}, {"tested": ""}, {"continuity": ""}, {"why": "长" * 2001},
        {"done_by": "elsewhere"}, {"how": "guess"}, {"done_by": "outside"}, {"firm": "某公司"},
        {"ends_at": NOW + DAY}, {"starts_at": NOW - 2 * DAY, "ends_at": NOW - DAY},
    ],
)  # fmt: skip
def test_what_cannot_be_drafted(said: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        changes.draft_change(content=replace(CONTENT, **said), by=person(ADMIN), now=NOW)


def test_only_the_administrator_drafts() -> None:
    with pytest.raises(Forbidden):
        changes.draft_change(content=CONTENT, by=person("chen_manager"), now=NOW)


@pytest.mark.parametrize("state_", ["agreed", "done", "rolled_back"])
def test_the_database_takes_no_change_that_begins_in_the_middle(state_: str) -> None:
    change = drafted()
    change.pk, change.state = None, state_
    if state_ != "agreed":
        change.ran_from, change.ran_to, change.outcome, change.ended_by = NOW, NOW, "x", person(ADMIN)
    with pytest.raises(IntegrityError), transaction.atomic():
        change.save(force_insert=True)


def test_the_database_lets_nothing_be_carried_out_that_nobody_agreed_to() -> None:
    change = drafted()
    for wrong in ("agreed", "done"):
        with pytest.raises(IntegrityError), transaction.atomic():
            DatabaseChange.objects.filter(pk=change.pk).update(state=wrong)
    run = changes.hand_in(change_id=heard(change).pk, by=person(ADMIN), now=NOW + 2 * MINUTE)
    with pytest.raises(IntegrityError), transaction.atomic():
        DatabaseChange.objects.filter(pk=change.pk).update(plan="别的")
    agree(run, "shen_operations", "zhou_general")
    outcome()
    with pytest.raises(IntegrityError), transaction.atomic():
        DatabaseChange.objects.filter(pk=change.pk).update(outcome="别的")
    with pytest.raises(IntegrityError), transaction.atomic():
        DatabaseChange.objects.filter(pk=change.pk).delete()


def test_the_pages() -> None:
    everybody()
    admin, said = signed_in(ADMIN), {
        "title": "分区", "why": "慢", "plan": "分区", "continuity": "视图", "rollback": "改回", "tested": "通过",
        "done_by": "in_house", "how": "modify", "starts_at": "2030-01-01T01:00", "ends_at": "2030-01-01T03:00",
    }  # fmt: skip
    assert admin.post("/accounts/changes/new/", {**said, "firm": "某公司"}).status_code == 422
    assert signed_in("li_lei").post("/accounts/changes/new/", said).status_code == 403
    page = admin.post("/accounts/changes/new/", said)["Location"]
    assert admin.get(page).status_code == 200
    assert signed_in("li_lei").get(page).status_code == 200
    refused = admin.post(f"{page}hand-in/")
    assert refused.status_code == 409
    assert "尚未提出意见" in refused.content.decode()
    assert signed_in("du_hr").post(f"{page}opinion/", {"agrees": "no", "text": "月底不行"}).status_code == 302
    assert (
        signed_in("li_lei").post(f"{page}opinion/", {"agrees": "no", "text": "我也要说"}).status_code == 404
    )
    assert signed_in("du_hr").post(f"{page}opinion/", {"agrees": "no", "text": ""}).status_code == 422
    assert admin.post(f"{page}outcome/", {"worked": "yes"}).status_code == 422
    assert admin.post(f"{page}nonsense/").status_code == 404
    assert admin.get(f"{page}edit/").status_code == 200
    assert "月底不行" in admin.get(page).content.decode()
    assert admin.get("/accounts/changes/").status_code == 200
