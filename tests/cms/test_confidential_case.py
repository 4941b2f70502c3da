"""A case does not give away what was confidential: its text is for who may see the content, its author, who decides."""

from __future__ import annotations

import pytest
from django.urls import reverse

from cms.models import Item, Takedown
from cms.services import takedowns
from office.errors import NotFound
from tests.approvals.cast import give
from tests.cms.stage import HOUR, NOW, everybody, hand_in, on_the_site, write
from tests.people import person, signed_in

pytestmark = pytest.mark.django_db
SECRET = frozenset({"confidential"})
TEXT = ("新展厅开放", "欢迎参观")


@pytest.fixture(autouse=True)
def _cast() -> None:
    everybody()


def hide(item: Item, who: str) -> Takedown:
    return takedowns.take_down(
        item_id=item.pk, category="secrets", reason="泄露秘密", by=person(who), now=NOW + HOUR
    )


def taken_secret() -> Takedown:
    """A confidential draft that its own writer, who is the webmaster too, took down."""
    item = write(flags=SECRET)
    give("tang_writer", "webmaster")
    return hide(item, "tang_writer")


def seen(who: str, taken: Takedown) -> tuple[bool, bool]:
    """Whether the case is there, and whether it gives the text away."""
    client, found = signed_in(who), []
    page = client.get(reverse("cms:takedown", args=[taken.pk]))
    found.append(page)
    if client.get(reverse("cms:takedowns")).status_code == 200:
        found.append(client.get(reverse("cms:takedowns")))
    return page.status_code == 200, any(word in each.content.decode() for each in found for word in TEXT)


@pytest.mark.clause("C4.3", "C6.7")
@pytest.mark.parametrize(
    ("who", "case", "text"),
    [
        ("tang_writer", True, True),
        ("chen_manager", True, True),
        ("fang_vice", True, True),
        ("zhou_general", True, True),
        ("wei_webmaster", True, False),
        ("shen_operations", True, False),
        ("li_lei", False, False),
    ],
)
def test_the_kept_text_of_a_secret_is_for_who_may_see_it(who: str, case: bool, text: bool) -> None:
    assert seen(who, taken_secret()) == (case, text)


def test_the_case_itself_stays_readable() -> None:
    taken = taken_secret()
    page = signed_in("wei_webmaster").get(reverse("cms:takedown", args=[taken.pk])).content.decode()
    assert taken.digest[:24] in page
    assert "泄露秘密" in page


@pytest.mark.clause("C4.3")
def test_what_is_not_there_for_somebody_cannot_be_taken_down_by_him() -> None:
    item = write(flags=SECRET)
    where = reverse("cms:take_down", args=[item.pk])
    client = signed_in("wei_webmaster")
    assert client.get(where).status_code == 404
    assert client.post(where, {"category": "false"}).status_code == 404
    with pytest.raises(NotFound):
        hide(item, "wei_webmaster")
    hand_in(item, "tang_writer")
    assert client.get(where).status_code == 404


@pytest.mark.clause("C6.7")
def test_what_was_public_is_evidence_for_everybody_of_the_case() -> None:
    taken = hide(on_the_site(), "wei_webmaster")
    assert seen("wei_webmaster", taken) == (True, True)
    assert seen("shen_operations", taken) == (True, True)
