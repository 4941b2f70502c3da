"""Every address of the desk with numbers that no row has, words that nobody meant, fields full of naughty strings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, reverse

from contracts import door_urls, urls
from tests.contracts import world
from tests.contracts.complaints import stories
from tests.contracts.door import crossing
from tests.contracts.money import stage
from tests.naughty import OWN, strings
from tests.people import everybody, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site")]
NUMBERS = (2**63, 0)
WORDS = ("x", "2026-13", "0000-00", "²", "NaN", "a" * 300, "2026-05")
KEYS = (
    "x",
    "issue",
    "return",
    "ship",
    "decide",
    "word",
    "charge",
    "hand-in",
    "finish",
    "change",
    "sign",
    "contact",
)
HERE = Path(urls.__file__).resolve().parents[1]


def asked(method: str) -> list[str]:
    """The names that views and forms of the desk read out of a request."""
    found: set[str] = set()
    for path in [*HERE.glob("views/**/*.py"), *HERE.glob("forms/*.py")]:
        text = path.read_text(encoding="utf-8")
        found |= set(re.findall(rf'request\.{method}\.get(?:list)?\("(\w+)"', text))
        if method == "POST":
            found |= set(re.findall(r"^    (\w+) = forms\.", text, re.MULTILINE))
    return sorted(found)


GET, POST = asked("GET"), asked("POST")
SENDS = cycle((True, False, False))


def patterns(module: Any) -> list[tuple[str, dict[str, str]]]:
    rows = []
    for each in module.urlpatterns:
        if isinstance(each, URLPattern) and each.name:
            kinds = {name: type(kind).__name__ for name, kind in each.pattern.converters.items()}
            rows.append((each.name, kinds))
    return rows


def addresses(space: str, module: Any, token: str = "") -> Iterator[str]:
    words, keys = cycle(WORDS), cycle(KEYS)
    for name, kinds in patterns(module):
        for number in NUMBERS if len(kinds) > bool(token) else (1,):
            given: dict[str, Any] = {}
            for part, kind in kinds.items():
                if part == "token":
                    given[part] = token
                elif kind == "IntConverter":
                    given[part] = number
                else:
                    given[part] = next(keys) if kind == "SlugConverter" else next(words)
            try:
                yield reverse(f"{space}:{name}", kwargs=given)
            except NoReverseMatch:
                continue


def broken(client: Client, path: str, supply: Iterator[str]) -> list[str]:
    client.raise_request_exception = False
    wrong = []
    query = {name: next(supply) for name in GET}
    answer = client.get(path, query)
    if answer.status_code >= 500:
        wrong.append(f"GET {path} {answer.status_code} {query}")
    sent: dict[str, Any] = {name: next(supply) for name in POST}
    if next(SENDS):
        content = next(supply).encode("utf-8", "replace")
        sent["file"] = SimpleUploadedFile(f"x{next(supply)[:80]}x", content)
    answer = client.post(path, sent)
    if answer.status_code >= 500:
        wrong.append(f"POST {path} {answer.status_code} {sent}")
    return wrong


def test_no_address_of_the_office_breaks() -> None:
    everybody()
    supply = cycle([*OWN, *islice(strings(), 200)])
    clients = [
        signed_in(who) for who in ("chen_manager", "luo_buyer", "song_inspector", "li_lei", "xu_warehouse")
    ]
    wrong = []
    for n, path in enumerate(addresses("contracts", urls)):
        wrong += broken(clients[n % len(clients)], path, supply)
    assert wrong == []


def test_no_act_on_a_paper_that_is_there_breaks() -> None:
    everybody()
    order = stage.order()
    payment = stage.agreed(stage.deposit(order))
    complaint = stories.decided()
    stage.claim(order.supplier, "30.00")
    supply = cycle([*OWN, *islice(strings(), 120)])
    assert order.version is not None
    rows = {
        "order_act": order.pk, "order_accept": order.pk, "order_inspect": order.pk, "complaint_act": complaint.pk,
        "supplier_act": order.supplier_id, "contact": order.contact_id, "account_ask": order.supplier_id,
        "payment_record": payment.pk, "payment_drop": payment.pk, "door_links": order.supplier_id,
        "breach_new": order.supplier_id, "consent_new": order.supplier_id, "credit_note": order.supplier_id,
        "sample_act": order.lines.get().sample_id, "contract_act": order.version.contract_id,
    }  # fmt: skip
    acts = {
        "order_act": (
            "return", "first_ours", "first_theirs", "first_refuse", "report", "ship", "place", "delay", "claim",
            "design", "cancel", "end",
        ),
        "sample_act": ("sign", "refuse", "photo", "give_up"),
        "complaint_act": ("decide", "word", "charge", "withdraw"),
        "supplier_act": ("edit", "contact", "certificate"),
        "contract_act": ("sign", "run_out", "end"),
    }  # fmt: skip
    client, wrong = signed_in("chen_manager"), []
    for name, pk in rows.items():
        for key in acts.get(name, ("",)):
            args = [pk, key] if key else [pk]
            wrong += broken(client, reverse(f"contracts:{name}", args=args), supply)
    assert wrong == []


def test_no_address_of_the_door_breaks() -> None:
    order = stage.order()
    visitor = crossing.inside(crossing.send(world.contact(order.supplier, name="小何", now=crossing.now())))
    supply = cycle([*OWN, *islice(strings(), 200)])
    wrong = []
    for path in addresses("door", door_urls, visitor.token):
        if path.endswith("/out/"):
            continue
        wrong += broken(visitor.client, path, supply)
    for key in ("return", "first-sample", "start", "report", "ship"):
        wrong += broken(visitor.client, visitor.at("order_act", order.pk, key), supply)
    assert wrong == []
