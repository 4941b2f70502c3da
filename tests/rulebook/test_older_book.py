"""A book that an older release put in force lacks rules of this one: what rests on them refuses and says what to do."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from ecdept.embedded import prepare
from office.rulebook import api as rulebook
from office.rulebook.parser import shipped_source
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


@pytest.mark.parametrize("path", ["/work/", "/stock/", "/orders/"])
def test_no_page_breaks(path: str, older: None) -> None:
    client = signed_in("chen_manager")
    client.raise_request_exception = False
    assert client.get(path, follow=True).status_code < 500


def test_a_door_that_rests_on_it_says_so(older: None) -> None:
    answer = signed_in("ma_product").post(reverse("catalog:count_open"))
    assert answer.status_code == 409
    assert "catalog.count_stock" in answer.content.decode()
