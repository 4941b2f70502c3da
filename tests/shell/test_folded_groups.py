"""Groups of the navigation that a browser keeps folded."""

from __future__ import annotations

import re

import pytest

from tests.people import signed_in

pytestmark = pytest.mark.django_db
GROUP = re.compile(r'<details class="side-group" data-group="(\d+)"( open)?>')


def groups(path: str, folded: str | None = None) -> dict[str, bool]:
    """Of the manager's page: {group: whether it is open}."""
    client = signed_in("chen_manager")
    if folded is not None:
        client.cookies["folded"] = folded
    return {number: bool(is_open) for number, is_open in GROUP.findall(client.get(path).content.decode())}


def test_every_group_is_open_until_it_is_folded() -> None:
    found = groups("/inbox/")
    assert len(found) > 3
    assert all(found.values())


def test_what_was_folded_stays_folded_but_where_one_is() -> None:
    assert not groups("/inbox/", "1.2")["1"]
    here = groups("/imports/", "1.2")
    assert here["1"]
    assert not here["2"]
    assert here["3"]


@pytest.mark.parametrize("folded", ["", "0", "99", "1.x.2;", '"><script>', "1." * 400, "..-1"])
def test_a_cookie_s_nonsense_folds_nothing_that_is_not_there(folded: str) -> None:
    assert groups("/inbox/", folded).keys() == groups("/inbox/").keys()
