"""Turns that verbs of the desk take seldom: somebody else was first, nothing is due, nothing differs."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import IntegrityError as DatabaseRefusal

from cms.models import Ending, Item, Publication, Redesign, Round, SiteIncident
from cms.services import (
    assets,
    incidents,
    page_review,
    partner,
    publishing,
    redesign,
    rounds,
    watching,
    words,
    writing,
)
from office import crypto
from office.approvals import api as approvals
from office.approvals.models import Run
from office.errors import Conflict, Invalid, NotFound
from tests.cms.sites import MINUTE, NOON, incident, site
from tests.cms.stage import DAY, HOUR, NOW, agree, column, edit, hand_in, on_the_site, said, write
from tests.cms.uploads import asset, proposal
from tests.people import person

pytestmark = pytest.mark.usefixtures("staffed")


def test_an_asset_and_a_proposal_described_as_they_are_record_nothing() -> None:
    made = asset()
    same = assets.describe_asset(
        asset_id=made.pk, title=made.title, tags=made.tags, rights=made.rights, by=person("zheng_designer"), now=NOW
    )  # fmt: skip
    assert same.updated_at == made.updated_at
    drawn = proposal(pictures=False)
    redesign.change_redesign(
        redesign_id=drawn.pk, title=drawn.title, aim=drawn.aim, page=drawn.page, by=person("zheng_designer"),
        now=NOW + DAY,
    )  # fmt: skip
    seen = Redesign.objects.get(pk=drawn.pk).updated_at
    redesign.change_redesign(
        redesign_id=drawn.pk, title=drawn.title, aim=drawn.aim, page=drawn.page, by=person("zheng_designer"),
        now=NOW + 9 * DAY,
    )  # fmt: skip
    assert Redesign.objects.get(pk=drawn.pk).updated_at == seen


def test_another_fault_of_the_database_is_not_taken_for_a_live_incident(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_given: Any, **_more: Any) -> None:
        raise DatabaseRefusal("something else")

    watched = site()
    monkeypatch.setattr("cms.services.incidents.audit.record", fail)
    with pytest.raises(IntegrityError, match="something else"):
        incident(watched=watched)
    assert not SiteIncident.objects.exists()


def test_a_review_is_opened_by_one_at_a_time(django_db_blocker: Any) -> None:
    import psycopg2

    settings = connection.get_connection_params()
    names = {"dbname", "user", "password", "host", "port"}
    other = psycopg2.connect(**{name: value for name, value in settings.items() if name in names})
    try:
        other.cursor().execute("SELECT pg_advisory_lock(hashtext('cms.review'))")
        assert page_review.open_review(now=NOW) is None
    finally:
        other.close()


def test_a_call_of_the_same_minute_counts_from_the_beginning_of_the_incident() -> None:
    found = incident()
    given: dict[str, Any] = {
        "incident_id": found.pk, "partner": partner.partners(NOON)[0], "whom": "周工", "text": "请查看",
        "by": person("wei_webmaster"), "now": NOON + MINUTE,
    }  # fmt: skip
    assert partner.record_call(**given, at=NOON - dt.timedelta(seconds=30)).at == NOON
    again = partner.record_call(**given, at=NOON + dt.timedelta(seconds=30))  # told once already
    found.refresh_from_db()
    assert (again.incident_id, found.told_at) == (found.pk, NOON)


def test_content_without_a_version_is_not_handed_in() -> None:
    item = write()
    Item.objects.filter(pk=item.pk).update(newest=None)
    with pytest.raises(NotFound):
        hand_in(item, "tang_writer")


def test_returned_and_marked_otherwise_it_is_asked_anew_on_its_own_chain() -> None:
    item = write()
    run = hand_in(item, "tang_writer")
    approvals.return_to(run_id=run.pk, by=person("chen_manager"), now=NOW, reason="请补充")
    run.refresh_from_db()
    assert run.state == "returned"
    Item.objects.filter(pk=item.pk).update(copyright=True)
    again = hand_in(item, "tang_writer")
    run.refresh_from_db()
    assert (run.state, again.pk != run.pk, again.flags) == ("withdrawn", True, ["copyright"])


class _Lax:
    """A book that asks product information for nothing."""

    clause = "C4.4"

    def flag(self, _name: str) -> bool:
        return False


def test_a_book_may_ask_product_information_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    item = write("product", source="", source_url="")
    with pytest.raises(Invalid):
        hand_in(item, "lin_editor")
    monkeypatch.setattr("cms.services.publishing.rulebook.parameter_rule", lambda *_given: _Lax())
    publishing._check_product(item, NOW)


def test_a_paper_that_names_no_version_is_no_paper() -> None:
    with pytest.raises(Invalid):
        publishing.check({"item": 1})
    with pytest.raises(Invalid):
        publishing.check({"item": 1, "version": 1, "column": 1})
    with pytest.raises(Invalid):
        publishing.end_check({"publication": "x", "reason": "y"})


def test_what_is_carried_out_is_carried_out_once() -> None:
    item = on_the_site()
    run = Run.objects.exclude(kind="cms.column").get()
    with pytest.raises(IntegrityError), transaction.atomic():
        publishing.put_live(run=run, payload=run.payload, by=None, now=NOW)
    assert Publication.objects.filter(item=item).count() == 1


def test_what_has_ended_meanwhile_does_not_end_again() -> None:
    headline = on_the_site("headline", "lin_editor")
    publication = headline.publications.get()
    publishing.end_item(item_id=headline.pk, reason="换", by=person("lin_editor"), now=NOW + HOUR)
    with pytest.raises(Conflict) as refused:
        publishing.end_apply(
            Run.objects.exclude(kind="cms.column").get(),
            {"publication": publication.pk, "reason": "换"},
            None,
            NOW + HOUR,
        )
    assert (refused.value.code, Ending.objects.count()) == ("ended", 1)


def test_a_schedule_that_never_fell_due_opens_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cms.services.rounds.latest_run", lambda *_given: None)
    rounds.open_due(now=NOON)
    assert not Round.objects.exclude(kind="chat").exists()


def test_a_report_without_a_stale_column_tells_nobody() -> None:
    on_the_site(to=column("news"), now=NOON - MINUTE)
    report = rounds.report_freshness(now=NOON)
    assert report is not None
    assert report.stale == 0


def test_a_site_that_is_not_there_has_no_text_to_approve() -> None:
    with pytest.raises(NotFound):
        watching.approve_text(site_id=987654, digest="x", reason="y", by=person("wei_webmaster"), now=NOON)


def test_a_list_of_words_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "MOST", 2)
    with pytest.raises(Invalid) as refused:
        words._checked("一\n二\n三", "", "block")
    assert refused.value.errors[0]["code"] == "too_many"


@pytest.mark.parametrize(
    ("link", "right"), [("/products/1", True), ("https://[", False), ("//x.test", False)]
)
def test_where_a_click_may_lead(link: str, right: bool) -> None:
    by = person("lin_editor")
    wanted = said("headline", link=link)
    if right:
        assert writing.begin_item(kind="headline", writing=wanted, by=by, now=NOW).newest
        return
    with pytest.raises(Invalid):
        writing.begin_item(kind="headline", writing=wanted, by=by, now=NOW)


def test_an_edit_that_says_the_same_changes_nothing() -> None:
    item = write()
    assert not edit(item, "tang_writer").changed
    agree(hand_in(item, "tang_writer"), "chen_manager")


def test_what_is_sent_about_an_incident_taken_on_and_closed_before_the_mail_went(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = incident("other")
    webmaster = person("wei_webmaster")
    incidents.acknowledge(incident_id=found.pk, by=webmaster, now=NOON + MINUTE)
    desk = partner.save_contact(
        contact_id=None,
        name="值班台",
        phone="",
        email="duty@partner.example",
        active=True,
        by=webmaster,
        now=NOON,
    )
    partner.send_notice(
        incident_id=found.pk, partner=partner.partners(NOON)[0], contact_id=desk.pk, channel_id=None,
        text="请查看", by=webmaster, now=NOON + MINUTE,
    )  # fmt: skip
    incidents.resolve(incident_id=found.pk, resolution="好了", by=webmaster, now=NOON + 2 * MINUTE)
    incidents.close(
        incident_id=found.pk,
        cause="内存",
        effect="",
        prevention="加内存",
        by=webmaster,
        now=NOON + 3 * MINUTE,
    )

    def gone(*_given: Any) -> None:
        raise crypto.Unreadable("gone")

    with monkeypatch.context() as patch:
        patch.setattr("cms.services.partner.senders.send", gone)
        assert partner.send_waiting(now=NOON + 4 * MINUTE) == 0
    assert partner.send_waiting(now=NOON + 60 * MINUTE) == 1
    found.refresh_from_db()
    assert found.state == "closed"
