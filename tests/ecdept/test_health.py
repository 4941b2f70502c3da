"""The doors for machines."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from ecdept.observability import views
from office.deadlines.models import SweepTick


@pytest.mark.django_db
def test_alive_asks_the_database_nothing(client: Client, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.django_db
def test_ready_needs_a_recent_tick_of_the_beat(client: Client) -> None:
    SweepTick.objects.all().delete()
    assert client.get("/readyz").json() == {
        "status": "down",
        "database": "ok",
        "broker": "ok",
        "beat": "down",
    }
    SweepTick.objects.create(name="sweep", last_at=timezone.now() - timedelta(minutes=5))
    assert client.get("/readyz").status_code == 503
    SweepTick.objects.update(last_at=timezone.now())
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")


@pytest.mark.django_db
def test_ready_names_a_lost_broker(client: Client, settings: Any) -> None:
    settings.REDIS_URL = "unix:///nowhere/valkey.sock"
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["broker"]) == (503, "down")


@pytest.mark.django_db
def test_ready_names_a_lost_database_and_alive_does_not_care(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    SweepTick.objects.create(name="sweep", last_at=timezone.now())

    class Lost:
        def cursor(self) -> None:
            raise OperationalError("the database is starting up")

        def close(self) -> None:
            pass

    monkeypatch.setattr(views, "connection", Lost())
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"status": "down", "database": "down", "broker": "ok", "beat": "down"}
    assert client.get("/healthz").status_code == 200


@pytest.mark.django_db
def test_metrics_want_the_token(client: Client, settings: Any) -> None:
    settings.METRICS_TOKEN = "t" * 20
    assert client.get("/metrics").status_code == 403
    assert client.get("/metrics", headers={"authorization": "Bearer wrong"}).status_code == 403
    answer = client.get("/metrics", headers={"authorization": f"Bearer {'t' * 20}"})
    assert answer.status_code == 200
    assert b"django_http_requests" in answer.content
    settings.METRICS_TOKEN = ""
    assert client.get("/metrics", headers={"authorization": "Bearer "}).status_code == 404


@pytest.mark.django_db
def test_only_reading_is_allowed(client: Client) -> None:
    for path in ("/healthz", "/readyz", "/metrics"):
        assert client.post(path).status_code == 405
