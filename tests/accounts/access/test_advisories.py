"""IT uploads the file of advisories: looked into at once, kept, on record, and used by the week's report (C13.7)."""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import AdvisoryFile
from accounts.services import advisories, security
from office.audit.models import Entry
from office.errors import Forbidden, Invalid
from office.files import scanning
from office.files.api import FileRefused
from office.notices.models import Notice
from tests.accounts.access.stage import DAY, MINUTE, NOW
from tests.accounts.access.test_records import MONDAY, PACKAGES, advisory
from tests.people import everybody, person, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.clause("C13.7")]
HOLE = json.dumps({"vulns": [advisory(versions=["5.2.1"])]}).encode()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: Any) -> Path:
    settings.ECDEPT_HOME = tmp_path
    everybody()
    return tmp_path


def taken(content: bytes = HOLE, who: str = "sun_admin", now: datetime = NOW) -> AdvisoryFile:
    return advisories.take(content=content, name="osv.json", by=person(who), now=now, packages=PACKAGES)


def test_what_is_uploaded_is_looked_into_at_once_kept_and_told() -> None:
    found = taken()
    assert [row["package"] for row in found.found] == ["Django"]
    assert (found.records, found.file.kept_by, found.by) == (1, person("sun_admin"), person("sun_admin"))
    entry = Entry.objects.get(verb="accounts.take_advisories")
    assert b'"found":1' in bytes(entry.canonical).replace(b" ", b"")
    assert Notice.objects.filter(kind="accounts.advisories", recipient=person("qian_it")).exists()
    assert not Notice.objects.filter(kind="accounts.advisories", recipient=person("sun_admin")).exists()


def test_the_weeks_report_looks_into_the_newest_file_uploaded_or_put_there(home: Path) -> None:
    taken(now=MONDAY - DAY)
    made = security.report(now=MONDAY, packages=PACKAGES)
    assert made is not None
    assert (len(made.found), made.file_sha256, made.file_at) == (
        1, AdvisoryFile.objects.get().file.sha256, MONDAY - DAY,
    )  # fmt: skip
    place = home / advisories.FILE
    place.write_bytes(b"[]")
    os.utime(place, ((MONDAY + DAY).timestamp(),) * 2)
    later = security.report(now=MONDAY + 7 * DAY, packages=PACKAGES)
    assert later is not None
    assert (later.found, later.problem, later.file_at) == ([], "", MONDAY + DAY)
    taken(now=MONDAY + 8 * DAY)
    last = security.report(now=MONDAY + 14 * DAY, packages=PACKAGES)
    assert last is not None
    assert len(last.found) == 1


@pytest.mark.parametrize(
    "content", [b"{", b"\xef\xbb\xbf[1]", b'{"vulns": 1}', b"[" * 100_000, b'[{"id": 1}]', b"\xff\x00"]
)  # fmt: skip
def test_what_is_no_list_of_advisories_is_refused_and_not_kept(content: bytes) -> None:
    with pytest.raises((Invalid, FileRefused)):
        taken(content)
    assert not AdvisoryFile.objects.exists()


def test_who_may_not_and_what_the_scanner_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Forbidden):
        taken(who="li_lei")

    def infected(content: bytes) -> str:
        raise scanning.Infected("Eicar")

    monkeypatch.setattr(scanning, "scan", infected)
    with pytest.raises(FileRefused):
        taken()
    assert not AdvisoryFile.objects.exists()


def test_the_page_takes_it_and_lists_what_it_found() -> None:
    admin, url = signed_in("sun_admin"), "/accounts/security/files/"
    assert admin.post(url).status_code == 422
    bad = admin.post(url, {"file": SimpleUploadedFile("a.json", b"{")})
    assert bad.status_code == 422
    assert "公告" in bad.content.decode()
    sent = admin.post(url, {"file": SimpleUploadedFile("osv.json", HOLE)})
    made = AdvisoryFile.objects.get()
    assert sent["Location"] == f"/accounts/security/files/{made.pk}/"
    page = admin.get(sent["Location"]).content.decode()
    assert made.file.sha256 in page
    assert "osv" in admin.get("/accounts/security/").content.decode()
    kept = admin.get(f"{sent['Location']}content/")
    assert (kept.status_code, kept["X-Content-Type-Options"]) == (200, "nosniff")
    assert kept.getvalue() == HOLE
    assert admin.get(f"{url}987654/").status_code == 404
    assert signed_in("li_lei").post(url, {"file": SimpleUploadedFile("o.json", HOLE)}).status_code == 403


def test_a_file_over_the_limit_is_refused(django_assert_max_num_queries: Any) -> None:
    admin = signed_in("sun_admin")
    big = b"[" + b" " * (advisories.limits(NOW).document + 1) + b"]"
    answer = admin.post("/accounts/security/files/", {"file": SimpleUploadedFile("a.json", big)})
    assert answer.status_code in (413, 422)
    for each in range(12):
        taken(now=NOW + each * MINUTE)
    with django_assert_max_num_queries(14):
        admin.get("/accounts/security/")


def test_under_a_book_of_before_the_reports_are_read_and_nothing_is_sent_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(advisories, "SIZE", "accounts.no_such_rule")
    admin = signed_in("sun_admin")
    page = admin.get("/accounts/security/")
    assert page.status_code == 200
    assert 'name="file"' not in page.content.decode()
