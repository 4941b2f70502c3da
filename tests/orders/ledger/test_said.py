"""Notices, the trail and figures name an order as people do: by its shop's name."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.utils import timezone

from office.notices.models import Notice
from office.subjects import subject_said
from orders import subjects
from orders.services.shops import add_shop
from tests.orders.desk.arrange import order
from tests.people import person, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _names() -> Iterator[None]:
    subjects.forget_names()
    yield
    subjects.forget_names()


def test_an_order_is_called_by_its_shops_name() -> None:
    add_shop(code="TM07", name="天猫旗舰店", platform="taobao", by=None, now=timezone.now())
    add_shop(code="API01", name="API01", platform="api", by=None, now=timezone.now())
    assert subject_said("order", "TM07/88/a") == "天猫旗舰店 88/a"
    assert subject_said("order", "API01/88") == "API01/88"
    assert subject_said("order", "GONE/88") == "GONE/88"
    assert subject_said("order", "") == ""
    assert subject_said("batch", "TM07/88") == "TM07/88"


def test_pages_say_it() -> None:
    now = timezone.now()
    shop = add_shop(code="TM07", name="天猫旗舰店", platform="taobao", by=None, now=now)
    progress = order(at=now, in_shop=shop, number="88")
    boss = person("chen_manager")
    Notice.objects.create(
        recipient=boss, kind="orders.conflict", source="x", source_id=1, subject_type="order",
        subject_id=str(progress.pk), label="TM07/88", params={}, created_at=now,
    )  # fmt: skip
    client = signed_in("chen_manager")
    inbox = client.get("/inbox/").content.decode()
    assert "天猫旗舰店 88" in inbox
    assert "TM07/88" not in inbox
    trail = client.get("/trail/?subject=TM07/88").content.decode()
    assert ">天猫旗舰店 88</a>" in trail
