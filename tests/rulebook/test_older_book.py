"""A book that an older release put in force lacks rules of this one: what rests on them refuses and says what to do."""

from __future__ import annotations

import io
import re

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from ecdept.embedded import prepare
from ecdept.management.commands import load_demo
from office.rulebook import api as rulebook
from office.rulebook.parser import shipped_source
from office.rulebook.selectors import not_adopted
from tests.people import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.clause("C14")]
LACKING = ("work.chats", "catalog.count_stock")


@pytest.fixture
def older() -> None:
    """The site book without two of its rules, in force from now on."""
    source = shipped_source("site")
    for key in LACKING:
        source, found = re.subn(rf'\[rules\."{re.escape(key)}"\]\n(?:(?!\[).*\n)*', "", source)
        assert found == 1
    now = timezone.now()
    rulebook.activate_book(code="site", starts_at=now, by=None, now=now, source=source)


def test_a_missing_rule_is_refused_with_the_way_on(older: None) -> None:
    with pytest.raises(rulebook.RuleNotAdopted, match=r"catalog\.count_stock") as refused:
        rulebook.permission_rule("catalog.count_stock")
    assert (refused.value.status, refused.value.clause) == (409, "C14")


def test_what_no_release_ships_stays_a_mistake_in_code(older: None) -> None:
    with pytest.raises(rulebook.UnknownRule) as wrong:
        rulebook.deadline_rule("orders.nothing")
    assert not isinstance(wrong.value, rulebook.RuleNotAdopted)


def test_the_page_of_the_book_says_so_and_leads_to_the_proposal(older: None) -> None:
    page = signed_in("chen_manager").get(reverse("rulebook:list")).content.decode()
    assert "比生效文本多 2 条规则" in page
    assert reverse("approvals:activation") in page


def test_the_page_of_a_current_book_says_nothing(db: None) -> None:
    assert "比生效文本多" not in signed_in("chen_manager").get(reverse("rulebook:list")).content.decode()


def test_up_says_so(older: None, capfd: pytest.CaptureFixture[str]) -> None:
    prepare._tell_of_new_rules()
    said = capfd.readouterr()
    assert "The rulebook in force (site) lacks 2 rules of this release" in said.out + said.err


def test_the_demo_brings_the_book_of_its_release(older: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home that an older release made tables in and did not fill."""
    monkeypatch.setattr(load_demo, "load", lambda *, now: "")
    call_command("load_demo", "--book", "site", stdout=io.StringIO())
    assert not_adopted(rulebook.book()) == []


def test_up_goes_on_without_a_demo_that_does_not_load(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Refused, or broken in a way that nobody foresaw: said, and the home is served."""

    def lacks(**_given: object) -> str:
        raise rulebook.RuleNotAdopted("accounts.advisory_size")

    def breaks(**_given: object) -> str:
        raise RuntimeError("no such thing")

    for load, words in ((lacks, "accounts.advisory_size"), (breaks, "no such thing")):
        monkeypatch.setattr(load_demo, "load", load)
        prepare._load_demo("site")
        said = capfd.readouterr().err
        assert "The demo company was not loaded" in said
        assert words in said
        assert "create_administrator" in said


@pytest.mark.parametrize("path", ["/work/", "/stock/", "/orders/"])
def test_no_page_breaks(path: str, older: None) -> None:
    client = signed_in("chen_manager")
    client.raise_request_exception = False
    assert client.get(path, follow=True).status_code < 500


def test_a_door_that_rests_on_it_says_so(older: None) -> None:
    answer = signed_in("ma_product").post(reverse("catalog:count_open"))
    assert answer.status_code == 409
    assert "catalog.count_stock" in answer.content.decode()
