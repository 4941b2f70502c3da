"""The description of the API, and whatever can be made from it sent to the API."""

from __future__ import annotations

import json
from typing import Any

import jsonschema_rs
import pytest
import schemathesis
import time_machine
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings

from ecdept.api import api
from orders.services.shops import add_shop, set_shop_secret
from tests.orders.hooks.samples import API_SECRET, NOW, api_order, standard_headers

SCHEMA = api.get_openapi_schema(path_prefix="/api/v1/")


def test_the_description_is_served_and_names_every_answer() -> None:
    answer = Client().get("/api/v1/openapi.json")
    assert answer.status_code == 200
    post = answer.json()["paths"]["/api/v1/orders"]["post"]
    assert set(post["responses"]) == {"200", "201", "400", "401", "408", "409", "411", "413", "422", "503"}
    assert {parameter["name"] for parameter in post["parameters"]} == {
        "webhook-id",
        "webhook-timestamp",
        "webhook-signature",
    }


def test_the_description_needs_nothing_from_elsewhere() -> None:
    assert "$ref" not in json.dumps(SCHEMA["paths"]["/api/v1/orders"]["post"]["requestBody"])
    assert Client().get("/api/v1/docs").status_code == 404


def test_the_sample_fits_its_own_description() -> None:
    body = SCHEMA["paths"]["/api/v1/orders"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    jsonschema_rs.validate(body, api_order())


described = schemathesis.openapi.from_dict(json.loads(json.dumps(SCHEMA)))


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@time_machine.travel(NOW, tick=False)
def test_whatever_the_description_allows_or_forbids_gets_a_described_answer() -> None:
    shop = add_shop(code="API01", name="x", platform="api", by=None, now=NOW)
    set_shop_secret(shop_id=shop.pk, secret=API_SECRET, by=None, now=NOW)
    operation = described["/api/v1/orders"]["POST"]
    seen: set[int] = set()
    strategy = operation.as_strategy() | operation.as_strategy(
        generation_mode=schemathesis.GenerationMode.NEGATIVE
    )

    @settings(
        max_examples=120,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy)
    def run(case: Any) -> None:
        check(case.body)

    def check(body: Any) -> None:
        if isinstance(body, dict):
            body = {**body, "shop": "API01"}
        try:
            raw = json.dumps(body).encode()
        except (TypeError, ValueError):
            raw = repr(body).encode()
        headers = standard_headers(raw, message_id=f"m{abs(hash(raw))}")
        answer = Client().post("/api/v1/orders", raw, content_type="application/json", headers=headers)
        seen.add(answer.status_code)
        assert answer.status_code in (200, 201, 409, 422), answer.content
        said = answer.json()
        if answer.status_code == 422:
            assert said["errors"]
            assert all(set(error) == {"path", "code", "message"} for error in said["errors"])
        else:
            assert isinstance(said["id"], int)

    check(api_order())  # chance alone rarely makes an order that can be booked
    run()
    assert seen >= {201, 422}
