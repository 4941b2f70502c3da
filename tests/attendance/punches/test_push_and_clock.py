"""The signed door for devices, and clocking in on the web."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone
from standardwebhooks import Webhook

from attendance.models import Punch, PunchBatch
from attendance.services import clocking, sources
from office.errors import Conflict
from tests.attendance.punches.files import clock
from tests.attendance.shifts import AFTER, punch
from tests.people import person, signed_in

pytestmark = pytest.mark.django_db


def push(secret: str, body: Any, *, message_id: str = "m1", code: str = "door", **headers: str) -> Any:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    now = timezone.now()
    signature = Webhook(secret).sign(message_id, now, raw.decode(errors="replace"))
    sent: dict[str, Any] = {
        "HTTP_WEBHOOK_ID": message_id,
        "HTTP_WEBHOOK_TIMESTAMP": str(int(now.timestamp())),
        "HTTP_WEBHOOK_SIGNATURE": signature,
        **headers,
    }
    return Client().post(f"/hooks/punches/{code}", raw, content_type="application/json", **sent)


@pytest.fixture
def secret() -> str:
    return sources.renew_secret(source_id=clock().pk, by=person("du_hr"), now=timezone.now())


BODY = {"punches": [{"user": "A001", "at": "2026-11-04T08:25:00+08:00", "direction": "in", "device": "gate"}]}


def test_a_signed_message_is_taken_once(secret: str) -> None:
    person("li_lei")
    first, second = push(secret, BODY), push(secret, BODY)
    assert (first.status_code, first.json()["inserted"]) == (201, 1)
    assert (second.status_code, second.json()["status"], second.json()["inserted"]) == (200, "duplicate", 1)
    assert Punch.objects.get().via == "push"
    assert push(secret, BODY, message_id="m2").json()["duplicates"] == 1


def test_the_same_id_with_another_body_is_refused(secret: str) -> None:
    push(secret, BODY)
    assert push(secret, {"punches": BODY["punches"] * 2}).status_code == 409
    assert PunchBatch.objects.count() == 1


def test_nothing_unsigned_is_believed(secret: str) -> None:
    other = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
    assert push(other, BODY).status_code == 401
    assert push(secret, BODY, code="nobody").status_code == 401
    assert push(secret, BODY, HTTP_WEBHOOK_SIGNATURE="v1,x").status_code == 401
    clock("silent")
    assert push(other, BODY, code="silent").status_code == 401, "a source without a secret opens to nobody"
    assert not PunchBatch.objects.exists()


def test_the_secret_before_counts_for_a_day(secret: str) -> None:
    newer = sources.renew_secret(source_id=clock().pk, by=person("du_hr"), now=timezone.now())
    assert push(secret, BODY).status_code == 201
    assert push(newer, BODY, message_id="m2").status_code == 201


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"punches": []}', b'{"punches": 3}', b"\xff\x00"])
def test_a_body_that_cannot_be_read_is_told_so(secret: str, body: bytes) -> None:
    if body == b"\xff\x00":
        assert push(secret, body).status_code == 401  # what was signed is another text
    else:
        assert push(secret, body).status_code == 422


def test_rows_that_cannot_be_taken_are_kept(secret: str) -> None:
    person("li_lei")
    rows = [
        *BODY["punches"],
        7,
        {"user": "A001"},
        {"user": "x" * 99, "at": "2026-11-04"},
        {"user": "Z9", "at": "2026-11-04 08:00"},
    ]
    assert push(secret, {"punches": rows}).json() | {"batch": 0} == {
        "batch": 0, "status": "taken", "inserted": 1, "duplicates": 0, "rejected": 4,
    }  # fmt: skip
    codes = list(PunchBatch.objects.get().refused.values_list("code", flat=True))
    assert sorted(codes) == ["not_an_object", "number_too_long", "time_missing", "unknown_person"]


def test_one_may_clock_in_from_the_office_network(settings: Any) -> None:
    settings.ECDEPT_CLOCK_NETWORKS = ["127.0.0.0/8"]
    signed_in("li_lei").post("/attendance/clock/")
    assert Punch.objects.get().via == "web"


@pytest.mark.parametrize(
    ("networks", "address", "code"),
    [
        ([], "127.0.0.1", "not_set_up"),
        (["10.0.0.0/8"], "127.0.0.1", "not_here"),
        (["10.0.0.0/8"], None, "not_here"),
        (["10.0.0.0/8"], "not an address", "not_here"),
    ],
)
def test_elsewhere_it_is_refused_with_the_reason(
    settings: Any, networks: list[str], address: str | None, code: str
) -> None:
    settings.ECDEPT_CLOCK_NETWORKS = networks
    with pytest.raises(clocking.NotHere) as refused:
        clocking.clock(by=person("li_lei"), address=address, now=AFTER)
    assert refused.value.code == code
    assert not Punch.objects.exists()


def test_an_address_of_a_proxy_is_not_taken_on_a_strangers_word(settings: Any) -> None:
    settings.ECDEPT_CLOCK_NETWORKS = ["10.0.0.0/8"]
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 0
    signed_in("li_lei").post("/attendance/clock/", headers={"X-Forwarded-For": "10.1.2.3"})
    assert not Punch.objects.exists()
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    signed_in("li_lei").post("/attendance/clock/", headers={"X-Forwarded-For": "8.8.8.8, 10.1.2.3"})
    assert Punch.objects.count() == 1


def test_twice_in_a_second_is_once(settings: Any) -> None:
    settings.ECDEPT_CLOCK_NETWORKS = ["::ffff:127.0.0.1/128", "127.0.0.1/32"]
    clocking.clock(by=person("li_lei"), address="::ffff:127.0.0.1", now=AFTER)
    with pytest.raises(Conflict):
        clocking.clock(by=person("li_lei"), address="127.0.0.1", now=AFTER)


@pytest.mark.clause("C13.5")
@pytest.mark.parametrize(
    "act",
    [
        "UPDATE attendance_punch SET at = now()",
        "DELETE FROM attendance_punch",
        "SELECT set_config('attendance.erasing', 'on', true); DELETE FROM attendance_punch",
        "TRUNCATE attendance_punch CASCADE",
        "SELECT attendance_erase_punches(now(), 10)",
    ],
)
def test_the_database_refuses_to_edit_a_punch(act: str) -> None:
    punch(person("li_lei"), "08:25")
    with pytest.raises(DatabaseError), transaction.atomic():
        connection.cursor().execute(act)
    assert Punch.objects.count() == 1


def test_the_button_stands_on_my_day_where_it_can_be_used(settings: Any) -> None:
    settings.ECDEPT_CLOCK_NETWORKS = ["127.0.0.0/8"]
    browser = signed_in("li_lei")
    assert "/attendance/clock/" in browser.get("/").content.decode()
    assert browser.post("/attendance/clock/", {"back": "home"})["Location"] == "/"
    settings.ECDEPT_CLOCK_NETWORKS = ["10.0.0.0/8"]
    assert "/attendance/clock/" not in browser.get("/").content.decode()
    assert "办公网络" in browser.get("/attendance/me/").content.decode()
