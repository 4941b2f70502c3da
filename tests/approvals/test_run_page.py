"""What the page of a run shows of a desk's own: evidence, exhibits, rows one by one, the way to the subject."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from office.approvals import api as approvals
from office.approvals import kinds
from office.approvals.models import Run
from office.approvals.selectors import page as pages
from office.staff.models import Employee
from tests.approvals.cast import NOW, Shelf, ask, note
from tests.people import person, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shelf")]


def with_kind(**more: Any) -> None:
    """The toy's price kind, changed."""
    kinds.register_kind(dataclasses.replace(kinds.kind_of("toy.price"), **more))


def shown(run: Run, who: str = "chen_manager") -> str:
    return str(signed_in(who).get(f"/approvals/{run.pk}/").content.decode())


def rows(*prices: str) -> dict[str, Any]:
    return {"rows": [{"price": price} for price in prices]}


def test_evidence_stands_on_the_page_with_its_picture_and_link() -> None:
    found = [
        kinds.Evidence("Rival", "99.00", url="https://rival.example/p/1", at=NOW),
        kinds.Evidence("Shot", image="/catalog/evidence/3/"),
    ]
    with_kind(evidence=lambda run: found)
    page = shown(ask())
    assert 'href="https://rival.example/p/1" rel="noopener noreferrer nofollow"' in page
    assert '<img src="/catalog/evidence/3/"' in page
    assert "2026-11-23 10:00" in page


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,x", "//evil.example/x", "/\\evil.example", "ftp://x"]
)
def test_an_address_that_no_browser_should_follow_is_text(address: str) -> None:
    with_kind(evidence=lambda run: [kinds.Evidence("a", url=address), kinds.Evidence("b", image=address)])
    page = pages.run_page(ask(), person("chen_manager"), NOW)
    assert [(each.url, each.image, each.text) for each in page.evidence] == [("", "", address)] * 2


def test_a_picture_of_another_host_becomes_a_link() -> None:
    there = "https://rival.example/1.png"
    with_kind(evidence=lambda run: [kinds.Evidence("b", image=there)])
    (each,) = pages.run_page(ask(), person("chen_manager"), NOW).evidence
    assert (each.url, each.image) == (there, "")


def test_a_kind_shows_what_it_likes_in_its_own_template() -> None:
    def exhibits(run: Run, reader: Employee, now: Any) -> list[kinds.Exhibit]:
        return [kinds.Exhibit(f"For {reader.name}", "approvals/_similar.html", {})]

    with_kind(exhibits=exhibits)
    page = shown(ask())
    assert "<h3>For 陈经理</h3>" in page
    assert "is-wide" in page


def test_the_page_leads_to_where_it_is_asked_again() -> None:
    with_kind(ask=lambda subject: f"/shelf/{subject}/price/")
    run = ask()
    assert "/shelf/1/price/" not in shown(run, "li_lei")
    approvals.return_to(run_id=run.pk, by=person("chen_manager"), now=NOW, reason="why?")
    assert 'href="/shelf/1/price/"' in shown(run, "li_lei")
    assert "/shelf/1/price/" not in shown(run, "chen_manager")


def test_two_hundred_rows_are_one_table_each_with_its_tick() -> None:
    page = shown(ask(payload=rows(*(f"{n}.00" for n in range(200)))))
    assert page.count('name="refuse_rows"') == 200
    assert 'class="list rows-table"' in page
    assert "?all=1" not in page


def test_more_rows_than_a_page_are_asked_for_and_their_ticks_are_kept() -> None:
    run = ask(payload=rows(*(f"{n}.00" for n in range(205))))
    assert shown(run).count('name="refuse_rows"') == pages.ROWS_SHOWN
    browser = signed_in("chen_manager")
    assert browser.get(f"/approvals/{run.pk}/?all=1").content.decode().count('name="refuse_rows"') == 205
    stale = browser.post(
        f"/approvals/{run.pk}/approve/", {"revision": 99, "refuse_rows": ["204", "3"], "words": "no"}
    )
    assert stale.status_code == 409
    assert stale.content.decode().count("checked>") >= 2


def test_the_row_that_is_ticked_is_the_row_that_is_refused(shelf: Shelf) -> None:
    """A row without a change has no line, and those after it keep their numbers."""

    def changes(run: Run) -> list[kinds.Change]:
        return [
            kinds.Change("price", "Price", "10.00", row["price"], f"cup {index}", index)
            for index, row in enumerate(run.payload["rows"])
            if row["price"] != "10.00"
        ]

    with_kind(changes=changes)
    run = ask(payload=rows("11.00", "10.00", "13.00"))
    page = pages.run_page(run, person("chen_manager"), NOW)
    assert [(row.index, row.name) for row in page.rows] == [(0, "cup 0"), (2, "cup 2")]
    approvals.approve(run_id=run.pk, by=person("chen_manager"), now=NOW, refuse_rows=[2])
    assert shelf.applied == [(run.pk, rows("11.00", "10.00"))]


def test_the_only_row_is_rejected_and_not_refused() -> None:
    page = pages.run_page(ask(payload=rows("11.00")), person("chen_manager"), NOW)
    assert not page.by_row
    assert page.rows[0].changes[0].after == "11.00"


def test_rows_that_nobody_can_tell_apart_are_not_decided_singly() -> None:
    def changes(run: Run) -> list[kinds.Change]:
        return [kinds.Change("price", "Price", "10.00", row["price"], "cup") for row in run.payload["rows"]]

    with_kind(changes=changes)
    page = pages.run_page(ask(payload=rows("11.00", "12.00", "13.00")), person("chen_manager"), NOW)
    assert not page.by_row


def test_the_runs_of_a_subject_are_shown_to_who_may_read_them() -> None:
    run = ask(who="li_lei", copy_to=[person("zhao_operations").pk])
    for who, expected in {
        "li_lei": True, "chen_manager": True, "zhao_operations": True, "zhou_general": True,
        "han_meimei": False, "wang_supervisor": False,
    }.items():  # fmt: skip
        somebody = person(who)
        assert [each.pk for each in approvals.runs_about(note(1), somebody, NOW)] == [run.pk] * expected
        assert approvals.may_read_about(note(1), somebody, NOW) is expected
        assert approvals.may_read(run_id=run.pk, person=somebody, now=NOW) is expected
    with_kind(visible=lambda reader, subject: reader.number == "S001")
    assert approvals.may_read_about(note(1), person("wang_supervisor"), NOW)
    assert not approvals.may_read_about(note(2), person("chen_manager"), NOW)


def test_who_may_ask_is_said_by_the_book() -> None:
    assert approvals.may_ask("toy.done", person("li_lei"), NOW)
    assert not approvals.may_ask("toy.done", person("chen_manager"), NOW)
    assert approvals.may_ask("toy.price", person("chen_manager"), NOW)
    assert not approvals.may_ask("no.such", person("chen_manager"), NOW)


def test_who_only_reads_is_offered_nothing_that_is_refused(shelf: Shelf) -> None:
    """The figures open every request to the directors; they take no part in it by that."""
    run = ask()
    page = signed_in("fang_vice").get(f"/approvals/{run.pk}/")
    assert page.status_code == 200
    for act in ("comment", "copy"):
        url = f"/approvals/{run.pk}/{act}/"
        assert url not in page.content.decode()
        assert url in signed_in("li_lei").get(f"/approvals/{run.pk}/").content.decode()
        assert (
            signed_in("fang_vice").post(url, {"words": "x", "people": person("li_lei").pk}).status_code == 403
        )
