"""A secret that is searched for everywhere: tables, cache, logs, notices, error reports, files, answers."""

from __future__ import annotations

import base64
import contextlib
import io
import logging
import sys
import zipfile
from pathlib import Path
from typing import Any, cast

import pytest
from django.conf import settings
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.views.debug import ExceptionReporter

from accounts.models import Account
from accounts.services.vault import guessing, proposing, sealing
from office import boxes
from office.approvals.models import Run
from tests.accounts.vault import stage
from tests.accounts.vault.browser import custodian
from tests.accounts.vault.stage import CANARY, PASSPHRASE
from tests.people import person, signed_in

pytestmark = pytest.mark.django_db


def traces(*canaries: str) -> list[bytes]:
    """As text, as bytes print, in the two alphabets of base64 (without the ends, which depend on the neighbours)."""
    found = []
    for text in canaries:
        raw = text.encode()
        found += [raw, raw.hex().encode()]
        for shift in range(3):
            found.append(base64.b64encode(b"x" * shift + raw)[4:-4])
    return found


def in_tables(wanted: list[bytes]) -> list[str]:
    """The tables a row of which, written out whole, holds one of them."""
    found = []
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            for (row,) in cursor.fetchall():
                if any(each in row.encode() for each in wanted):
                    found.append(table)
                    break
    return found


def in_cache(wanted: list[bytes]) -> list[str]:
    import redis

    server = redis.Redis.from_url(settings.REDIS_URL)
    found = []
    for key in server.scan_iter(match="*"):
        if any(each in key + value_of(server, key) for each in wanted):
            found.append(key.decode("utf-8", "replace"))
    return found


def value_of(server: Any, key: bytes) -> bytes:
    """All that lies under a key: the cache keeps strings; the broker lists, hashes, sets and sorted sets."""
    kind = server.type(key)
    if kind == b"string":
        return cast("bytes", server.get(key) or b"")
    if kind == b"list":
        return b"".join(server.lrange(key, 0, -1))
    if kind == b"hash":
        return b"".join(part for pair in server.hgetall(key).items() for part in pair)
    if kind == b"set":
        return b"".join(server.smembers(key))
    return b"".join(server.zrange(key, 0, -1)) if kind == b"zset" else b""


def in_files(wanted: list[bytes], *folders: Path) -> list[str]:
    found = []
    for path in (each for folder in folders if folder.exists() for each in folder.rglob("*")):
        with contextlib.suppress(FileNotFoundError):  # a server's, gone meanwhile
            content = path.read_bytes() if path.is_file() else b""
            if any(each in content for each in wanted):
                found.append(str(path))
    return found


def live(client: Client) -> tuple[Account, list[str]]:
    """A secret from the form to the reveal; every answer but the reveals themselves."""
    answers = []
    sent = {
        "kind": "bank", "name": "网银", "owner": person("qian_it").pk, "custodians": [person("qian_it").pk],
        "field": "password", "secret": CANARY,
    }  # fmt: skip
    answers.append(client.post(reverse("accounts:new"), {**sent, "url": "javascript:x"}).content.decode())
    client.post(reverse("accounts:new"), sent)
    account = Account.objects.get()
    run = Run.objects.get(subject_id=str(account.pk))
    answers.append(signed_in("zhou_general").get(reverse("approvals:run", args=[run.pk])).content.decode())
    stage.decide(run)
    where = reverse("accounts:reveal", args=[stage.secret(account).pk])
    for way in ("shown", "copied"):
        assert CANARY in client.post(where, {"way": way, "reason": "对账"}).content.decode()
    for page in ("accounts:account", "accounts:facts", "accounts:custodians", "accounts:secret"):
        answers.append(client.get(reverse(page, args=[account.pk])).content.decode())
    answers.append(client.get(reverse("notices:inbox")).content.decode())
    general = custodian("zhou_general", opened=False)
    for page in (
        "/trail/",
        reverse("accounts:exports"),
        reverse("accounts:exposed", args=[person("qian_it").pk]),
    ):
        answers.append(general.get(page).content.decode())
    answers.append(exported(signed_in("chen_manager")))
    return account, answers


def exported(client: Client) -> str:
    """The export that counts requests of every kind, unpacked."""
    answer: Any = client.post(reverse("approvals:figures_workbook"), {"days": "28"})
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as packed:
        return " ".join(packed.read(name).decode() for name in packed.namelist())


def test_the_secret_is_nowhere(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    caplog.set_level(logging.DEBUG)
    stage.set_up("qian_it")
    paper = stage.safe()
    client = custodian("qian_it")
    _account, answers = live(client)
    private = stage.opened("qian_it").private
    safe = boxes.key_of_text(paper)
    half = client.cookies["vault"].value
    cookie = base64.urlsafe_b64decode(half)
    wanted = [*traces(CANARY, PASSPHRASE, paper, half)]
    wanted += [form for raw in (private, safe, cookie) for form in (raw, raw.hex().encode())]
    assert in_tables(wanted) == []
    assert in_cache(wanted) == []
    said = caplog.text + "".join(capfd.readouterr())
    assert [each for each in wanted if each in said.encode()] == []
    assert mail.outbox == []
    for answer in answers:
        assert CANARY not in answer
        assert PASSPHRASE not in answer
    assert in_files(wanted, Path(settings.FILES_ROOT), Path(settings.MEDIA_ROOT), tmp_path) == []
    assert cache.get("nothing") is None


def test_the_search_finds_what_is_there() -> None:
    stage.set_up("qian_it")
    cache.set("canary-test", CANARY.encode(), 5)
    assert any("canary-test" in key for key in in_cache(traces(CANARY)))
    cache.delete("canary-test")
    assert "staff_employee" in in_tables([person("qian_it").number.encode()])


def test_an_error_while_sealing_or_opening_reports_no_secret(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    rf: Any,
) -> None:
    stage.set_up("qian_it")
    stage.safe()
    account = stage.account(custodians=("qian_it",), by="qian_it", owner=person("qian_it").pk)
    client = custodian("qian_it")
    client.raise_request_exception = False

    def breaks(*args: object, **kwargs: object) -> None:
        raise RuntimeError("disk")

    monkeypatch.setattr(sealing, "box_up", breaks)
    answer = client.post(
        reverse("accounts:secret", args=[account.pk]), {"field": "password", "secret": "Neu-" + CANARY}
    )
    assert answer.status_code == 500
    assert CANARY not in answer.content.decode() + caplog.text + "".join(capfd.readouterr())
    try:
        proposing.propose_secret(
            account_id=account.pk, secret=stage.password("Neu-" + CANARY), opened=stage.opened("qian_it"),
            by=person("qian_it"), now=stage.now(),
        )  # fmt: skip
    except RuntimeError:
        request = rf.post("/accounts/", {"secret": CANARY})
        request.sensitive_post_parameters = "__ALL__"
        report = ExceptionReporter(request, *sys.exc_info())
        assert CANARY not in report.get_traceback_text() + report.get_traceback_html().replace(
            "stage.password", ""
        )


def test_what_holds_a_secret_does_not_print_it() -> None:
    stage.set_up("qian_it")
    opened = stage.opened("qian_it")
    for each in (stage.password(), opened, boxes.new_pair()):
        assert CANARY not in repr(each)
        assert "private" not in repr(each)
    assert guessing.key_place(1)
