"""The backup of orders that people can read: C7.4 every week, M5.4 every day at 18:00."""

from __future__ import annotations

import datetime as dt
import io
import json
from pathlib import Path

import openpyxl
import pytest
from django.utils import timezone

from backups import stores
from backups.models import BackupRun, Copy
from backups.services import running
from office.audit.sealing import seal
from office.errors import Conflict
from office.rulebook import api as rulebook
from orders.services.record import back_up_orders
from tests.backups.rows import key
from tests.backups.tools import command
from tests.orders.ledger.arrange import NOW, booked
from tests.people import person

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def _people() -> None:
    for who in ("sun_admin", "wu_clerk"):
        person(who)


def opened(run: BackupRun, private: bytes, tmp_path: Path) -> dict[str, bytes]:
    from office import boxes

    (tmp_path / "k").write_text(boxes.key_text(private))
    file = stores.local_folder() / Copy.objects.get(run=run).name
    command("open_backup", file, to=tmp_path / "out", key_file=tmp_path / "k")
    return {each.name: each.read_bytes() for each in (tmp_path / "out").iterdir()}


@pytest.mark.clause("C7.4")
def test_every_week_the_orders_lie_there_to_be_read_without_their_customers(tmp_path: Path) -> None:
    _key, private = key()
    order = booked()
    seal(now=NOW + DAY)
    now = NOW + 8 * DAY
    assert back_up_orders(by=None, now=now) is not None
    runs = [each for each in running.plan(now=now) if each.kind == "orders"]
    assert [each.clause for each in runs] == ["C7.4"]
    assert not [each for each in running.plan(now=now) if each.kind == "orders"]
    done = running.perform(run=runs[0], now=now)
    assert (done.state, done.error) == ("done", "")
    found = opened(done, private, tmp_path)
    row = json.loads(found["orders.jsonl"])
    assert (row["number"], row["digest"]) == (order.number, bytes(order.digest).hex())
    sheet = openpyxl.load_workbook(io.BytesIO(found["orders.xlsx"])).worksheets[0]
    rows = list(sheet.iter_rows(values_only=True))
    assert len(rows) == 2
    assert rows[1][1] == "TB1001"
    assert "保温杯" in str(rows[1][4])
    assert b"digest" in found["seals.jsonl"]
    assert json.loads(found["manifest"])["counts"] == {"orders": 1}
    whole = b"".join(found.values())
    for secret in ("张三丰", "13812345678", "世纪大道"):
        assert secret.encode() not in whole
        assert secret not in str(rows)


@pytest.mark.clause("M5.4")
def test_in_the_mall_it_is_every_day_at_six(tmp_path: Path) -> None:
    key()
    rulebook.activate_book(code="mall", starts_at=NOW - 30 * DAY, by=None, now=NOW - 31 * DAY)
    booked()
    for day in (1, 2):
        back_up_orders(by=None, now=NOW + day * DAY)
    runs = [each for each in running.plan(now=NOW + 2 * DAY) if each.kind == "orders"]
    assert [each.clause for each in runs] == ["M5.4"]  # the first time only the newest record
    back_up_orders(by=None, now=NOW + 3 * DAY)
    [later] = [each for each in running.plan(now=NOW + 3 * DAY) if each.kind == "orders"]
    assert later.due_at is not None
    assert f"{timezone.localtime(later.due_at):%H:%M}" == "18:00"


def test_who_asks_before_there_is_a_record_is_told() -> None:
    key()
    with pytest.raises(Conflict) as refused:
        running.ask(kind="orders", by=person("sun_admin"), now=NOW)
    assert refused.value.code == "no_record"


def test_a_record_that_cannot_be_read_is_no_backup(tmp_path: Path) -> None:
    from orders.services.record import folder

    key()
    booked()
    record = back_up_orders(by=None, now=NOW + 8 * DAY)
    assert record is not None
    (folder() / record.filename).write_bytes(b"no")
    run = running.ask(kind="orders", by=person("sun_admin"), now=NOW + 8 * DAY)
    running.perform(run=run, now=NOW + 8 * DAY)
    assert run.state == "waiting"
    assert run.error
    assert not list(stores.local_folder().iterdir())


def test_a_period_without_orders_is_a_backup_too(tmp_path: Path) -> None:
    _key, private = key()
    back_up_orders(by=None, now=NOW + 8 * DAY)
    run = running.ask(kind="orders", by=person("sun_admin"), now=NOW + 8 * DAY)
    running.perform(run=run, now=NOW + 8 * DAY)
    assert run.state == "done"
    assert opened(run, private, tmp_path)["orders.jsonl"] == b""
