"""Nothing a browser sends makes a 500."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.permissions.table import ROWS
from tests.real_data import DATA

pytestmark = pytest.mark.django_db
Enter = Callable[[str], Client]

PAGES = (
    "/", "/desk/", "/desk/live/", "/imports/", "/shops/", "/figures/", "/figures/rows/", "/retention/",
    "/order-records/", "/rulebook/", "/rulebook/calendar/", "/inbox/", "/deadlines/", "/trail/", "/trail/seals/",
    "/trail/incidents/", "/staff/", "/staff/posts/",
)  # fmt: skip
KEYS = (
    "q", "page", "tab", "shop", "state", "before", "after", "cursor", "from", "to", "start", "end", "period", "verb",
    "actor", "subject", "position", "active", "year", "month", "day", "next", "open", "kind", "number", "book",
)  # fmt: skip
VALUES = (
    "",
    "-1",
    "0",
    "99999999999999999999",
    "1e9",
    "NaN",
    "abc",
    "2026-13-45",
    "0001-01-01",
    "9999-12-31",
    "'",
    "%",
    "\u202e",
    "[]",
)


def naughty() -> list[str]:
    """The big list, or its worst when the data is not at hand."""
    path = DATA / "blns" / "blns.json"
    if path.exists():
        return [text for text in json.loads(path.read_text(encoding="utf-8")) if text]
    return [
        "undefined",
        "' OR 1=1 -- ",
        "<script>alert(1)</script>",
        "\u202etest",
        "ＡＢＣ",
        "👩‍👩‍👧",
        "\ufeff",
        "{{7*7}}",
    ]


@pytest.mark.parametrize("path", PAGES)
def test_no_query_breaks_a_page(path: str, enter: Enter) -> None:
    client = enter("chen_manager")
    broken = [
        f"?{key}={value}"
        for value in VALUES
        for answer, key in [(client.get(path, dict.fromkeys(KEYS, value)), "all")]
        if answer.status_code >= 500
    ]
    broken += [key for key in KEYS if client.get(path, {key: "99999999999999999999"}).status_code >= 500]
    assert broken == []


@pytest.mark.parametrize(
    "path",
    [
        "/staff/%00/",
        "/desk/?q=%00",
        "/staff/?q=a%00b",
        "/rulebook/%00/",
        "/orders/1%00/",
        "/auth/login/?next=%00",
    ],
)
def test_a_nul_in_the_address_is_a_bad_request(path: str, enter: Enter) -> None:
    assert enter("chen_manager").get(path).status_code in {400, 404}


@pytest.mark.parametrize(
    "cookie",
    [
        'sessionid="\\000\\000abcdefgh"',
        "sessionid=" + "x" * 5000,
        "sessionid=😀",
        "csrftoken=;;;=",
        "theme=<script>",
        "a=\\377",
    ],
)
def test_a_malformed_cookie_is_nobody_s_fault(cookie: str) -> None:
    client = Client(raise_request_exception=False)
    answer = client.get("/", headers={"cookie": cookie.encode("utf-8").decode("latin-1")})
    assert answer.status_code in {302, 400}


@pytest.mark.slow
def test_naughty_strings_in_every_field_of_the_staff_pages(enter: Enter, settings: Any) -> None:
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.MD5PasswordHasher"
    ]  # the hash is not what is tested
    client = enter("chen_manager")
    broken = []
    for text in naughty():
        fields = {
            "number": text,
            "name": text,
            "position": "",
            "department": text,
            "phone": text,
            "email": text,
        }
        for path, data in (
            ("/staff/add/", fields),
            ("/auth/login/", {"login": text, "password": text}),
        ):
            if client.post(path, data).status_code >= 500:
                broken.append((path, text))
        if (
            client.get("/staff/", {"q": text, "position": text, "active": text, "page": text}).status_code
            >= 500
        ):
            broken.append(("/staff/", text))
    assert broken == []


@pytest.mark.parametrize(
    "text", ["//evil.example", "\\x", "javascript:1", "\u202e/desk/", "http://[", "/a\r\nSet-Cookie: x=1"]
)
def test_where_to_go_next_is_checked(text: str, enter: Enter) -> None:
    client = enter("chen_manager")
    for path in ("/staff/language/", "/staff/duty/start/"):
        answer = client.post(path, {"language": "en", "next": text})
        assert answer.status_code == 302
        assert answer["Location"] == "/"


def test_numbers_too_long_for_a_key_are_not_found(enter: Enter) -> None:
    client = enter("chen_manager")
    long = "9" * 40
    for path in (f"/staff/{long}/", f"/orders/{long}/", f"/shops/{long}/", f"/imports/{long}/"):
        assert client.get(path).status_code in {403, 404}, path


def test_wrong_methods_and_bodies_break_nothing(enter: Enter) -> None:
    client = enter("chen_manager")
    broken = []
    for row in ROWS:
        if row.args:
            continue
        url = reverse(row.name)
        for answer in (
            client.put(url, b"\xff\xfe", content_type="application/octet-stream"),
            client.post(url, b"not a form", content_type="multipart/form-data; boundary=x"),
            client.post(url, b'{"a":', content_type="application/json"),
        ):
            if answer.status_code >= 500:
                broken.append(row.name)
    assert broken == []


def sent_much(client: Client, path: str, file: int, says: int = 0) -> int:
    """What a form with a file of so many bytes answers, or one that says that it is so large. Its token does not fit:
    that shows only when it has been read."""
    head, tail = (
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n',
        b"\r\n--x--\r\n",
    )
    body = head + b"x" * file + tail
    client.handler.enforce_csrf_checks = True
    client.cookies["csrftoken"] = "a" * 32
    kind = "multipart/form-data; boundary=x"
    length = str(says or len(body))
    return client.generic("POST", path, body, content_type=kind, CONTENT_LENGTH=length).status_code


@pytest.mark.parametrize(
    "path", ["/auth/login/", "/staff/language/", "/desk/search/", "/supplier/nobody/in/"]
)
def test_what_anybody_sends_is_refused_by_its_size_before_it_is_read(path: str) -> None:
    """Else its files lie on the disk before anybody asks who it is."""
    for says in (3_000_000, 1 << 30, 10**17, 10**40):
        assert sent_much(Client(), path, 1, says) == 413
    assert sent_much(Client(), path, 1000) == 403


def test_who_is_signed_in_may_send_what_the_largest_form_takes(enter: Enter) -> None:
    client = enter("li_lei")
    assert sent_much(client, "/desk/search/", 1, 40 << 20) == 413
    assert sent_much(client, "/desk/search/", 3_000_000) == 403
