"""A deputy for the days of absence: named by oneself, agreed to by the superior; the vote shows both names."""

from __future__ import annotations

import datetime as dt

import pytest

from office.approvals import api as approvals
from office.approvals.models import Deputy, Run
from office.approvals.selectors import queue
from office.approvals.selectors.figures import by_person
from office.audit.models import Entry
from office.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from office.notices.models import Notice
from office.staff import api as staff
from tests.approvals.cast import MINUTE, NOW, ask, give, note
from tests.people import person, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shelf"), pytest.mark.clause("J2")]
DAY = dt.timedelta(days=1)


def named(absent: str = "chen_manager", deputy: str = "han_meimei") -> Deputy:
    run = approvals.name_deputy(
        deputy_id=person(deputy).pk,
        starts_at=NOW + DAY,
        ends_at=NOW + 3 * DAY,
        reason="annual leave",
        by=person(absent),
        now=NOW,
    )
    approvals.approve(run_id=run.pk, by=person("zhou_general"), now=NOW)
    return Deputy.objects.get(run=run)


def test_a_deputy_decides_in_the_days_named_and_the_vote_shows_both() -> None:
    named()
    run, later = ask(), ask(subject=note(2))
    meimei = person("han_meimei")
    with pytest.raises(Forbidden):
        approvals.approve(run_id=run.pk, by=meimei, now=NOW + DAY - MINUTE)
    done = approvals.approve(run_id=run.pk, by=meimei, now=NOW + DAY)
    vote = done.votes.get()
    assert (vote.person, vote.on_behalf_of) == (meimei, person("chen_manager"))
    entry = Entry.objects.get(verb="approvals.approve", subject_id=str(run.pk))
    assert (entry.actor_name, entry.acting_for) == (meimei.name, person("chen_manager").name)
    with pytest.raises(Forbidden):
        approvals.approve(run_id=later.pk, by=meimei, now=NOW + 3 * DAY)


def test_it_waits_in_the_deputys_queue_under_the_absent_persons_name() -> None:
    named()
    ask(now=NOW + DAY)
    (line,) = queue.waiting(person("han_meimei"), NOW + DAY).lines
    assert line.on_behalf_of == person("chen_manager").name
    asked = Notice.objects.filter(kind="approvals.asked:toy.price").values_list("recipient_id", flat=True)
    assert set(asked) == {person("chen_manager").pk, person("han_meimei").pk}


def test_what_a_deputy_decided_stands_in_both_lists_and_counts_for_him_who_decided() -> None:
    named()
    run = ask(now=NOW + DAY)
    approvals.approve(run_id=run.pk, by=person("han_meimei"), now=NOW + DAY)
    [vote] = queue.decided_by(person("chen_manager"))
    assert [vote] == queue.decided_by(person("han_meimei"))
    assert queue.decided_by(person("chen_manager"), before=vote.pk) == []
    absent = signed_in("chen_manager").get("/approvals/?tab=decided").content.decode()
    assert "韩梅梅代我决定" in absent
    deputy = signed_in("han_meimei").get("/approvals/?tab=decided").content.decode()
    assert "代我决定" not in deputy
    counted = {row.name: (row.decisions, row.agreed) for row in by_person(NOW, NOW + 2 * DAY)}
    assert counted["韩梅梅"] == (1, 1)
    assert "陈经理" not in counted


def test_a_deputy_decides_neither_his_own_request_nor_the_absent_persons() -> None:
    named()
    own = ask(who="han_meimei", now=NOW + DAY)
    with pytest.raises(approvals.OwnRequest):
        approvals.approve(run_id=own.pk, by=person("han_meimei"), now=NOW + DAY)
    his = ask(who="chen_manager", subject=note(2), now=NOW + DAY)
    with pytest.raises(Forbidden):
        approvals.approve(run_id=his.pk, by=person("han_meimei"), now=NOW + DAY)


def test_nor_the_absent_persons_where_another_holder_of_his_post_decides() -> None:
    """The seat stays at the post, and the deputy has that post through the absent person alone."""
    named()
    give("wang_supervisor", "department_manager")
    his = ask(who="chen_manager", now=NOW + DAY)
    with pytest.raises(Forbidden):
        approvals.approve(run_id=his.pk, by=person("han_meimei"), now=NOW + DAY)
    assert queue.waiting(person("han_meimei"), NOW + DAY).lines == []
    assert approvals.approve(run_id=his.pk, by=person("wang_supervisor"), now=NOW + DAY).state == "executed"


def test_nobody_is_deputy_before_the_superior_agrees() -> None:
    approvals.name_deputy(
        deputy_id=person("han_meimei").pk,
        starts_at=NOW,
        ends_at=NOW + DAY,
        reason="leave",
        by=person("chen_manager"),
        now=NOW,
    )
    run = ask()
    with pytest.raises(Forbidden):
        approvals.approve(run_id=run.pk, by=person("han_meimei"), now=NOW + MINUTE)
    assert not Deputy.objects.exists()


def test_a_deputy_is_ended_early_by_one_of_the_two() -> None:
    deputy = named()
    with pytest.raises(NotFound):
        approvals.end_deputy(deputy_id=deputy.pk, by=person("li_lei"), now=NOW + DAY)
    approvals.end_deputy(deputy_id=deputy.pk, by=person("chen_manager"), now=NOW + DAY)
    with pytest.raises(Conflict):
        approvals.end_deputy(deputy_id=deputy.pk, by=person("chen_manager"), now=NOW + DAY)
    run = ask(now=NOW + DAY)
    with pytest.raises(Forbidden):
        approvals.approve(run_id=run.pk, by=person("han_meimei"), now=NOW + DAY + MINUTE)


def test_nobody_names_a_deputy_for_somebody_else_or_himself() -> None:
    boss, me = person("zhou_general"), person("chen_manager")
    payload = {
        "absent": boss.pk,
        "deputy": me.pk,
        "name": me.name,
        "from": NOW,
        "until": NOW + DAY,
        "reason": "x",
    }
    run = approvals.submit(
        kind="approvals.deputy", subject=staff.subject_of(me), payload=payload, by=me, now=NOW
    )
    with pytest.raises(Refused) as caught:
        approvals.approve(run_id=run.pk, by=boss, now=NOW)
    assert caught.value.code == "not_oneself"
    with pytest.raises(Conflict):
        approvals.name_deputy(deputy_id=me.pk, starts_at=NOW, ends_at=NOW + DAY, reason="x", by=me, now=NOW)
    with pytest.raises(Invalid):
        approvals.name_deputy(deputy_id=boss.pk, starts_at=NOW, ends_at=NOW - DAY, reason="x", by=me, now=NOW)
    assert Run.objects.get().state == "running"
