"""The inbox and the channel pages, through the whole stack."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from django.test import Client

from office.notices import api as notices
from office.notices import selectors
from office.notices.models import Channel, Notice, OutboxMessage
from tests.notices.cast import channel, tell
from tests.notices.receiver import listening
from tests.people import person, signed_in

pytestmark = pytest.mark.django_db


def test_the_inbox_groups_by_subject_and_shows_only_ones_own() -> None:
    one = person("li_lei")
    tell(one, number=1)
    tell(one, number=1, step=1, urgent=True)
    tell(one, number=2)
    tell(person("han_meimei"), number=3)
    answer = signed_in("li_lei").get("/inbox/")
    assert answer.status_code == 200
    page = answer.context["page"]
    assert [(group.label, len(group.lines), group.urgent) for group in page.groups] == [
        ("TM01/0002", 1, False),
        ("TM01/0001", 2, True),
    ]
    assert "TM01/0003" not in answer.content.decode()


def test_filters_and_keys_page_through_everything_once() -> None:
    one = person("li_lei")
    for number in range(120):
        tell(one, number=number, urgent=number % 40 == 0)
    client, seen, before = signed_in("li_lei"), [], ""
    for _page in range(3):
        answer = client.get(f"/inbox/?view=all{before}")
        page = answer.context["page"]
        seen += [group.label for group in page.groups]
        before = f"&before={page.next_before}"
    assert page.next_before is None
    assert len(seen) == len(set(seen)) == 120
    assert len(client.get("/inbox/?view=urgent").context["page"].groups) == 3


@pytest.mark.parametrize("before", ["x", "-1", "9" * 30, "²", "1' OR 1=1"])
def test_an_odd_key_is_the_first_page(before: str) -> None:
    one = person("li_lei")
    tell(one)
    assert signed_in("li_lei").get("/inbox/", {"before": before, "view": "<b>"}).status_code == 200


def test_read_all_read_and_the_count_in_the_frame() -> None:
    one = person("li_lei")
    for number in (1, 2, 3):
        tell(one, number=number)
    client = signed_in("li_lei")
    assert ">3<" in client.get("/inbox/unread/").content.decode()
    client.post("/inbox/read/", {"type": "order", "id": "2"})
    assert notices.unread_count(one.pk) == 2
    newest = Notice.objects.latest("id")
    tell(one, number=4)
    assert (
        client.post("/inbox/read-all/", {"up_to": newest.pk, "view": "all"})
        .headers["Location"]
        .endswith("view=all")
    )
    assert notices.unread_count(one.pk) == 1
    client.post("/inbox/read-all/")
    assert " hidden" in client.get("/inbox/unread/").content.decode()


def test_one_cannot_read_for_another() -> None:
    one = person("li_lei")
    tell(one)
    signed_in("han_meimei").post("/inbox/read/", {"type": "order", "id": "1"})
    signed_in("han_meimei").post("/inbox/read-all/")
    assert notices.unread_count(one.pk) == 1


@pytest.mark.parametrize(
    "value", ["\x00", "x" * 5000, "", "\ud800".encode("utf-8", "surrogatepass").decode("latin-1")]
)
def test_odd_keys_change_nothing(value: str) -> None:
    client = signed_in("li_lei")
    assert client.post("/inbox/read/", {"type": value, "id": value}).status_code == 302
    assert client.post("/inbox/mute/", {"kind": value}).status_code == 422


def test_mute_and_hear_again() -> None:
    one = person("li_lei")
    client = signed_in("li_lei")
    tell(one)
    assert selectors.inbox(one).groups[0].muteable == "test.told"
    client.post("/inbox/mute/", {"kind": "test.told", "view": "all"})
    assert selectors.muted_kinds(one) == [("test.told", "Told")]
    client.post("/inbox/mute/", {"kind": "test.told", "off": "1"})
    assert selectors.muted_kinds(one) == []


@pytest.mark.parametrize(
    "path",
    [
        "/inbox/",
        "/inbox/unread/",
        "/inbox/channels/",
        "/inbox/channels/new/",
        "/inbox/outbox/",
        "/deadlines/",
    ],
)
def test_a_visitor_is_asked_to_sign_in(path: str) -> None:
    answer = Client().get(path)
    assert (answer.status_code, "next=" in answer.headers["Location"]) == (302, True)


@pytest.mark.parametrize(
    "path", ["/inbox/channels/", "/inbox/channels/new/", "/inbox/outbox/", "/deadlines/"]
)
def test_an_agent_may_not_see_the_engines(path: str) -> None:
    assert signed_in("li_lei").get(path).status_code == 403


def form(**more: Any) -> dict[str, Any]:
    return {"name": "Desk group", "kind": "wecom", "url": "https://qyapi.example.com/?key=k"} | more


def test_it_makes_changes_tests_and_switches_a_channel() -> None:
    client = signed_in("sun_admin")
    answer = client.post("/inbox/channels/new/", form(positions=["service_supervisor"], urgent_only="on"))
    made = Channel.objects.get()
    assert answer.headers["Location"] == f"/inbox/channels/{made.pk}/"
    shown = client.get(f"/inbox/channels/{made.pk}/")
    assert shown.status_code == 200
    assert "key=k" not in shown.content.decode()
    client.post(f"/inbox/channels/{made.pk}/", {"name": "Renamed"})
    made.refresh_from_db()
    assert (made.name, made.urgent_only, made.subscriptions.count()) == ("Renamed", False, 0)
    with listening() as receiver:
        client.post(f"/inbox/channels/{made.pk}/", {"name": "Renamed", "url": receiver.url})
        client.post(f"/inbox/channels/{made.pk}/test/")
        assert len(receiver.requests) == 1
        receiver.answer(500)
        assert "HTTP 500" in client.post(f"/inbox/channels/{made.pk}/test/", follow=True).content.decode()
    client.post(f"/inbox/channels/{made.pk}/enabled/", {"on": "0"})
    assert Channel.objects.filter(enabled=False).exists()
    client.post(f"/inbox/channels/{made.pk}/enabled/", {"on": "1"})
    assert Channel.objects.filter(enabled=True).exists()
    assert "Renamed" in client.get("/inbox/channels/").content.decode()


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "x" * 61},
        {"name": "a\x00b"},
        {"kind": "fax"},
        {"url": ""},
        {"url": "ftp://x"},
        {"url": "https://"},
        {"url": "http://[::bad"},
        {"url": "https://x y"},
        {"kind": "webhook", "secret": "*"},
        {"positions": ["king"]},
        {"people": ["x"]},
    ],
)
def test_a_wrong_form_comes_back_with_what_was_typed(wrong: dict[str, Any]) -> None:
    answer = signed_in("sun_admin").post("/inbox/channels/new/", form(**wrong))
    assert answer.status_code == 422
    assert not Channel.objects.exists()
    assert answer.context["form"].errors


def test_a_taken_name_comes_back() -> None:
    channel("wecom", name="Desk group")
    other = channel("feishu", name="Other")
    client = signed_in("sun_admin")
    assert client.post("/inbox/channels/new/", form()).status_code == 422
    assert client.post(f"/inbox/channels/{other.pk}/", {"name": "Desk group"}).status_code == 422


def test_mail_and_webhook_need_what_they_need() -> None:
    client = signed_in("sun_admin")
    secret = "whsec_" + base64.b64encode(b"k" * 24).decode()
    assert client.post("/inbox/channels/new/", form(name="Mail", kind="email", url="")).status_code == 302
    assert (
        client.post("/inbox/channels/new/", form(name="Hook", kind="webhook", secret=secret)).status_code
        == 302
    )


def test_the_outbox_lists_by_state_and_sends_again() -> None:
    one = person("li_lei")
    found = channel("wecom", one, config={"url": "http://127.0.0.1:1/"})
    for number in range(3):
        tell(one, number=number)
    client = signed_in("sun_admin")
    for state, count in (("waiting", 3), ("dead", 0), ("sent", 0), ("nonsense", 0)):
        assert len(client.get("/inbox/outbox/", {"state": state}).context["rows"]) == count
    OutboxMessage.objects.update(state="dead", attempts=10, last_error="HTTP 500")
    assert "HTTP 500" in client.get("/inbox/outbox/").content.decode()
    first = OutboxMessage.objects.order_by("id")[0]
    client.post(f"/inbox/outbox/{first.pk}/retry/")
    assert OutboxMessage.objects.filter(state="waiting").count() == 1
    assert client.post(f"/inbox/outbox/{first.pk}/retry/").status_code == 409
    client.post(f"/inbox/channels/{found.pk}/retry/")
    assert not OutboxMessage.objects.filter(state="dead").exists()
    assert client.post("/inbox/outbox/999999/retry/").status_code == 404
    assert client.get("/inbox/channels/999999999999999999999/").status_code == 404


def test_the_outbox_pages_by_key() -> None:
    one = person("li_lei")
    channel("wecom", one)
    for number in range(selectors.PAGE + 5):
        tell(one, number=number)
    client = signed_in("sun_admin")
    first = client.get("/inbox/outbox/", {"state": "waiting"})
    assert len(first.context["rows"]) == selectors.PAGE
    second = client.get("/inbox/outbox/" + first.context["next_url"])
    assert (len(second.context["rows"]), second.context["next_url"]) == (5, "")
