"""No form of the site-content desk, and no message to the board, answers a naughty string with a 500."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from django.urls import reverse

from cms.models import BoardMessage
from cms.services import board
from tests.cms.messages import message
from tests.cms.sites import incident, site
from tests.cms.stage import NOW, column, write
from tests.naughty import fill_in, strings
from tests.people import signed_in

pytestmark = pytest.mark.usefixtures("staffed")
PAGES = {
    "new": "tang_writer", "item": "tang_writer", "edit": "tang_writer", "columns": "chen_manager",
    "new_column": "chen_manager", "words": "chen_manager", "new_word_list": "chen_manager",
    "asset_new": "zheng_designer",
    "redesign_new": "zheng_designer", "take_down": "wei_webmaster", "watched_new": "wei_webmaster",
    "watched": "wei_webmaster", "watched_edit": "wei_webmaster", "incident_new": "lin_editor",
    "incident": "wei_webmaster", "contacts": "wei_webmaster", "message": "li_lei", "senders": "wei_webmaster",
}  # fmt: skip


@pytest.mark.parametrize(("name", "who"), PAGES.items())
def test_no_form_breaks(name: str, who: str) -> None:
    column()
    keys: dict[str, object] = {}
    if name in ("item", "edit", "take_down"):
        keys[name] = write().pk
    elif name == "new":
        keys[name] = "news"
    elif name in ("watched", "watched_edit"):
        keys[name] = site().pk
    elif name == "incident":
        keys[name] = incident().pk
    elif name == "message":
        keys[name] = message().pk
    path = reverse(f"cms:{name}", args=[keys[name]] if name in keys else [])
    assert fill_in(signed_in(who), path, start=40 * list(PAGES).index(name)) == []


def test_no_form_of_the_public_board_breaks() -> None:
    assert fill_in(Client(), reverse("board:ask"), 12) == []


def test_a_message_may_say_anything() -> None:
    said = "\n".join(strings())[:1000]
    fields = json.loads(json.dumps({"phone": "13800138000", "text": said, "name": "\ud800", "topic": "\x00"}))
    board.receive(fields=fields, sender=None, now=NOW)
    assert (
        signed_in("li_lei").get(reverse("cms:message", args=[BoardMessage.objects.get().pk])).status_code
        == 200
    )
