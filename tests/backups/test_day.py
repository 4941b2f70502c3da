"""What the backups ask of IT stands in its day."""

from __future__ import annotations

import datetime as dt

import pytest

from backups.models import BackupRun
from backups.selectors import day
from backups.services import keys, proving
from tests.backups.rows import DAY, NOW, done, proven
from tests.people import person, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.clause("C13.8")]
QUARTER = dt.datetime(2027, 1, 1, 1, 1, tzinfo=dt.UTC)


def lines(who: str = "sun_admin", now: dt.datetime = NOW) -> list[tuple[str, dt.datetime | None]]:
    return [(each.url, each.due_at) for each in day.waiting(person(who), now)]


def test_the_quarters_proof_waits_with_its_time() -> None:
    keys.make_key(now=NOW)
    proof = proving.open_proof(now=QUARTER)
    assert proof is not None
    assert lines(now=QUARTER) == [("/backups/#proof", proof.due_at)]
    assert lines("qian_it", QUARTER) == lines(now=QUARTER)
    assert lines("zhou_general", QUARTER) == lines("li_lei", QUARTER) == []
    assert 'id="proof"' in signed_in("sun_admin").get("/backups/").content.decode()


def test_a_backup_that_was_given_up_waits_until_one_of_its_kind_is_made() -> None:
    done(NOW - 7 * DAY)
    failed = BackupRun.objects.create(
        kind="database", cause="schedule", clause="C13.8", asked_at=NOW, next_at=NOW, state="failed", attempts=6,
        finished_at=NOW, error="pg_dump was ended by signal SIGKILL.",
    )  # fmt: skip
    assert lines() == [(f"/backups/{failed.pk}/", None)]
    [line] = day.waiting(person("sun_admin"), NOW)
    assert "SIGKILL" in line.detail
    done(NOW + DAY)
    assert lines() == []


def test_a_drill_that_was_not_good_waits_until_a_better_one() -> None:
    bad = proven(done(NOW - DAY), good=False)
    assert lines() == [(f"/backups/drills/{bad.pk}/", None)]
    assert f"/backups/drills/{bad.pk}/" in signed_in("sun_admin").get("/").content.decode()
    proven(done(NOW))
    assert lines() == []
