"""Whose attendance each of the cast sees, written out by names and independent of the rulebook that decides it: one
policy, held against every page that shows somebody's punches, days, leave or reading."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone

from attendance.selectors import leave_access, leave_pages, reading, teams
from office.errors import NotFound
from tests.attendance.leaves import MONDAY, ask, everybody
from tests.people import CAST, person, signed_in

pytestmark = pytest.mark.django_db

SERVICE = frozenset({"li_lei", "han_meimei", "wu_clerk"})
IT = frozenset({"sun_admin", "wei_webmaster", "cai_support"})
#: Who answers to the department manager, directly or not.
DEPARTMENT = SERVICE | {
    "wang_supervisor", "jiang_head", "zhao_operations", "zheng_designer", "ma_product", "he_planner", "lin_editor",
    "tang_writer", "hu_culture", "gao_section", "xu_warehouse", "luo_buyer", "song_inspector", "pan_photo",
}  # fmt: skip
DIRECTORS = frozenset({"shen_operations", "deng_marketing"})

#: Beside oneself. Whoever is not named sees nobody else.
TEAMS: dict[str, frozenset[str]] = {
    "du_hr": frozenset(CAST),
    "zhou_general": frozenset(CAST) - {"zhou_general"},
    "fang_vice": DEPARTMENT | DIRECTORS | {"chen_manager"},
    "chen_manager": DEPARTMENT,
    "jiang_head": DEPARTMENT
    - {"jiang_head"},  # no post answers to 主管: he shares the manager's (attendance.team)
    "wang_supervisor": SERVICE,
    "qian_it": IT,
}
#: Of these some look after leave (attendance.see_leave), others see who has read the rules (attendance.see_readers).
LEAVE = frozenset({"du_hr", "chen_manager", "jiang_head", "wang_supervisor"})
READERS = LEAVE | {"zhou_general", "fang_vice"}
#: They decide on the manager's own leave, and see it as a request.
DECIDERS = frozenset({"zhou_general", "fang_vice"})


@pytest.fixture(autouse=True)
def _cast() -> None:
    everybody()


@pytest.mark.parametrize("viewer", sorted(CAST))
def test_the_team_is_the_same_wherever_it_is_asked(viewer: str) -> None:
    me, now = person(viewer), timezone.now()
    team = TEAMS.get(viewer, frozenset())
    known = {person(who).pk: who for who in CAST}
    assert {known[each.pk] for each in teams.team_of(me, now)} == team
    assert {who for pk, who in known.items() if teams.may_see(me, pk, now)} == team | {viewer}
    managed = {who for pk, who in known.items() if leave_access.manages(me, pk, now)}
    assert managed == (team if viewer in LEAVE else frozenset())
    if viewer in READERS:
        assert reading.readers(me, now).total == len(team)


@pytest.mark.parametrize("viewer", ["li_lei", "sun_admin", *sorted(TEAMS)])
def test_no_page_shows_anybody_else(viewer: str) -> None:
    browser, me = signed_in(viewer), person(viewer)
    team = TEAMS.get(viewer, frozenset())
    leaves = {who: ask(who) for who in ("han_meimei", "zheng_designer", "chen_manager", "wei_webmaster")}
    for who, leave in leaves.items():
        seen, whose = who in team or who == viewer, person(who)
        day = reverse("attendance:day", args=[whose.pk, f"{MONDAY}"])
        assert browser.get(day).status_code == (200 if seen else 404)
        month = reverse("attendance:person_month", args=[whose.pk])
        assert browser.get(month).status_code == (200 if seen else 404)
        listed = {each.pk for each in leave_pages.team_leaves(me, "waiting", timezone.now())}
        assert (leave.pk in listed) is (who in team)
        if viewer not in LEAVE | DECIDERS:
            assert browser.get(reverse("attendance:leave", args=[leave.pk])).status_code == 404
    if viewer in LEAVE:
        text = browser.get(reverse("attendance:team_leaves"), {"tab": "waiting"}).content.decode()
        for who in leaves:
            assert (CAST[who][1] in text) is (who in team) or who == viewer, who


def test_hidden_is_as_if_it_were_not_there() -> None:
    now = timezone.now()
    with pytest.raises(NotFound):
        teams.access_person(person("wang_supervisor"), person("zheng_designer").pk, now)
    with pytest.raises(NotFound):
        teams.access_person(person("du_hr"), 987_654, now)
    assert teams.access_person(person("li_lei"), person("li_lei").pk, now) == person("li_lei")
