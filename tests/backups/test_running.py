"""Backups come by the rulebook's schedules, and whatever stops one is told, kept and tried again."""

from __future__ import annotations

import datetime as dt
import errno
from typing import Any

import pytest
from django.core.cache import cache
from django.db import IntegrityError, transaction

from backups import container, programs, stores
from backups.container import Broken
from backups.errors import Failed
from backups.models import BackupRun, Certificate, Copy
from backups.rules.keeping import MOST_ATTEMPTS, period_of, wait_after
from backups.services import drilling, dumping, keeping, keys, running, state, storing
from backups.services.telling import audience
from office.audit.models import Entry
from office.errors import Conflict, Forbidden, Invalid
from office.notices.models import Notice
from office.rulebook import api as rulebook
from tests.accounts.access.stage import granted
from tests.backups.rows import DAY, NOW, done, key, proven
from tests.people import person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _people() -> None:
    for who in ("sun_admin", "qian_it", "zhou_general", "li_lei"):
        person(who)


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> list[Exception]:
    """What the next dumps fail with; the last one stays."""
    errors: list[Exception] = [Failed("pg_dump was ended by signal SIGKILL.", code="dump")]

    def dump(**_more: Any) -> None:
        raise errors[0] if len(errors) == 1 else errors.pop(0)

    monkeypatch.setattr(dumping, "dump_database", dump)
    return errors


@pytest.mark.clause("C13.8")
def test_the_database_is_due_every_sunday_at_two() -> None:
    key()
    [run] = running.plan(now=NOW)
    assert (run.kind, run.cause, run.clause, run.state) == ("database", "schedule", "C13.8", "waiting")
    assert run.due_at == dt.datetime(2026, 11, 21, 18, 0, tzinfo=dt.UTC)  # Sunday 02:00 in Shanghai
    assert running.plan(now=NOW) == []
    BackupRun.objects.filter(pk=run.pk).update(state="failed", finished_at=NOW)
    assert running.plan(now=NOW + 5 * DAY) == []
    assert len(running.plan(now=NOW + 7 * DAY)) == 1


@pytest.mark.clause("M12")
def test_the_mall_backs_up_every_week_too() -> None:
    key()
    rulebook.activate_book(code="mall", starts_at=NOW - 30 * DAY, by=None, now=NOW - 31 * DAY)
    [run] = running.plan(now=NOW)
    assert run.clause == "M12"
    assert period_of(rulebook.schedule_rule("backups.database", at=NOW)) == 7 * DAY


def test_one_that_was_asked_for_since_counts() -> None:
    done(NOW - DAY)
    assert running.plan(now=NOW) == []


def test_one_that_still_waits_since_the_week_before_is_enough() -> None:
    key()
    [run] = running.plan(now=NOW - 7 * DAY)
    for unfinished in ("waiting", "running"):
        BackupRun.objects.filter(pk=run.pk).update(state=unfinished)
        assert running.plan(now=NOW) == []
    BackupRun.objects.filter(pk=run.pk).update(state="failed", finished_at=NOW)
    assert len(running.plan(now=NOW)) == 1


def test_without_a_key_nothing_is_planned_and_asking_says_why() -> None:
    assert running.plan(now=NOW) == []
    with pytest.raises(Conflict) as refused:
        running.ask(kind="database", by=person("sun_admin"), now=NOW)
    assert refused.value.code == "no_key"


def test_it_asks_for_a_backup_now() -> None:
    key()
    run = running.ask(kind="database", by=person("sun_admin"), now=NOW)
    assert (run.cause, run.state, run.asked_by) == ("asked", "waiting", person("sun_admin"))
    assert Entry.objects.filter(verb="backups.asked", subject_id=str(run.pk)).count() == 1
    with pytest.raises(Conflict):
        running.ask(kind="database", by=person("qian_it"), now=NOW)
    with pytest.raises(Forbidden):
        running.ask(kind="database", by=person("li_lei"), now=NOW)
    with pytest.raises(Invalid):
        running.ask(kind="everything", by=person("sun_admin"), now=NOW)


def test_a_failure_is_kept_told_and_tried_again_with_longer_waits(broken: list[Exception]) -> None:
    key()
    [run] = running.plan(now=NOW)
    now = NOW
    for attempt in range(1, MOST_ATTEMPTS + 1):
        running.perform(run=run, now=now)
        run.refresh_from_db()
        assert (run.attempts, run.error, run.error_code) == (
            attempt, "pg_dump was ended by signal SIGKILL.", "dump",
        )  # fmt: skip
        if attempt < MOST_ATTEMPTS:
            assert run.state == "waiting"
            assert 0 <= (run.next_at - now - wait_after(attempt)).total_seconds() < 5
            now = run.next_at
    assert run.state == "failed"
    assert run.finished_at is not None
    for who, heard in (("sun_admin", MOST_ATTEMPTS), ("zhou_general", MOST_ATTEMPTS), ("li_lei", 0)):
        assert Notice.objects.filter(recipient=person(who), kind="backups.failed").count() == heard
    assert Entry.objects.filter(verb="backups.failed").count() == MOST_ATTEMPTS
    assert wait_after(1) < wait_after(2) < wait_after(5) == wait_after(99)


def test_who_sees_the_backups_by_a_grant_hears_of_them_like_a_post() -> None:
    granted("zheng_designer", "level.database_administrator", "zhou_general")
    heard = audience(NOW + DAY)
    assert {person(who).pk for who in ("zheng_designer", "sun_admin", "zhou_general")} <= set(heard)
    assert person("zheng_designer").pk not in audience(NOW + 30 * DAY)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "disk"),
        (OSError(errno.EACCES, "Permission denied"), "disk"),
        (Broken("a.ecbak was cut off: its end is missing."), "broken"),
        (ValueError("something new"), "unexpected"),
    ],
)
def test_every_failure_has_a_sentence_and_a_code(
    broken: list[Exception], error: Exception, code: str
) -> None:
    broken[:] = [error]
    key()
    [run] = running.plan(now=NOW)
    running.perform(run=run, now=NOW)
    run.refresh_from_db()
    assert run.error_code == code
    assert run.error


def test_a_run_whose_process_was_killed_is_tried_again() -> None:
    key()
    [run] = running.plan(now=NOW)
    run.state, run.attempts = "running", 1
    run.save()
    running._take_up_killed(NOW)
    run.refresh_from_db()
    assert (run.state, run.error_code) == ("waiting", "killed")


def test_of_a_killed_run_only_what_nothing_records_is_taken_away() -> None:
    key()
    run = done(NOW, files=False)
    run.backup_id = "b-killed"
    recorded = Copy.objects.get(run=run, role="main").name
    for name in (recorded, "database-unrecorded.ecbak"):
        container.write(
            stores.local_folder() / name, backup_id="b-killed", kind="database", made_at=NOW.isoformat(),
            to=keys.recipients(), parts=[("database.dump", [b"x"])], manifest=dict,
        ).forget()  # fmt: skip
    running._take_away(run)
    assert [each.name for each in stores.local_folder().glob("*.ecbak")] == [recorded]


def test_two_do_not_work_at_once() -> None:
    with running.only_one() as first, running.only_one() as second:
        assert (first, second) == (True, False)
        assert running.work(now=NOW) is None


def test_two_of_a_kind_do_not_run(broken: list[Exception]) -> None:
    key()
    [run] = running.plan(now=NOW)
    BackupRun.objects.filter(pk=run.pk).update(state="running")
    with pytest.raises(IntegrityError), transaction.atomic():
        BackupRun.objects.create(
            kind="database", cause="asked", state="running", clause="C13.8", asked_at=NOW, next_at=NOW
        )


def test_a_drill_that_found_something_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    run = done(NOW)
    found = drilling.Found(findings=["table orders_order: 1 rows, 2 in the backup"])
    monkeypatch.setattr(drilling, "drill", lambda _dumped: found)

    class Dumped:
        class main:
            from pathlib import Path

            path, sha256 = Path("a.ecbak"), "0" * 64

    certificate = running.certify(run=run, dumped=Dumped, now=NOW)  # type: ignore[arg-type]
    assert not certificate.good
    assert Notice.objects.filter(kind="backups.drill_failed", recipient=person("qian_it")).count() == 1


def test_what_could_not_be_verified_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def administering(_login: Any) -> Any:
        raise Failed("The database postgres does not answer.", code="database")

    monkeypatch.setattr(programs, "administering", administering)
    found = drilling.drill(None)  # type: ignore[arg-type]
    assert (found.good, found.words) == (False, "The database postgres does not answer.")


def test_a_good_certificate_found_nothing() -> None:
    run = done(NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Certificate(
            run=run, clause="", began_at=NOW, at=NOW, good=True, file="", sha256="", restore_seconds=1,
            verify_seconds=1, findings=["x"],
        ).save()  # fmt: skip


def test_rpo_is_the_age_of_the_newest_proven_backup_and_rto_what_its_drill_took() -> None:
    assert (running.recovery_point(NOW), running.recovery_time()) == (None, None)
    proven(done(NOW - 3 * DAY))
    proven(done(NOW - DAY), good=False)
    assert running.recovery_point(NOW) == 3 * DAY
    assert running.recovery_time() == dt.timedelta(seconds=5)


@pytest.mark.clause("C13.8")
def test_the_red_line_comes_when_the_last_good_drill_is_too_old_even_when_nothing_ticks() -> None:
    state.forget()
    assert "备份密钥" in state.alarm(now=NOW)
    proven(done(NOW - DAY))
    state.remember(now=NOW)
    assert state.alarm(now=NOW) == ""
    assert state.alarm(now=NOW + 29 * DAY) == ""
    assert "2026-11-22" in state.alarm(now=NOW + 31 * DAY)
    state.forget()
    assert state.alarm(now=NOW) == ""
    state.forget()


def test_a_step_that_fails_does_not_keep_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    called = []

    def fail(**_more: Any) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr(running, "plan", fail)
    monkeypatch.setattr(running, "work", lambda **_more: called.append("work"))
    monkeypatch.setattr(storing, "send", lambda **_more: called.append("send"))
    monkeypatch.setattr(storing, "clear", lambda **_more: called.append("clear"))
    cache.delete("backups.cleared")
    keeping.tick(now=NOW)
    assert called == ["work", "send", "clear"]
    keeping.tick(now=NOW)
    assert called[3:] == ["work", "send"]
    state.forget()
