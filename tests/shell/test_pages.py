"""Every page opens in both languages and speaks one language only."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from ecdept.embedded.messages import compile_messages
from orders.intake.incoming import IncomingCustomer, IncomingLine, IncomingOrder
from orders.models import Order
from orders.services.booking import book_orders
from orders.services.shops import get_or_create_shop
from tests.people import CAST, person
from tests.permissions.table import ROWS, Row
from tests.permissions.test_matrix import World, address

pytestmark = pytest.mark.django_db
Enter = Callable[[str], Client]

GETS = [row for row in ROWS if row.method == "GET"]
INVISIBLE = re.compile(
    r"<(script|style|svg|template|head|code|kbd)\b.*?</\1>|<!--.*?-->", re.DOTALL | re.IGNORECASE
)
ATTRIBUTES = re.compile(r"\b(?:title|aria-label|placeholder|alt|data-confirm[\w-]*)=\"([^\"]*)\"")
TAGS = re.compile(r"<[^>]+>")
CHINESE = re.compile(r"[\u4e00-\u9fff]+")
ENGLISH = re.compile(r"\b[A-Za-z][a-z]+(?: [a-z']+){2,}")
#: Data, and names of languages.
NAMES = [name for _number, name, _post in CAST.values()]
#: Headers and file formats that stay what the shops call them, and the partner companies of the rulebook.
SAID_IN_CHINESE = {"中文", "订单详情", "紫文科技有限公司", "铭万公司", "珠海旗云科技"}
DATA = sorted(
    {"王芳", "王", "沙发", "甲方", *SAID_IN_CHINESE, *NAMES, *(name[0] for name in NAMES)},
    key=len,
    reverse=True,
)


@pytest.fixture(scope="module", autouse=True)
def _catalogue() -> None:
    compile_messages()


@pytest.fixture
def world(db: None) -> World:
    now = timezone.now()
    shop = get_or_create_shop(code="TM01", by=None, now=now)
    line = IncomingLine("K1", "沙发", Decimal(1), Decimal(100), Decimal(100))
    book_orders(
        shop=shop,
        orders=[IncomingOrder("8812", (line,), IncomingCustomer("王芳", "13800000000"))],
        source="api",
        by=None,
        now=now,
    )
    order = Order.objects.get(number="8812")
    return {
        "order": order.pk,
        "shop": shop.pk,
        "customer": order.customer_key_id,
        "agent": person("li_lei").pk,
        "stranger": person("zheng_designer").pk,
    }


def visible(page: str) -> str:
    page = INVISIBLE.sub(" ", page)
    text = TAGS.sub(" ", page) + " " + " ".join(ATTRIBUTES.findall(page))
    return html.unescape(text)


def who_may(row: Row) -> str:
    for who in ("chen_manager", "sun_admin", "wu_clerk"):
        if who in row.let_in:
            return who
    raise AssertionError(row.name)


@pytest.mark.parametrize("row", GETS, ids=[row.name for row in GETS])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_page_speaks_one_language(row: Row, language: str, world: World, enter: Enter) -> None:
    client = enter(who_may(row))
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    answer = client.get(address(row.name, row.args, world))
    assert answer.status_code in {200, 204, 302, 404}
    if answer.status_code != 200 or "text/html" not in answer["Content-Type"]:
        return
    text = visible(answer.content.decode())
    for word in DATA:
        text = text.replace(word, " ")
    if row.name == "rulebook:calendar":
        return  # the names of Chinese holidays
    leftovers = CHINESE.findall(text) if language == "en" else ENGLISH.findall(text)
    assert leftovers == []


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("path", ["/auth/login/", "/nowhere/", "/auth/inactive/"])
def test_a_visitor_s_page_speaks_one_language(path: str, language: str) -> None:
    client = Client()
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    text = visible(client.get(path).content.decode()).replace("中文", "").replace("English", "")
    assert (CHINESE.findall(text) if language == "en" else ENGLISH.findall(text)) == []


def test_dark_and_light_are_the_server_s_from_the_first_byte() -> None:
    client = Client()
    client.cookies["theme"] = "dark"
    assert 'data-theme="dark"' in client.get("/auth/login/").content.decode()
    client.cookies["theme"] = '"><script>'
    assert "data-theme" not in client.get("/auth/login/").content.decode()


def test_pages_carry_a_policy_without_inline_code() -> None:
    policy = Client().get("/auth/login/")["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
