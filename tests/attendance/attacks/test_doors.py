"""Doors without a session: the pushed punch, the web clock behind proxies, the secret addresses; and who decides on his
own request by standing in for somebody."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from standardwebhooks import Webhook

from attendance.models import Leave, Punch, PunchBatch, RosterKey
from attendance.services import sources
from attendance.services.roster import keys
from office.approvals import api as approvals
from office.errors import Refused
from office.staff import api as staff
from tests.attendance.leaves import NOW, THURSDAY, agree, ask, everybody, local, run_of
from tests.attendance.punches.files import clock
from tests.attendance.punches.test_push_and_clock import BODY
from tests.people import person, signed_in

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("minutes", [-60, -6, 6, 60 * 24 * 365])
def test_a_message_that_was_signed_at_another_time_is_not_believed(minutes: int) -> None:
    import json

    secret = sources.renew_secret(source_id=clock().pk, by=person("du_hr"), now=timezone.now())
    raw, at = json.dumps(BODY), timezone.now() + dt.timedelta(minutes=minutes)
    sent: dict[str, Any] = {
        "HTTP_WEBHOOK_ID": "m1",
        "HTTP_WEBHOOK_TIMESTAMP": str(int(at.timestamp())),
        "HTTP_WEBHOOK_SIGNATURE": Webhook(secret).sign("m1", at, raw),
    }
    assert (
        Client().post("/hooks/punches/door", raw, content_type="application/json", **sent).status_code == 401
    )
    sent["HTTP_WEBHOOK_TIMESTAMP"] = str(
        int(timezone.now().timestamp())
    )  # of now, with the signature of then
    assert (
        Client().post("/hooks/punches/door", raw, content_type="application/json", **sent).status_code == 401
    )
    assert not PunchBatch.objects.exists()


@pytest.mark.parametrize(
    ("proxies", "told", "taken"),
    [
        (0, "10.0.0.7", False),  # nobody's word counts but the connection's
        (1, "10.0.0.7", True),
        (1, "10.0.0.7, 8.8.8.8", False),  # the first is what the browser wrote, the last what the proxy saw
        (1, "8.8.8.8, 10.0.0.7", True),
        (1, "", False),
        (1, "unknown", False),
        (2, "10.0.0.7", False),  # one of the two proxies was gone round
        (2, "10.0.0.7, 8.8.8.8, 10.0.0.1", False),
    ],
)
def test_a_browser_does_not_write_its_own_address(
    settings: Any, proxies: int, told: str, taken: bool
) -> None:
    settings.ECDEPT_CLOCK_NETWORKS = ["10.0.0.0/8"]
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    more = {"HTTP_X_FORWARDED_FOR": told} if told else {}
    signed_in("li_lei").post("/attendance/clock/", **more)  # type: ignore[arg-type]
    assert Punch.objects.exists() == taken


def test_one_may_not_come_from_the_proxy_itself(settings: Any) -> None:
    settings.ECDEPT_CLOCK_NETWORKS = ["127.0.0.0/8"]
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 2
    signed_in("li_lei").post("/attendance/clock/", HTTP_X_FORWARDED_FOR="8.8.8.8")
    assert not Punch.objects.exists()


def test_a_secret_address_is_long_kept_as_a_digest_and_opens_one_door_only() -> None:
    secret = keys.make_key(by=person("li_lei"), now=timezone.now())
    person("chen_manager")
    assert len(secret) >= 43
    assert secret not in str(RosterKey.objects.values())
    assert Client().get(f"/attendance/calendar/{secret}.ics").status_code == 200
    assert Client().get(f"/attendance/hotline/{secret}.txt").status_code == 404
    for wrong in (secret[:-1], secret.lower(), secret + "A", "%00", "x" * 3000):
        assert Client().get(f"/attendance/calendar/{wrong}.ics").status_code in (400, 404)
    staff.set_active(employee=person("li_lei"), active=False, by=None, now=timezone.now(), reason="x")
    assert Client().get(f"/attendance/calendar/{secret}.ics").status_code == 404
    of_switch = keys.make_key(by=person("chen_manager"), now=timezone.now(), switch=True)
    assert Client().get(f"/attendance/calendar/{of_switch}.ics").status_code == 404
    keys.revoke_key(by=person("chen_manager"), now=timezone.now(), switch=True)
    assert Client().get(f"/attendance/hotline/{of_switch}.txt").status_code == 404


@pytest.mark.clause("S2b")
def test_nobody_agrees_to_his_own_leave_by_standing_in_for_who_decides() -> None:
    everybody()
    away = ask("jiang_head", first=THURSDAY)
    Leave.objects.filter(pk=away.pk).update(deputy=person("li_lei"), deputy_by=person("jiang_head"))
    agree(away)
    during = local(THURSDAY, "10:00")
    mine = ask("li_lei", first=THURSDAY + dt.timedelta(days=4), now=NOW)
    with pytest.raises(Refused):
        approvals.approve(run_id=run_of(mine).pk, by=person("li_lei"), now=during)
    for who in ("chen_manager", "wang_supervisor"):
        own = ask(who, first=THURSDAY + dt.timedelta(days=5), now=NOW)
        with pytest.raises(Refused):
            approvals.approve(run_id=run_of(own).pk, by=person(who), now=NOW)
