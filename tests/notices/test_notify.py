"""notify: one line per person, once; who is muted; which message leaves."""

from __future__ import annotations

import threading

import pytest
from django.db import connection
from django.utils import translation

from office.errors import Invalid
from office.notices import api as notices
from office.notices import services, words
from office.notices.models import Mute, Notice, OutboxMessage
from office.subjects import Subject
from tests.notices.cast import NOW, channel, later, tell
from tests.people import person

pytestmark = pytest.mark.django_db


def test_everybody_named_gets_one_line() -> None:
    one, other = person("li_lei"), person("han_meimei")
    assert tell(one, other, one) == 2
    assert notices.unread_count(one.pk) == notices.unread_count(other.pk) == 1


def test_the_same_again_adds_nothing() -> None:
    one = person("li_lei")
    assert [tell(one), tell(one), tell(one, number=2), tell(one, step=1)] == [1, 0, 1, 1]


def test_nobody_and_people_who_left_get_nothing() -> None:
    gone = person("li_lei")
    gone.is_active = False
    gone.save(update_fields=["is_active"])
    assert tell(gone) == 0
    assert tell() == 0


def test_an_unregistered_kind_is_a_mistake() -> None:
    with pytest.raises(LookupError):
        notices.notify(
            "test.typo", recipients=[1], source="test", source_id=1, subject=Subject("order", "1"), now=NOW
        )


def test_the_text_is_made_when_it_is_read_in_local_time_and_survives_missing_params() -> None:
    tell(person("li_lei"))
    assert words.text_of(Notice.objects.get()) == "TM01/0001 moved by 王主管 at 2026-11-23 10:00, –"


def test_an_unknown_kind_of_an_old_row_still_has_words() -> None:
    assert notices.text_of("gone.kind", label="TM01/1", clause="", params={}) == "TM01/1"
    assert notices.title_of("gone.kind") == "gone.kind"
    notices.register_kind("test.rule", title="Late", text="{what}", detail=str.upper)
    assert notices.title_of("test.rule:contact") == "Late · CONTACT"
    assert notices.title_of("test.rule") == "Late"
    assert notices.text_of("test.rule:contact", label="", clause="", params={}) == "CONTACT"
    assert notices.text_of("test.rule", label="", clause="", params={"what": "accept"}) == "ACCEPT"


@pytest.mark.parametrize("value", ["soon", "2026-13-45T00:00:00Z", "2026-11-23T10:00:00", 7, None])
def test_a_param_that_is_no_instant_is_shown_as_it_is(value: object) -> None:
    notices.register_kind("test.at", title="x", text="{seen_at}")
    assert notices.text_of("test.at", label="", clause="", params={"seen_at": value}) == str(value)


def test_muted_kinds_are_kept_uncounted_and_urgent_ones_ignore_it() -> None:
    one = person("li_lei")
    channel("webhook", one)
    services.mute(kind="test.told", by=one, now=NOW)
    services.mute(kind="test.told", by=one, now=NOW)
    tell(one, number=1)
    tell(one, number=2, urgent=True)
    assert notices.unread_count(one.pk) == 1
    assert OutboxMessage.objects.get().notice.source_id == 2
    assert services.unmute(kind="test.told", by=one, now=NOW) is True
    assert services.unmute(kind="test.told", by=one, now=NOW) is False
    tell(one, number=3)
    assert notices.unread_count(one.pk) == 2


@pytest.mark.parametrize("kind", ["deadline.escalated:orders.contact", "deadline.gap", "nonsense", ""])
def test_an_escalation_and_what_nobody_registered_cannot_be_muted(kind: str) -> None:
    with pytest.raises(Invalid):
        services.mute(kind=kind, by=person("li_lei"), now=NOW)
    assert not Mute.objects.exists()


def test_reading_one_subject_or_all_touches_only_ones_own() -> None:
    one, other = person("li_lei"), person("han_meimei")
    for number in (1, 2, 3):
        tell(one, other, number=number)
    mine = Notice.objects.filter(recipient=one)
    first = mine.order_by("id")[0]
    assert services.mark_read(notice_ids=[first.pk], by=other, now=later(1)) == 0
    assert services.mark_read(notice_ids=[first.pk], by=one, now=later(1)) == 1
    assert services.mark_subject_read(subject_type="order", subject_id="2", by=one, now=later(1)) == 1
    newest = mine.order_by("-id")[0]
    tell(one, number=4)
    assert services.mark_all_read(by=one, now=later(2), up_to=newest.pk) == 1
    assert notices.unread_count(one.pk) == 1
    assert services.mark_all_read(by=one, now=later(2)) == 1
    assert notices.unread_count(other.pk) == 3


def test_messages_leave_by_person_by_post_and_by_urgency() -> None:
    one, supervisor = person("li_lei"), person("wang_supervisor")
    own = channel("webhook", one)
    posts = channel("wecom", positions=["service_supervisor"])
    urgent = channel("feishu", one, urgent_only=True)
    tell(one, supervisor, number=1)
    assert set(OutboxMessage.objects.values_list("channel_id", "notice__recipient_id")) == {
        (own.pk, one.pk),
        (posts.pk, supervisor.pk),
    }
    tell(one, number=2, urgent=True)
    assert OutboxMessage.objects.filter(channel=urgent).count() == 1


def test_a_group_robot_says_it_once_and_mail_goes_to_each_with_an_address() -> None:
    one, other, third = person("li_lei"), person("han_meimei"), person("wu_clerk")
    for each, address in ((one, "li@example.com"), (other, "han@example.com")):
        each.email = address
        each.save(update_fields=["email"])
    group = channel("dingtalk", one, other, third)
    mail = channel("email", one, other, third)
    tell(one, other, third)
    assert OutboxMessage.objects.filter(channel=group).count() == 1
    assert set(OutboxMessage.objects.filter(channel=mail).values_list("notice__recipient_id", flat=True)) == {
        one.pk,
        other.pk,
    }


def test_a_channel_that_is_off_gets_nothing() -> None:
    one = person("li_lei")
    off = channel("webhook", one)
    off.enabled = False
    off.save(update_fields=["enabled"])
    tell(one)
    assert not OutboxMessage.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_ten_at_once_add_one_line() -> None:
    one = person("li_lei")
    added: list[int] = []

    def run() -> None:
        try:
            added.append(tell(one))
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sum(added) == 1
    assert Notice.objects.count() == 1


def test_the_words_follow_the_readers_language() -> None:
    notices.register_kind("test.language", title="x", text=translation.gettext_lazy("Chinese"))
    for language, word in (("zh-hans", "中文"), ("en", "Chinese")):
        with translation.override(language):
            assert notices.text_of("test.language", label="", clause="", params={}) in {word, "Chinese"}


def test_a_list_is_kept_as_a_list_and_read_by_the_commas_of_the_readers_language() -> None:
    notices.register_kind("test.several", title="x", text="{names}")
    for language, said in (("zh-hans", "甲、乙"), ("en", "甲, 乙")):
        with translation.override(language):
            assert (
                notices.text_of("test.several", label="", clause="", params={"names": ["甲", "乙"]}) == said
            )
