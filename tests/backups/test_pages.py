"""The pages of the backups: what IT and the general manager see, and what IT can do."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from backups.models import BackupRun, Copy
from backups.services import state
from office.approvals.models import Run
from tests.backups.rows import DAY, done, key, proven
from tests.naughty import OWN
from tests.people import person, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh() -> Any:
    state.forget()
    yield
    state.forget()


@pytest.fixture
def sun() -> Client:
    person("zhou_general")
    client = signed_in("sun_admin")
    session = client.session
    session["confirmed_at"] = timezone.now().timestamp()
    session.save()
    return client


def text_of(client: Client, name: str, *args: object) -> str:
    answer = client.get(reverse(name, args=args))
    assert answer.status_code == 200
    return answer.content.decode()


def test_before_there_is_a_key_it_says_what_to_do(sun: Client) -> None:
    page = text_of(sun, "backups:list")
    assert "backup_keygen" in page
    assert "立即备份" not in page


def test_the_overview_says_what_would_be_lost_and_how_long_it_takes(sun: Client) -> None:
    now = timezone.now()
    proven(done(now - 10 * DAY))
    proven(done(now - 3 * DAY), good=False)
    page = text_of(sun, "backups:list")
    assert "10 天" in page
    assert "5 秒" in page
    assert "可恢复" in page
    assert "未证明" in page
    assert "backups-data" in page
    assert "立即备份" in page


def test_a_run_and_its_certificate_are_shown(sun: Client) -> None:
    now = timezone.now()
    run = done(now)
    run_page = text_of(sun, "backups:run", run.pk)
    assert Copy.objects.get(run=run, role="main").name in run_page
    drill = proven(run, good=False)
    page = text_of(sun, "backups:certificate", drill.pk)
    assert "SIGKILL" in page
    assert drill.sha256 in page
    waiting = BackupRun.objects.create(
        kind="database",
        cause="asked",
        clause="C13.8",
        asked_at=now,
        next_at=now,
        attempts=2,
        error="磁盘已满。",
    )
    assert "磁盘已满" in text_of(sun, "backups:run", waiting.pk)
    for name in ("backups:run", "backups:certificate"):
        assert sun.get(reverse(name, args=[987654])).status_code == 404
    assert sun.get("/backups/999999999999999/").status_code == 404


def test_it_presses_back_up_now_once(sun: Client) -> None:
    key()
    answer = sun.post(reverse("backups:ask"), {"kind": "database"})
    run = BackupRun.objects.get()
    assert answer["Location"] == reverse("backups:run", args=[run.pk])
    assert run.asked_by == person("sun_admin")
    again = sun.post(reverse("backups:ask"), {"kind": "database"}, follow=True)
    assert "正在进行" in again.content.decode()
    assert BackupRun.objects.count() == 1


@pytest.mark.parametrize("kind", ["", "orders", "x", *OWN])
def test_whatever_is_asked_for_is_answered(sun: Client, kind: str) -> None:
    key()
    assert sun.post(reverse("backups:ask"), {"kind": kind}).status_code == 302
    assert not BackupRun.objects.exists()


@pytest.mark.parametrize("typed", OWN)
def test_no_key_that_can_be_typed_makes_a_fault_or_is_shown_again(sun: Client, typed: str) -> None:
    key()
    answer = sun.post(reverse("backups:prove"), {"key": typed})
    assert answer.status_code == 422
    fields = re.findall(r'<input type="password"[^>]*>', answer.content.decode())
    assert all("value=" not in each for each in fields)


def test_grave_acts_ask_who_one_is(sun: Client) -> None:
    run = done(timezone.now())
    session = sun.session
    del session["confirmed_at"]
    session.save()
    for name, args in (("backups:prove", []), ("backups:ask_restore", [run.pk])):
        answer = sun.post(reverse(name, args=args), {})
        assert answer.status_code == 302
        assert "reauthenticate" in answer["Location"]


def test_it_asks_to_overwrite_a_database(sun: Client) -> None:
    run = done(timezone.now())
    url = reverse("backups:ask_restore", args=[run.pk])
    for fields in ({}, {"database": "Bad Name", "reason": "x"}, {"database": "training", "reason": " "}):
        assert sun.post(url, fields).status_code == 422
    refused = sun.post(url, {"database": "Bad Name", "reason": "培训库已乱"}).content.decode()
    assert "培训库已乱" in refused  # what was typed stays
    assert sun.post(url, {"database": "training", "reason": "培训库已乱"}).status_code == 302
    asked = Run.objects.get(kind="backups.restore")
    assert asked.payload["database"] == "training"
    assert asked.said.startswith("training ← database-")  # in every language, also in the notice of it
    assert asked.payload["sha256"] == Copy.objects.get(run=run, role="main").sha256
    assert signed_in("zhou_general").get(reverse("approvals:run", args=[asked.pk])).status_code == 200
    assert sun.post(url, {"database": "training", "reason": "又一次"}).status_code == 422


@pytest.mark.parametrize("name", OWN)
def test_no_name_of_a_database_makes_a_fault(sun: Client, name: str) -> None:
    run = done(timezone.now(), files=False)
    answer = sun.post(reverse("backups:ask_restore", args=[run.pk]), {"database": name, "reason": name})
    assert answer.status_code in (302, 422)


@pytest.mark.clause("C13.8")
def test_the_red_line_stands_on_every_page_of_it_and_the_general_manager(sun: Client) -> None:
    proven(done(timezone.now() - 40 * DAY))
    for who, sees in (("sun_admin", True), ("zhou_general", True), ("wang_supervisor", False)):
        page = signed_in(who).get(reverse("notices:inbox")).content.decode()
        assert ("alarm-bar" in page) == sees
    proven(done(timezone.now()))
    state.remember(now=timezone.now())
    assert "alarm-bar" not in text_of(sun, "notices:inbox")


def test_the_list_asks_no_more_for_many_than_for_few(
    sun: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    now = timezone.now()
    for day in range(1, 30):
        proven(done(now - day * DAY, files=False))
    text_of(sun, "backups:list")
    with django_assert_max_num_queries(26):
        text_of(sun, "backups:list")


def test_packs_of_files_and_lost_files_are_shown(sun: Client) -> None:
    pack = done(timezone.now(), kind="files", files=False)
    assert "restore_files" in text_of(sun, "backups:run", pack.pk)
    drill = proven(done(timezone.now()), files=3, missing=["files/ab/cd/abcd"])
    page = text_of(sun, "backups:certificate", drill.pk)
    assert "files/ab/cd/abcd" in page
    assert sun.post(reverse("backups:ask"), {"kind": "files"}).status_code == 302
    assert not BackupRun.objects.filter(state="waiting").exists()
