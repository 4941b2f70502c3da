"""Security updates are recorded and signed (C13.7); the two documents are written and read (C13.0)."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from accounts.models import Procedure, ProcedureRead, SecurityReport
from accounts.rules import advisories
from accounts.selectors import procedures as selectors
from accounts.services import advisories as feed
from accounts.services import procedures, security
from office.deadlines.models import Deadline
from office.errors import Conflict, Forbidden, Invalid, NotFound
from office.notices.models import Notice
from tests.accounts.access.stage import DAY, MINUTE, NOW
from tests.people import everybody, person, signed_in

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 11, 23, 9, 5, tzinfo=NOW.tzinfo)
PACKAGES = {"Django": "5.2.1", "My_Package": "1.0", "other": "3.0"}


def advisory(name: str = "django", **affected: Any) -> dict[str, Any]:
    return {
        "id": "PYSEC-1", "summary": "A hole",
        "affected": [{"package": {"ecosystem": "PyPI", "name": name}, **affected}],
    }  # fmt: skip


def events(*pairs: tuple[str, str]) -> dict[str, Any]:
    return {"ranges": [{"type": "ECOSYSTEM", "events": [{word: version} for word, version in pairs]}]}


@pytest.mark.clause("C13.7")
@pytest.mark.parametrize(
    ("given", "found"),
    [
        (advisory(**events(("introduced", "0"), ("fixed", "5.2.2"))), True),
        (advisory(**events(("introduced", "0"), ("fixed", "5.2.1"))), False),
        (advisory(**events(("introduced", "5.2.1"), ("fixed", "5.2.2"))), True),
        (advisory(**events(("introduced", "5.2.2"))), False),
        (advisory(**events(("introduced", "0"), ("last_affected", "5.2.1"))), True),
        (advisory(**events(("introduced", "0"), ("last_affected", "5.2.0"))), False),
        (
            advisory(
                **events(("introduced", "0"), ("fixed", "4.2"), ("introduced", "5.0"), ("fixed", "5.2.9"))
            ),
            True,
        ),
        (advisory(**events(("introduced", "0"), ("fixed", "4.2"), ("introduced", "6.0"))), False),
        (advisory(versions=["5.2.1"]), True),
        (advisory(versions=["5.2.0"]), False),
        (advisory("my-package", versions=["1.0"]), True),
        (advisory("absent", versions=["1.0"]), False),
        ({**advisory(versions=["5.2.1"]), "withdrawn": "2026-01-01T00:00:00Z"}, False),
        (
            {
                "id": "X",
                "affected": [{"package": {"ecosystem": "npm", "name": "django"}, "versions": ["5.2.1"]}],
            },
            False,
        ),
        ({"id": "X", "affected": [None, {"package": None}, {"ranges": 3}]}, False),
        (advisory(**events(("introduced", "not a version"), ("fixed", "1"))), False),
    ],
)
def test_an_advisory_speaks_of_what_is_installed_or_does_not(given: dict[str, Any], found: bool) -> None:
    assert bool(advisories.matches(PACKAGES, advisories.records([given]))) is found


@pytest.mark.clause("C13.7")
@pytest.mark.parametrize(
    "content", [3, "x", {"vulns": 1}, {}, [1], [{}], [{"id": 1}], [{"id": "a", "affected": 1}]]
)
def test_another_file_is_no_list_of_advisories(content: Any) -> None:
    with pytest.raises(advisories.BadFile):
        advisories.records(content)


@pytest.fixture
def home(tmp_path: Path, settings: Any) -> Path:
    settings.ECDEPT_HOME = tmp_path
    everybody()
    return tmp_path


def reported(now: datetime = MONDAY) -> SecurityReport:
    made = security.report(now=now, packages=PACKAGES)
    assert made is not None
    return made


@pytest.mark.clause("C13.7")
def test_once_a_week_what_is_installed_is_compared_and_the_administrator_asked_to_sign(home: Path) -> None:
    (home / feed.FILE).write_text(json.dumps({"vulns": [advisory(versions=["5.2.1"])]}))
    made = reported()
    assert [(row["package"], row["version"], row["id"]) for row in made.found] == [
        ("Django", "5.2.1", "PYSEC-1")
    ]
    assert (made.problem, len(made.file_sha256), made.due_at) == ("", 64, MONDAY + 3 * DAY)
    assert security.report(now=MONDAY + DAY) is None
    assert Notice.objects.filter(kind="accounts.security_report", recipient=person("sun_admin")).exists()
    signature = security.sign(report_id=made.pk, done="已升级", by=person("sun_admin"), now=MONDAY + DAY)
    assert signature.report == made
    assert Deadline.objects.get(rule=security.CLOCK).state == "met"
    assert security.report(now=MONDAY + 7 * DAY, packages=PACKAGES) is not None


@pytest.mark.clause("C13.7")
@pytest.mark.parametrize("content", [None, b"{", b"[[[[", b"\xff\xfe", b'{"vulns": 1}', b"[" * 100_000])
def test_a_file_that_is_missing_or_broken_is_said_to_be(home: Path, content: bytes | None) -> None:
    if content is not None:
        (home / feed.FILE).write_bytes(content)
    made = reported()
    assert (made.found, bool(made.problem)) == ([], True)


@pytest.mark.clause("C13.7")
def test_a_hostile_file_neither_stops_the_record_nor_hides_the_others(home: Path) -> None:
    hostile = advisory(versions=["5.2.1"]) | {"id": "BAD\x00-1", "summary": "a\x00b\ud800"}
    endless = advisory(**events(("introduced", "0"), ("fixed", "9" * 5000))) | {"id": "LONG-1"}
    listed = [hostile, endless, advisory(versions=["5.2.1"])]
    (home / feed.FILE).write_text(json.dumps(listed))
    assert [(row["id"], row["summary"]) for row in reported().found if row["id"] != "LONG-1"] == [
        ("BAD-1", "ab?"),
        ("PYSEC-1", listed[2].get("summary", "")),
    ]
    (home / feed.FILE).write_text(json.dumps([{"id": "\x00\ud800", "affected": 1}]))
    assert security.report(now=MONDAY + 7 * DAY, packages=PACKAGES).problem  # type: ignore[union-attr]


@pytest.mark.clause("C13.7")
def test_what_is_installed_is_read_from_this_environment() -> None:
    assert "Django" in feed.installed()


@pytest.mark.clause("C13.7")
def test_who_does_not_sign(home: Path) -> None:
    made = reported()
    with pytest.raises(Forbidden):
        security.sign(report_id=made.pk, done="x", by=person("li_lei"), now=MONDAY)
    with pytest.raises(Invalid):
        security.sign(report_id=made.pk, done=" ", by=person("sun_admin"), now=MONDAY)
    with pytest.raises(NotFound):
        security.sign(report_id=987654, done="x", by=person("sun_admin"), now=MONDAY)
    security.sign(report_id=made.pk, done="x", by=person("qian_it"), now=MONDAY)
    with pytest.raises(Conflict):
        security.sign(report_id=made.pk, done="x", by=person("sun_admin"), now=MONDAY)


@pytest.mark.clause("C13.7")
def test_the_pages_of_the_record(home: Path) -> None:
    (home / feed.FILE).write_text(json.dumps([advisory(versions=["5.2.1"])]))
    made, admin = reported(), signed_in("sun_admin")
    assert "1" in admin.get("/accounts/security/").content.decode()
    page = admin.get(f"/accounts/security/{made.pk}/").content.decode()
    assert "PYSEC-1" in page
    assert admin.post(f"/accounts/security/{made.pk}/", {"done": ""}).status_code == 422
    assert admin.post(f"/accounts/security/{made.pk}/", {"done": "好"}).status_code == 302
    assert admin.post(f"/accounts/security/{made.pk}/", {"done": "好"}).status_code == 409
    assert admin.get("/accounts/security/987654/").status_code == 404


USERS = "database_users"


def published(text: str = "一人一号。", code: str = USERS, now: datetime = NOW) -> Procedure:
    everybody()
    return procedures.publish(code=code, text=text, by=person("qian_it"), now=now)


@pytest.mark.clause("C13.0")
def test_both_documents_are_written_and_those_concerned_are_asked() -> None:
    assert set(selectors.codes(NOW)) == {USERS, "operating_procedure"}
    published()
    published("先备份后操作。", "operating_procedure")
    told = Notice.objects.filter(kind="accounts.procedure_published")
    assert told.filter(recipient=person("li_lei")).count() == 1
    assert told.filter(recipient=person("sun_admin")).count() == 2


@pytest.mark.clause("C13.0")
def test_a_reading_is_of_one_version_and_a_new_one_is_read_again() -> None:
    first, agent = published(), person("li_lei")
    procedures.acknowledge(procedure_id=first.pk, by=agent, now=NOW)
    procedures.acknowledge(procedure_id=first.pk, by=agent, now=NOW + MINUTE)
    assert ProcedureRead.objects.count() == 1
    second = published("一人一号，不得转借。", now=NOW + DAY)
    assert second.number == 2
    [users, _operating] = selectors.documents(agent, NOW + DAY, names=True)
    assert (users.owed, users.readers) == (True, 0)
    assert agent in users.missing
    with pytest.raises(Conflict):
        procedures.acknowledge(procedure_id=first.pk, by=person("han_meimei"), now=NOW + DAY)


@pytest.mark.clause("C13.0")
def test_who_writes_and_who_reads_them() -> None:
    made = published("先备份。", "operating_procedure")
    with pytest.raises(Forbidden):
        procedures.publish(code=USERS, text="x", by=person("li_lei"), now=NOW)
    with pytest.raises(NotFound):
        procedures.publish(code="else", text="x", by=person("qian_it"), now=NOW)
    with pytest.raises(Invalid):
        procedures.publish(code=USERS, text=" ", by=person("qian_it"), now=NOW)
    with pytest.raises(Conflict):
        procedures.publish(code="operating_procedure", text="先备份。\r\n", by=person("qian_it"), now=NOW)
    with pytest.raises(NotFound):
        procedures.acknowledge(procedure_id=made.pk, by=person("li_lei"), now=NOW)


@pytest.mark.clause("C13.0")
def test_the_pages_of_the_documents() -> None:
    everybody()
    it, agent = signed_in("qian_it"), signed_in("li_lei")
    url = "/accounts/procedures/database_users/"
    assert agent.get(url).status_code == 404
    assert it.post(f"{url}write/", {"text": ""}).status_code == 422
    assert it.post(f"{url}write/", {"text": "一人一号。"}).status_code == 302
    assert it.post(f"{url}write/", {"text": "一人一号。"}).status_code == 409
    assert "一人一号" in agent.get(url).content.decode()
    made = Procedure.objects.get()
    assert agent.post(url, {"version": "x"}).status_code == 404
    assert agent.post(url, {"version": made.pk}).status_code == 302
    assert person("li_lei").number not in it.get("/accounts/procedures/").content.decode()
    assert it.get("/accounts/procedures/nonsense/write/").status_code == 404
