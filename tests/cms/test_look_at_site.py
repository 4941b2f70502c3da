"""What a look at a site opens, settles and remembers (W2). No network here: tests/cms/test_look_over_network.py."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from cms.models import Baseline, Probe, Publication, SiteIncident, WatchedSite
from cms.rules import incidents as rules
from cms.services import incidents, watching
from office.audit.models import Entry
from office.deadlines import api as deadlines
from office.errors import Conflict, Forbidden, Invalid, NotFound
from tests.cms.sites import MINUTE, NOON, away, keep, live, look, site
from tests.cms.stage import column, everybody, on_the_site
from tests.people import person

pytestmark = pytest.mark.django_db
LIMITS = rules.Limits(failures=3, slow_ms=3000, certificate=dt.timedelta(days=21))
SOON, LATER = NOON + dt.timedelta(days=20), NOON + dt.timedelta(days=22)


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (look(), {"down": False, "abnormal": False}),
        (away(), {"down": True}),
        (away(error="dns"), {"down": True}),
        (look(status=503), {"down": True}),
        (look(status=404), {"down": False, "abnormal": True}),
        (look(ms=3001), {"down": False, "abnormal": True}),
        (look(ms=3000), {"down": False, "abnormal": False}),
        (look(missing=True), {"down": False, "abnormal": True}),
        (away(error="private"), {"down": False, "abnormal": True}),
        (away(error="not_listed"), {"down": False, "abnormal": True}),
        (away(error="certificate"), {"certificate": True}),
        (look(certificate_ends=SOON), {"down": False, "abnormal": False, "certificate": True}),
        (look(certificate_ends=LATER), {"down": False, "abnormal": False, "certificate": False}),
    ],
)
def test_what_a_look_shows(seen: rules.Look, expected: dict[str, bool]) -> None:
    assert rules.judge(seen, approved="", limits=LIMITS) == expected


def test_a_text_is_judged_only_against_an_approved_one() -> None:
    seen = look(text="甲")
    assert rules.judge(seen, approved=look(text="乙").fingerprint, limits=LIMITS)["content"]
    assert not rules.judge(seen, approved=seen.fingerprint, limits=LIMITS)["content"]


@pytest.mark.clause("W2")
def test_the_third_failure_in_a_row_opens_an_incident_and_only_one() -> None:
    watched = site()
    for minutes in (0, 5):
        keep(watched, away(minutes))
    assert live(watched) == set()
    for minutes in (10, 15):
        keep(watched, away(minutes))
    found = SiteIncident.objects.get()
    assert (found.kind, found.opened_by, found.opened_at) == ("down", None, NOON + 10 * MINUTE)
    assert str(found.headline)
    assert found.facts == {"error": "timeout"}


def test_one_good_look_between_begins_the_count_anew() -> None:
    watched = site()
    for seen in (away(0), away(5), look(10), away(15), away(20)):
        keep(watched, seen)
    assert live(watched) == set()


@pytest.mark.clause("W2")
def test_well_again_settles_it_by_itself_and_the_post_mortem_stays_due() -> None:
    watched = site()
    for seen in (away(0), away(5), away(10), look(15)):
        keep(watched, seen)
    found = SiteIncident.objects.get()
    assert (found.state, found.by_itself, found.resolved_by) == ("resolved", True, None)
    assert deadlines.running(found.subject, "cms.post_mortem") is not None
    assert deadlines.running(found.subject, "cms.report_incident") is None
    for minutes in (20, 25, 30):
        keep(watched, away(minutes))
    assert SiteIncident.objects.filter(kind="down").count() == 2


def test_an_incident_that_a_person_opened_is_settled_by_a_person() -> None:
    watched = site()
    opened = incidents.report_incident(
        site_id=watched.pk, kind="down", title="打不开", detail="", by=person("lin_editor"), now=NOON
    )
    keep(watched, look(5))
    opened.refresh_from_db()
    assert opened.state == "open"


def test_a_certificate_about_to_end_is_an_incident_at_the_first_sight() -> None:
    watched = site()
    keep(watched, look(certificate_ends=SOON))
    assert live(watched) == {"certificate"}
    keep(watched, look(5, certificate_ends=NOON + dt.timedelta(days=400)))
    assert live(watched) == set()


@pytest.mark.clause("C6.3", "C6.1")
def test_a_text_that_changed_without_an_approval_is_an_incident() -> None:
    watched = site()
    keep(watched, look(0))
    watched.refresh_from_db()
    approve(watched, "开站时的首页")
    for minutes in (5, 10, 15):
        keep(watched, look(minutes, text="澳门新葡京"))
    assert live(watched) == {"content"}
    keep(watched, look(20))
    assert live(watched) == set()


def approve(watched: WatchedSite, reason: str, minutes: float = 1) -> Baseline:
    watched.refresh_from_db()
    return watching.approve_text(
        site_id=watched.pk, digest=watched.seen_digest, reason=reason, by=person("wei_webmaster"),
        now=NOON + minutes * MINUTE,
    )  # fmt: skip


def test_approving_what_stands_there_moves_the_baseline_and_settles_the_incident() -> None:
    watched = site()
    keep(watched, look(0))
    approve(watched, "开站时的首页")
    for minutes in (5, 10, 15):
        keep(watched, look(minutes, text="双十二 专题"))
    approve(watched, "双十二专题，陈经理口头同意", 20)
    found = SiteIncident.objects.get()
    assert (found.state, found.resolution) == ("resolved", "双十二专题，陈经理口头同意")
    keep(watched, look(25, text="双十二 专题"))
    assert live(watched) == set()


def test_another_text_than_the_one_that_was_read_is_not_approved() -> None:
    watched = site()
    keep(watched, look(0))
    read = look(0).fingerprint
    keep(watched, look(5, text="又变了"))
    with pytest.raises(Conflict) as refused:
        watching.approve_text(
            site_id=watched.pk, digest=read, reason="x", by=person("wei_webmaster"), now=NOON
        )
    assert refused.value.code == "changed"


@pytest.mark.parametrize(("who", "kind"), [("lin_editor", Forbidden), ("wei_webmaster", Invalid)])
def test_only_the_webmaster_approves_and_says_why(who: str, kind: type[Exception]) -> None:
    watched = site()
    keep(watched, look(0))
    with pytest.raises(kind):
        watching.approve_text(
            site_id=watched.pk, digest=look(0).fingerprint, reason=" ", by=person(who), now=NOON
        )


def test_a_host_that_is_not_listed_is_nobodys_fault() -> None:
    watched = site()
    for _time in range(4):
        keep(watched, None)
    watched.refresh_from_db()
    assert (watched.last_error, watched.last_well, live(watched)) == ("not_listed", None, set())
    assert not Probe.objects.exists()


def test_a_site_that_is_not_watched_keeps_nothing() -> None:
    watched = site(active=False)
    keep(watched, away())
    assert not Probe.objects.exists()
    assert watching.claim_due(now=NOON + 60 * MINUTE) == []


@pytest.mark.clause("W2")
def test_a_due_site_is_claimed_once_until_the_books_next_time() -> None:
    watched = site()
    assert watching.claim_due(now=NOON) == [watched.pk]
    assert watching.claim_due(now=NOON + 4 * MINUTE) == []
    assert watching.claim_due(now=NOON + 5 * MINUTE) == [watched.pk]


def test_looks_are_kept_as_long_as_the_book_says() -> None:
    watched = site()
    keep(watched, look(0))
    assert watching.forget_probes(now=NOON + dt.timedelta(days=90)) == 0
    assert watching.forget_probes(now=NOON + dt.timedelta(days=90, minutes=1)) == 1


@pytest.mark.parametrize(
    "url",
    [
        "https://elsewhere.test/",
        "ftp://www.example.com/",
        "https://www.example.com:8443/",
        "https://a:b@www.example.com/",
        "x",
    ],
)
def test_only_addresses_of_the_list_are_watched(url: str) -> None:
    with pytest.raises(Invalid) as refused:
        site(url=url)
    assert refused.value.errors[0]["path"] == "url"


@pytest.mark.clause("C6.8")
def test_only_who_keeps_the_site_sets_what_is_watched() -> None:
    watched = site()
    with pytest.raises(Forbidden) as refused:
        watching.save_site(
            site_id=watched.pk, name="x", url=watched.url, watch_text=True, part="", columns=[], active=False,
            by=person("lin_editor"), now=NOON,
        )  # fmt: skip
    assert refused.value.clause == "C6.8"
    with pytest.raises(Conflict):
        site(name="again")
    with pytest.raises(NotFound):
        watching.save_site(
            site_id=987654, name="x", url="https://a.example.com/", watch_text=True, part="", columns=[],
            active=True, by=person("wei_webmaster"), now=NOON,
        )  # fmt: skip


def test_an_approved_text_stands_and_has_an_authority() -> None:
    watched = site()
    keep(watched, look(0))
    baseline = approve(watched, "首页")
    for change in (
        "UPDATE cms_baseline SET digest = 'x' WHERE id = %s",
        "DELETE FROM cms_baseline WHERE id = %s",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change, [baseline.pk])
    with pytest.raises(DatabaseError, match="baseline_has_authority"), transaction.atomic():
        Baseline.objects.create(site=watched, digest="x", at=NOON)


@pytest.mark.clause("C6.1", "W2")
def test_a_publication_moves_the_approved_text_by_itself_and_an_expiry_does_too() -> None:
    everybody()
    news = column()
    watched = site(columns=[news.pk])
    keep(watched, look(0))
    approve(watched, "开站时的首页")
    ends = NOON + 30 * MINUTE
    on_the_site(now=NOON + 2 * MINUTE, ends_at=ends)
    shown = look(5, text="沙发 新品 新展厅开放")
    keep(watched, shown)
    moved = watched.baselines.order_by("-id")[0]
    publication = Publication.objects.get()
    assert (moved.digest, moved.run_id, moved.by) == (shown.fingerprint, publication.run_id, None)
    entry = Entry.objects.get(verb="cms.text_published")
    assert (entry.subject_id, entry.clause) == (str(watched.pk), "C6.1")
    keep(watched, look(31))  # over by its time: the page is as it was before
    assert watched.baselines.order_by("-id")[0].digest == look().fingerprint
    assert (Entry.objects.filter(verb="cms.text_published").count(), live(watched)) == (2, set())


@pytest.mark.clause("C6.1", "C6.3")
@pytest.mark.parametrize("case", ["another column", "another title", "not yet begun"])
def test_a_publication_that_does_not_explain_the_text_moves_nothing(case: str) -> None:
    everybody()
    watched = site(columns=[column("news").pk])
    told: dict[str, dict[str, Any]] = {
        "another title": {"title": "旧闻一则"},
        "not yet begun": {"starts_at": NOON + 60 * MINUTE},
    }
    on_the_site(
        now=NOON + 2 * MINUTE,
        to=column("other" if case == "another column" else "news"),
        **told.get(case, {}),
    )
    keep(watched, look(0.5))
    approve(watched, "开站时的首页")
    for minutes in (5, 10, 15):
        keep(watched, look(minutes, text="沙发 新品 新展厅开放"))
    assert watched.baselines.count() == 1
    assert live(watched) == {"content"}


@pytest.mark.clause("C6.1", "C6.3")
@pytest.mark.parametrize(
    "text",
    [
        "沙发 新品 新展厅开放 本站已被攻破",  # a sentence more
        "沙发 新展厅开放",  # something else is gone
        "沙发 新品 新展厅开放了",  # another title
        "沙发 旧品 新展厅开放",  # another word elsewhere
        "沙发新品 新展厅开放 打电话 13800138000",
    ],
)
def test_a_defacement_at_the_moment_of_a_publication_is_an_incident(text: str) -> None:
    everybody()
    watched = site(columns=[column().pk])
    keep(watched, look(0))
    approve(watched, "开站时的首页")
    on_the_site(now=NOON + 2 * MINUTE)
    for minutes in (5, 10, 15):
        keep(watched, look(minutes, text=text))
    assert (watched.baselines.count(), live(watched)) == (1, {"content"})


def test_a_site_that_takes_over_the_news_late_shows_what_was_agreed_to() -> None:
    everybody()
    watched = site(columns=[column().pk])
    on_the_site(now=NOON - MINUTE)
    keep(watched, look(0.5))
    approve(watched, "开站时的首页")
    keep(watched, look(10, text="沙发 新品 2026-11-25 11:59 新展厅开放 周末起接待客户"))
    assert (watched.baselines.count(), live(watched)) == (2, set())


def test_a_text_too_long_to_compare_is_explained_by_nobody() -> None:
    everybody()
    watched = site(columns=[column().pk])
    long = "沙发 " * 50_000
    keep(watched, look(0, text=long))
    approve(watched, "开站时的首页")
    on_the_site(now=NOON + 2 * MINUTE)
    for minutes in (5, 10, 15):
        keep(watched, look(minutes, text="新展厅开放 " + long))
    assert live(watched) == {"content"}
