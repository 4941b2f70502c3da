"""Every chain of site content in both books, written out from RULES.md: per step, per refusal and per role."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cms.models import AssetFinal, BoardEntry, ColumnFace, Ending, Publication, RedesignDone
from cms.services import assets, board, columns, publishing, redesign, writing
from office.approvals.models import Run
from tests.chains import Way, walk
from tests.cms import uploads
from tests.cms.messages import answered
from tests.cms.sites import NOON
from tests.cms.stage import NOW, agree, everybody, hand_in, mall, publish, write
from tests.people import person

#: What the advertising law's list holds: a second approval is needed (C6.6).
SUPERLATIVE = "<p>顶级做工</p>"
#: Whose events and company profile these hand in (C4.2, M2).
SOURCES = {"lin_editor": "hu_culture", "zheng_designer": "deng_marketing"}


def content(kind: str, *flags: str) -> Callable[[str], Run]:
    """Handed in by the asker, who wrote it or took it from its source; "words" is what the text says, the other flags
    are what is ticked."""

    def ask(who: str) -> Run:
        said: dict[str, Any] = {"body": SUPERLATIVE} if "words" in flags else {}
        writer = SOURCES.get(who, who) if kind in {"event", "profile"} else who
        item = write(kind, writer, flags=frozenset(flags) - {"words"}, **said)
        if kind == "product":
            writing.read_second(item_id=item.pk, version=1, right=True, by=person("tang_writer"), now=NOW)
        return hand_in(item, who)

    return ask


def end(decider: str, publisher: str) -> Callable[[str], Run]:
    """A page that is on the site is to come off."""

    def ask(who: str) -> Run:
        item = write("page", "he_planner")
        publish(agree(hand_in(item, "he_planner"), decider), publisher)
        run = publishing.end_item(item_id=item.pk, reason="过期", by=person(who), now=NOW)
        assert isinstance(run, Run)
        return run

    return ask


def entry(reply: str) -> Callable[[str], Run]:
    return lambda who: board.propose_entry(
        message_id=answered().pk, question="三人沙发能进电梯吗？", reply=reply, by=person(who), now=NOON
    )


def new_look(who: str) -> Run:
    return redesign.ask_redesign(redesign_id=uploads.proposal().pk, by=person(who), now=uploads.NOW)


def poster_final(who: str) -> Run:
    return assets.ask_final(asset_id=uploads.asset(by=who).pk, by=person(who), now=uploads.NOW)


#: clause, chain, who asks, who decides at each step, who carries it out, what is handed in and its flags.
SITE = [
    ("C5.2", "news", "copywriter", "department_manager", "site_editor", "news", ""),
    ("C4.1", "product", "site_editor", "department_manager", "site_editor", "product", ""),
    ("C4.2", "event", "culture_officer", "department_manager", "site_editor", "event", ""),
    ("C4.2", "event", "site_editor", "department_manager", "site_editor", "profile", ""),
    ("C5.1", "material", "planner", "department_manager", "site_editor", "page", ""),
    *(
        ("C4.3", "confidential", asker, "department_manager general_manager", "site_editor", kind, flag)
        for asker, kind, flag in (
            ("copywriter", "news", "confidential"), ("site_editor", "product", "copyright"),
            ("culture_officer", "event", "confidential"), ("planner", "page", "copyright"),
        )
    ),
    *(
        ("C6.4", "words_second", asker, "department_manager vice_president", "site_editor", kind, "words")
        for asker, kind in (
            ("copywriter", "news"), ("site_editor", "product"), ("culture_officer", "event"), ("planner", "page"),
        )
    ),
]  # fmt: skip
DIRECTORS = "marketing_director general_manager"
HEAD_AND_GENERAL = "department_manager general_manager"
MALL = [
    ("M3", "news", "copywriter", "marketing_director", "copywriter", "news", ""),
    ("M2", "product", "section_officer", "department_manager", "section_officer", "product", ""),
    ("M2", "event", "marketing_director", "department_manager", "designer", "event", ""),
    ("M2", "event", "designer", "department_manager", "designer", "event", ""),
    ("C5.1", "material", "planner", "department_manager", "section_officer", "page", ""),
    ("J4", "poster", "designer", "planner", "requester", "poster", ""),
    ("J4", "poster", "copywriter", "planner", "requester", "poster", ""),
    ("M2", "confidential", "section_officer", DIRECTORS, "section_officer", "product", "confidential"),
    ("M2", "confidential", "planner", DIRECTORS, "section_officer", "page", "copyright"),
    ("M2", "confidential_event", "designer", DIRECTORS, "designer", "event", "confidential"),
    ("M2", "confidential_event", "designer", DIRECTORS, "designer", "profile", "copyright"),
    ("M2", "confidential_news", "copywriter", DIRECTORS, "copywriter", "news", "copyright"),
    ("M2", "confidential_poster", "designer", DIRECTORS, "requester", "poster", "confidential"),
    ("C6.4", "words_second", "section_officer", HEAD_AND_GENERAL, "section_officer", "product", "words"),
    ("C6.4", "words_second", "planner", HEAD_AND_GENERAL, "section_officer", "page", "words"),
    ("C6.4", "words_second_event", "designer", HEAD_AND_GENERAL, "designer", "event", "words"),
    ("C6.4", "words_second_event", "marketing_director", HEAD_AND_GENERAL, "designer", "event", "words"),
    ("C6.4", "words_second_news", "copywriter", DIRECTORS, "copywriter", "news", "words"),
    (
        "C6.4",
        "words_second_poster",
        "copywriter",
        "planner department_manager",
        "requester",
        "poster",
        "words",
    ),
]


def ways(rows: list[tuple[str, str, str, str, str, str, str]]) -> list[Way]:
    return [
        Way(
            clause, f"cms.{chain}", asker, tuple(steps.split()), executor,
            content(kind, *flag.split()), Publication.objects.count, "", tuple(flag.split()), kind,
        )
        for clause, chain, asker, steps, executor, kind, flag in rows
    ]  # fmt: skip


def way(
    clause: str, chain: str, asker: str, steps: str, executor: str, begin: Callable[[str], Run],
    applied: Callable[[], int], *flags: str,
) -> Way:  # fmt: skip
    return Way(clause, f"cms.{chain}", asker, tuple(steps.split()), executor, begin, applied, flags=flags)


def new_column(who: str) -> Run:
    return columns.add_column(slug="invest", name="招商", kinds=["page"], by=person(who), now=NOW)[1]


PLAIN, BEST = entry("可以，拆腿后宽 78 厘米。"), entry("可以，做工顶级。")
SITE_WAYS = [
    *ways(SITE),
    way(
        "C3.3", "redesign", "designer", "department_manager vice_president general_manager", "designer",
        new_look, RedesignDone.objects.count,
    ),
    way(
        "C6.1", "end", "planner", "department_manager", "site_editor",
        end("chen_manager", "lin_editor"), Ending.objects.count,
    ),
    way("C6.1", "column", "operations_manager", "department_manager", "", new_column, ColumnFace.objects.count),
    way("C6.1", "column", "department_manager", "vice_president", "", new_column, ColumnFace.objects.count),
    way("W4", "board_entry", "back_office", "department_manager", "", PLAIN, BoardEntry.objects.count),
    way(
        "C6.4", "board_words_second", "back_office", "department_manager vice_president", "",
        BEST, BoardEntry.objects.count, "words",
    ),
]  # fmt: skip
MALL_WAYS = [
    *ways(MALL),
    way(
        "M1.3", "redesign", "designer", "department_manager marketing_director", "designer",
        new_look, RedesignDone.objects.count,
    ),
    way("J4", "poster_final", "designer", "planner", "", poster_final, AssetFinal.objects.count),
    way("J4", "poster_final", "copywriter", "planner", "", poster_final, AssetFinal.objects.count),
    way(
        "C6.1", "end", "planner", "department_manager", "section_officer",
        end("chen_manager", "gao_section"), Ending.objects.count,
    ),
    way("C6.1", "column", "operations_manager", "department_manager", "", new_column, ColumnFace.objects.count),
    way("C6.1", "column", "department_manager", "marketing_director", "", new_column, ColumnFace.objects.count),
    way("W4", "board_entry", "back_office", "department_manager", "", PLAIN, BoardEntry.objects.count),
    way(
        "C6.4", "board_words_second", "back_office", HEAD_AND_GENERAL, "",
        BEST, BoardEntry.objects.count, "words",
    ),
]  # fmt: skip


@pytest.mark.clause("C3.3", "C4.1", "C4.2", "C4.3", "C5.1", "C5.2", "C6.1", "C6.4", "C6.6", "W4")
@pytest.mark.parametrize("row", SITE_WAYS, ids=str)
def test_by_the_sites_book(db: None, row: Way) -> None:
    everybody()
    walk(row)


@pytest.mark.clause("J4", "M1.3", "M2", "M3", "C5.1", "C6.1", "C6.4", "C6.6", "W4")
@pytest.mark.parametrize("row", MALL_WAYS, ids=str)
def test_by_the_malls_book(db: None, row: Way) -> None:
    everybody()
    mall()
    walk(row)
