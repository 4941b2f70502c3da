"""ClamAV is asked when it is configured; when it does not answer, nothing is taken."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from django.utils import timezone

from office.audit.models import Incident
from office.files import api as files
from office.files.models import StoredFile
from tests.files.samples import EICAR, LIMITS, clamd
from tests.people import person

pytestmark = pytest.mark.django_db


def keep(content: bytes) -> StoredFile:
    return files.keep_file(
        content=content, name="说明.txt", by=person("zheng_designer"), now=timezone.now(), limits=LIMITS
    )


def test_nobody_is_asked_where_none_is_configured() -> None:
    assert keep(b"plain words").scanned_by == ""


def test_what_the_scanner_finds_clean_is_kept_with_its_name(settings: Any) -> None:
    with clamd() as url:
        settings.CLAMD_URL = url
        assert keep(b"plain words" * 20_000).scanned_by == "clamd"


def test_what_it_calls_a_virus_is_refused_and_an_incident(settings: Any) -> None:
    with clamd() as url:
        settings.CLAMD_URL = url
        with pytest.raises(files.FileRefused) as refused:
            keep(b"see: " + EICAR)
    assert (refused.value.code, refused.value.params["signature"]) == ("virus", "Eicar-Signature")
    assert "Eicar-Signature" in str(refused.value.message)
    assert not StoredFile.objects.exists()
    assert Incident.objects.filter(kind="virus").count() == 1


@pytest.mark.parametrize(
    "answer", [b"", b"INSTREAM size limit exceeded. ERROR\0", b"\xff\xfe\0", b"stream: OK"[:3]]
)
def test_an_answer_that_says_nothing_takes_nothing(answer: bytes, settings: Any) -> None:
    with clamd(answer) as url:
        settings.CLAMD_URL = url
        with pytest.raises(files.FileRefused) as refused:
            keep(b"plain words")
    assert refused.value.code == "no_scanner"
    assert not StoredFile.objects.exists()


def test_no_answer_takes_nothing(settings: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    for url in (f"tcp://127.0.0.1:{port}", "unix:///nowhere/clamd.ctl", "http://127.0.0.1", "clamd"):
        settings.CLAMD_URL = url
        with pytest.raises(files.FileRefused) as refused:
            keep(b"plain words")
        assert refused.value.code == "no_scanner"
