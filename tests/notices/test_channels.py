"""The verbs of channels."""

from __future__ import annotations

import base64

import pytest

from office import crypto
from office.audit.models import Entry
from office.errors import Invalid, NotFound
from office.notices import channels
from office.notices.models import Channel, Subscription
from tests.notices.cast import channel, later
from tests.notices.receiver import listening
from tests.people import person

pytestmark = pytest.mark.django_db
URL = "https://oapi.example.com/robot/send?access_token=abcdef"


def change(found: Channel, **more: object) -> Channel:
    values: dict = {
        "name": found.name,
        "config": {},
        "urgent_only": False,
        "positions": [],
        "people": [],
    } | more
    return channels.change_channel(channel_id=found.pk, by=None, now=later(1), **values)


def test_settings_are_sealed_and_never_in_the_trail() -> None:
    made = channel("dingtalk", config={"url": URL, "secret": "SEC1"})
    assert b"abcdef" not in bytes(made.sealed_config)
    assert channels.config_of(made) == {"url": URL, "secret": "SEC1"}
    assert not any(b"abcdef" in bytes(entry.canonical) for entry in Entry.objects.all())


def test_blank_settings_are_kept_and_new_ones_replace_their_like() -> None:
    made = channel("dingtalk", config={"url": URL, "secret": "SEC1"})
    assert channels.config_of(change(made, name="other")) == {"url": URL, "secret": "SEC1"}
    assert channels.config_of(change(made, config={"secret": "SEC2"})) == {"url": URL, "secret": "SEC2"}


def test_settings_whose_key_is_gone_can_be_typed_anew() -> None:
    made = channel("wecom", config={"url": URL})
    Channel.objects.filter(pk=made.pk).update(sealed_config=b"garbage")
    assert channels.config_of(change(made, config={"url": URL})) == {"url": URL}


def test_subscriptions_become_what_is_asked() -> None:
    one, other = person("li_lei"), person("han_meimei")
    made = channel("wecom", one, positions=["service_agent", "service_supervisor"])
    kept = Subscription.objects.get(position="service_supervisor").pk
    change(made, positions=["service_supervisor", "department_manager"], people=[other.pk])
    found = set(made.subscriptions.values_list("position", "employee_id"))
    assert found == {("service_supervisor", None), ("department_manager", None), ("", other.pk)}
    assert Subscription.objects.get(position="service_supervisor").pk == kept


def test_a_name_is_taken_once() -> None:
    first = channel("wecom", name="desk")
    with pytest.raises(Invalid):
        channel("feishu", name="desk")
    second = channel("feishu", name="other")
    with pytest.raises(Invalid):
        change(second, name=first.name)


def test_what_is_not_there_is_not_found() -> None:
    with pytest.raises(NotFound):
        channels.set_enabled(channel_id=1, enabled=True, by=None, now=later(1))
    with pytest.raises(NotFound):
        channels.send_test(channel_id=1, by=person("sun_admin"), now=later(1))


def test_every_act_is_in_the_trail_and_doing_it_twice_is_not() -> None:
    made = channel("wecom")
    for enabled in (False, False, True):
        channels.set_enabled(channel_id=made.pk, enabled=enabled, by=person("sun_admin"), now=later(1))
    change(made)
    verbs = list(Entry.objects.filter(subject_type="channel").order_by("id").values_list("verb", flat=True))
    assert verbs == [
        "notices.channel_create",
        "notices.channel_off",
        "notices.channel_on",
        "notices.channel_change",
    ]


def test_a_test_message_says_what_the_other_side_answered() -> None:
    administrator = person("sun_admin")
    with listening() as receiver:
        made = channel("wecom", config={"url": receiver.url})
        assert channels.send_test(channel_id=made.pk, by=administrator, now=later(1)) == ""
        receiver.answer(200, {"errcode": 93000, "errmsg": "invalid webhook url"})
        assert "93000" in channels.send_test(channel_id=made.pk, by=administrator, now=later(2))
    Channel.objects.filter(pk=made.pk).update(sealed_config=b"garbage")
    assert channels.send_test(channel_id=made.pk, by=administrator, now=later(3)) != ""
    assert Entry.objects.filter(verb="notices.channel_test").count() == 3


def test_a_key_rotation_reseals_every_channel(settings: pytest.FixtureRequest) -> None:
    old = channel("wecom", config={"url": URL})
    assert channels.reseal(10) == 0
    newer = "k2:" + base64.b64encode(b"n" * 32).decode()
    settings.ECDEPT_KEYS = f"{newer},{settings.ECDEPT_KEYS}"  # type: ignore[attr-defined]
    channel("feishu", config={"url": URL})
    assert channels.reseal(10) == 1
    assert channels.reseal(10) == 0
    old.refresh_from_db()
    assert crypto.app_key_id(old.sealed_config) == "k2"
    assert channels.config_of(old) == {"url": URL}
