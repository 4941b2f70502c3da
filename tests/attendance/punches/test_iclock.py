"""A ZKTeco time clock that pushes: let in by address, serial number and network; its punches taken once."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from attendance.models import Punch, PunchBatch, RejectedPunch, Terminal
from attendance.services import sources, terminals
from office.errors import Conflict, Forbidden, Invalid, NotFound
from tests.attendance.punches.files import clock
from tests.people import person, signed_in

pytestmark = pytest.mark.django_db
SERIAL = "CQZ7230961348"


@pytest.fixture
def token() -> str:
    return register()


def register(**more: Any) -> str:
    given: dict[str, Any] = {
        "source_id": clock().pk,
        "serial": SERIAL,
        "networks": ["127.0.0.0/8"],
        "zone": 8,
        "by": person("du_hr"),
        "now": timezone.now(),
    }
    return terminals.register_terminal(**given | more)


def ask(token: str, what: str = "cdata", **query: str) -> Any:
    return Client().get(f"/hooks/iclock/{token}/iclock/{what}", {"SN": SERIAL, **query})


def push(token: str, body: str | bytes, **query: str) -> Any:
    given = {"SN": SERIAL, "table": "ATTLOG", "Stamp": "9999", **query}
    raw = body.encode() if isinstance(body, str) else body
    where = f"/hooks/iclock/{token}/iclock/cdata"
    return Client().post(where, raw, content_type="text/plain", query_params=given)


def line(who: str = "A001", at: str = "2026-11-04 08:25:00", state: str = "0") -> str:
    return f"{who}\t{at}\t{state}\t1\t0\t0\n"


def told(answer: Any) -> dict[str, str]:
    return dict(row.split("=", 1) for row in answer.content.decode().splitlines()[1:])


def test_the_device_is_told_how_to_behave(token: str) -> None:
    answer = ask(token, options="all", pushver="2.4.1")
    assert answer.content.decode().startswith(f"GET OPTION FROM: {SERIAL}\n")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["Date"]
    said = told(answer)
    assert (said["ATTLOGStamp"], said["TimeZone"], said["Realtime"]) == ("None", "8", "1")
    assert said["TransFlag"] == "TransData AttLog", "no fingerprints, faces or pictures"
    found = Terminal.objects.get()
    assert (found.firmware, found.seen_from) == ("2.4.1", "127.0.0.1")
    for what in ("getrequest", "getrequest.aspx", "ping"):
        assert ask(token, what).content == b"OK"


def test_records_are_punches_and_the_same_again_is_none(token: str) -> None:
    person("li_lei")
    body = line() + line(at="2026-11-04 18:31:07", state="1")
    assert push(token, body).content == b"OK: 2"
    assert push(token, body).content == b"OK: 2"
    rows = list(Punch.objects.order_by("at"))
    assert [(row.direction, row.device, row.via) for row in rows] == [
        ("in", SERIAL, "push"), ("out", SERIAL, "push"),
    ]  # fmt: skip
    assert timezone.localtime(rows[0].at).hour == 8
    batch = PunchBatch.objects.get()
    assert (batch.inserted, batch.duplicates, batch.rejected, batch.rows_read) == (2, 2, 0, 4)
    assert told(ask(token))["ATTLOGStamp"] == "9999"


def test_what_cannot_be_taken_is_kept_once_and_the_device_goes_on(token: str) -> None:
    person("li_lei")
    body = (
        line()
        + line("Z9")
        + "A001\t2026-13-45 08:00:00\t0\n"
        + "\x00\xff garbage\n"
        + line(at="2031-01-01 08:00:00")
    )
    for _time in range(2):
        assert push(token, body.encode("latin-1")).content == b"OK: 5"
    assert Punch.objects.count() == 1
    kept = list(RejectedPunch.objects.values_list("code", flat=True))
    assert kept == ["not_a_time", "broken_line", "future", "unknown_person"]
    taken = sources.name_number(
        source_id=clock().pk, number="Z9", employee_id=person("han_meimei").pk, by=person("du_hr"),
        now=timezone.now(),
    )  # fmt: skip
    assert taken == 1
    assert Punch.objects.get(employee=person("han_meimei")).via == "push"


def test_old_firmware_writes_blanks_and_another_zone_is_another_instant() -> None:
    person("li_lei")
    token = register(zone=9)
    assert push(token, "A001 2026-11-04 08:25:00 0 1\r\n").content == b"OK: 1"
    assert timezone.localtime(Punch.objects.get().at).hour == 7


def test_other_tables_are_thrown_away_unread(token: str) -> None:
    for table in ("OPERLOG", "ATTPHOTO", "BIODATA", "options", ""):
        assert push(token, "FP PIN=1\tFID=0\tTMP=xxxx\n", table=table).content == b"OK"
    assert Client().post(f"/hooks/iclock/{token}/iclock/devicecmd?SN={SERIAL}", b"ID=1&Return=0",
                         content_type="text/plain").content == b"OK"  # fmt: skip
    assert push(token, "").content == b"OK: 0"
    assert not PunchBatch.objects.exists()


def test_address_serial_and_network_must_fit_together(token: str) -> None:
    person("li_lei")
    assert push("nobody", line()).status_code == 401
    assert push(token, line(), SN="OTHER123").status_code == 401
    assert Terminal.objects.get().refused_for == "serial"
    Terminal.objects.update(networks=["10.0.0.0/8"])
    for answer in (push(token, line()), ask(token), ask(token, "getrequest")):
        assert (answer.status_code, answer.content) == (401, b"ERROR")
    found = Terminal.objects.get()
    assert (found.refused_for, found.refused_from) == ("network", "127.0.0.1")
    assert not Punch.objects.exists()
    again = register()
    assert ask(token).status_code == 401, "a new address ends the old one"
    assert ask(again).status_code == 200
    sources.change_source(
        source_id=clock().pk, name="x", own_numbers=True, active=False, forget_mapping=False, by=person("du_hr"),
        now=timezone.now(),
    )  # fmt: skip
    assert ask(again).status_code == 401


@pytest.mark.parametrize(("minutes", "said"), [(5, "快"), (-10, "慢"), (0, "准确"), (-600, "")])
def test_the_page_says_how_the_devices_clock_is(token: str, minutes: int, said: str) -> None:
    person("li_lei")
    at = timezone.localtime() + dt.timedelta(minutes=minutes)
    push(token, line(at=f"{at:%Y-%m-%d %H:%M:%S}"))
    page = signed_in("du_hr").get(reverse("attendance:source", args=[clock().pk])).content.decode()
    assert ("设备时钟" in page) == bool(said)
    assert said in page


@pytest.mark.parametrize(
    "wrong",
    [
        {"serial": "a b"}, {"serial": ""}, {"networks": ["x"]}, {"networks": []}, {"networks": ["1.2.3.4"] * 9},
        {"zone": 15},
    ],
)  # fmt: skip
def test_what_cannot_be_registered(wrong: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        register(**wrong)
    assert not Terminal.objects.exists()


def test_who_may_register_and_what_is_there_once(token: str) -> None:
    with pytest.raises(Forbidden):
        register(by=person("li_lei"))
    with pytest.raises(NotFound):
        register(source_id=987654)
    with pytest.raises(Conflict):
        register(source_id=clock("gate").pk)
    with pytest.raises(NotFound):
        terminals.remove_terminal(source_id=clock("gate").pk, by=person("du_hr"), now=timezone.now())
    terminals.remove_terminal(source_id=clock().pk, by=person("du_hr"), now=timezone.now())
    assert ask(token).status_code == 401


def test_it_is_registered_on_the_page_of_its_source() -> None:
    browser, where = signed_in("du_hr"), reverse("attendance:source_terminal", args=[clock().pk])
    data = {"serial": SERIAL, "networks": "127.0.0.1/32 10.0.0.0/8", "zone": "8"}
    page = browser.post(where, data)
    assert page.headers["Cache-Control"] == "no-store"
    path = page.content.decode().split("/hooks/iclock/")[1].split("<")[0]
    assert ask(path).status_code == 200
    refused = browser.post(where, data | {"networks": "everywhere"})
    assert refused.status_code == 422
    assert "everywhere" in refused.content.decode()
    assert browser.post(where, {"act": "remove"}).status_code == 302
    assert not Terminal.objects.exists()


def test_what_the_device_says_of_its_place_is_kept_only_where_it_is_one(token: str) -> None:
    assert push(token, "", Stamp="1700000000").status_code == 200
    assert Terminal.objects.get().stamp == "1700000000"
    assert push(token, line(who="Z9") + line(who="Z8"), Stamp="none; DROP").status_code == 200
    found = Terminal.objects.get()
    assert (found.stamp, found.ahead_at) == ("1700000000", None)


def test_blank_networks_are_none_and_an_unknown_address_is_not_let_in() -> None:
    token = register(networks=["", " 127.0.0.0/8 ", "127.0.0.1/8"])
    assert Terminal.objects.get().networks == ["127.0.0.0/8"]
    for address in (None, "", "unknown", "10.0.0.1"):
        assert terminals.let_in(token=token, serial=SERIAL, address=address, now=timezone.now()) is None
    assert (
        terminals.let_in(token=token, serial=SERIAL, address="::ffff:127.0.0.1", now=timezone.now())
        is not None
    )
