"""A secret that is searched for in a whole home, with everything in it that a year of work leaves there: the database
written out plainly, what cache and broker hold, logs, seals, backups of every kind and what is inside them, files."""

from __future__ import annotations

import logging
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from django.conf import settings as django_settings
from django.core.cache import cache
from django.utils import timezone

from backups import programs, stores
from backups.container import Reader
from backups.services import drilling, erasures, keys, running, upgrading
from office import boxes
from office.audit.sealing import seal
from orders.services.record import back_up_orders
from tests.accounts.vault import stage, test_canary
from tests.accounts.vault.browser import custodian
from tests.accounts.vault.stage import PASSPHRASE
from tests.backups.tools import command
from tests.orders.ledger.arrange import booked

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.clause("C8.2")]


@pytest.fixture
def canary(monkeypatch: pytest.MonkeyPatch) -> str:
    """Told from those of other tests that use the same servers."""
    word = f"Kanarienvogel-{secrets.token_hex(6)}-Tief"
    monkeypatch.setattr(test_canary, "CANARY", word)
    return word


@pytest.fixture
def home(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home of its own."""
    made = tmp_path / "home"
    made.mkdir()
    settings.ECDEPT_HOME, settings.ECDEPT_BACKUP_DIR = made, made / "backups"
    settings.FILES_ROOT, settings.MEDIA_ROOT = made / "files", made / "media"
    monkeypatch.setattr(drilling, "drill", lambda _dumped: drilling.Found())
    yield made
    cache.delete("backups.list")


def year_of_work(home: Path) -> bytes:
    """Whatever writes under the home has written; answers the private key of the backups, which is elsewhere."""
    now = timezone.now()
    booked()
    seal(now=now)
    back_up_orders(by=None, now=now)
    sha256 = "ab" * 32
    (home / "files" / "ab" / "ab").mkdir(parents=True)
    (home / "files" / "ab" / "ab" / sha256).write_bytes(b"a file")
    upgrading.dump(now=now)
    _key, text = keys.make_key(now=now)
    for kind in ("database", "orders"):
        run = running.perform(run=running.ask(kind=kind, by=None, now=now), now=now)
        assert (run.state, run.error) == ("done", "")
    erasures.publish(now=now)
    upgrading.dump(now=now)
    (home / "key.txt").write_text(text)
    opened = home / "opened"
    for path in stores.local_folder().glob("*.ecbak"):
        own = upgrading.own_key_of(Reader(path))
        file = home / upgrading.KEY if own is not None else home / "key.txt"
        command("open_backup", path, to=opened / path.name, key_file=file)
    (home / "key.txt").unlink()
    (home / "database.sql").write_bytes(
        b"".join(programs.read("pg_dump", ["--format=plain", "--inserts"], programs.owner()))
    )
    server = redis.Redis.from_url(django_settings.REDIS_URL)
    (home / "broker.dump").write_bytes(
        b"\n".join(key + b" " + test_canary.value_of(server, key) for key in server.scan_iter(match="*"))
    )
    return boxes.key_of_text(text)


def test_the_secret_is_nowhere_under_the_home(
    home: Path, canary: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    stage.set_up("qian_it")
    paper = stage.safe()
    test_canary.live(custodian("qian_it"))
    private, safe = stage.opened("qian_it").private, boxes.key_of_text(paper)
    backup = year_of_work(home)
    (home / "log").mkdir()
    (home / "log" / "web.log").write_text(caplog.text + "".join(capfd.readouterr()))
    wanted = [
        *test_canary.traces(canary, PASSPHRASE, paper, boxes.key_text(backup)),
        *(form for raw in (private, safe, backup) for form in (raw, raw.hex().encode())),
    ]
    there = {str(each.relative_to(home)) for each in home.rglob("*") if each.is_file()}
    assert {"database.sql", "broker.dump", "log/web.log", "seals.log", "erasures.log", "upgrade.key"} <= there
    for beginning in (
        "backups/database-",
        "backups/orders-",
        "backups/before-migrate-",
        "order-records/",
        "files/",
    ):
        assert [each for each in there if each.startswith(beginning)]
    assert b"accounts_sealed" in (home / "database.sql").read_bytes()
    assert test_canary.in_files(wanted, home) == []
    # The servers' own folder too: their logs, and the pages and the journal of the database as they lie on the disk.
    raw = [canary.encode(), paper.encode(), private, safe, backup]
    assert test_canary.in_files(raw, Path(os.environ["ECDEPT_HOME"])) == []


def test_the_search_of_a_home_finds_what_is_there(home: Path, canary: str) -> None:
    (home / "log").mkdir()
    (home / "log" / "deep.log").write_bytes(b"x" * 5000 + test_canary.traces(canary)[2] + b"y")
    assert test_canary.in_files(test_canary.traces(canary), home) == [str(home / "log" / "deep.log")]
