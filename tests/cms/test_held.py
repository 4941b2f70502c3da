"""What a person who leaves has begun at the site-content desk is listed for his successors (S4c)."""

from __future__ import annotations

import pytest

from attendance.holdings import Leaver, find
from cms.selectors.holdings import held_by
from cms.services import incidents, redesign
from tests.cms.sites import NOON, incident
from tests.cms.stage import DAY, NOW, everybody, on_the_site, write
from tests.cms.uploads import asset, proposal
from tests.people import person

pytestmark = pytest.mark.django_db


def keys(who: str) -> list[str]:
    return [each.key for each in held_by(person(who))]


@pytest.mark.clause("S4c")
def test_a_draft_is_held_by_its_writer_until_it_is_published() -> None:
    everybody()
    draft = write("news")
    secret = write("news", flags=("confidential",), title="并购方案")
    on_the_site("news")
    assert keys("tang_writer") == [f"item-{draft.pk}", f"item-{secret.pk}"]
    assert "并购方案" not in "".join(each.label for each in held_by(person("tang_writer")))
    assert keys("lin_editor") == []


@pytest.mark.clause("S4c")
def test_posters_and_redesigns_are_held_until_they_are_done() -> None:
    poster, picture, made = asset(), asset("场景图", "picture"), proposal()
    assert keys("zheng_designer") == [f"asset-{poster.pk}", f"redesign-{made.pk}"]
    assert picture.pk != poster.pk
    redesign.drop_redesign(redesign_id=made.pk, by=person("zheng_designer"), now=NOW)
    assert keys("zheng_designer") == [f"asset-{poster.pk}"]


@pytest.mark.clause("S4c")
def test_an_incident_is_held_by_who_took_it_on() -> None:
    everybody()
    found = incident()
    assert keys("wei_webmaster") == []
    incidents.acknowledge(incident_id=found.pk, by=person("wei_webmaster"), now=NOON)
    assert keys("wei_webmaster") == [f"incident-{found.pk}"]
    provider = find("cms")
    assert provider is not None
    leaver = Leaver(person("wei_webmaster"), NOW + 30 * DAY)
    assert [each.key for each in provider.held(leaver, NOW)] == [f"incident-{found.pk}"]
