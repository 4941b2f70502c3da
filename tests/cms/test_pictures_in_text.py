"""Pictures inside the text: attachments of the same content, agreed to, shown and taken down with it."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from cms.rules import html
from cms.services import takedowns
from cms.services.uploads import Upload
from office.errors import Invalid
from tests.cms.stage import HOUR, NOW, column, on_the_site, write
from tests.cms.uploads import asset
from tests.people import person, signed_in

SHA = "ab" * 32


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (
            f'<p>上</p><img src="attached/{SHA}" alt="展厅">',
            f'<p>上</p><img src="attached/{SHA}" alt="展厅">',
        ),
        (f'<img src="attached/{SHA}" onerror="x()" style="x">', f'<img src="attached/{SHA}">'),
        ('<p>上</p><img src="https://elsewhere.test/x.png">', "<p>上</p>"),
        ('<p>上</p><img src="attached/../../secret">', "<p>上</p>"),
        ('<p>上</p><img src="data:image/png;base64,AA==">', "<p>上</p>"),
        ("<p>上</p><img>", "<p>上</p>"),
        (f'<img alt="&gt; src=&quot;attached/{SHA}&quot;">', ""),
    ],
)
def test_only_a_picture_that_names_an_attachment_is_kept(given: str, kept: str) -> None:
    assert html.clean(given) == kept


def test_the_address_is_put_there_when_it_is_shown_and_without_one_there_is_no_picture() -> None:
    body = html.clean(f'<p>上</p><img src="attached/{SHA}" alt="展厅"><p>下</p>')
    assert html.pictures(body) == [SHA]
    shown = html.with_pictures(body, {SHA: '/f?a=1&b="'})
    assert '<img loading="lazy" src="/f?a=1&amp;b=&quot;" alt="展厅">' in shown
    assert html.with_pictures(body, {}) == "<p>上</p><p>下</p>"
    assert "展厅" in html.plain(body)


def picture() -> tuple[str, str]:
    made = asset("展厅", "picture", now=NOW)
    assert made.newest is not None
    return made.newest.stored.sha256, made.newest.stored.name


@pytest.mark.usefixtures("staffed")
def test_what_is_not_attached_or_no_picture_does_not_stand_in_the_text() -> None:
    sha256, name = picture()
    for body, files in (
        (f'<p>x</p><img src="attached/{SHA}">', []),
        (f'<p>x</p><img src="attached/{sha256}">', []),
        (f'<p>x</p><img src="attached/{SHA}"><img src="attached/{sha256}">', [(sha256, name)]),
    ):
        with pytest.raises(Invalid) as refused:
            write(body=body, files=files)
        assert refused.value.errors[0]["code"] == "picture"
    paper = asset("说明", "document", upload=Upload(b"text", "a.txt"), now=NOW)
    assert paper.newest is not None
    mine = paper.newest.stored.sha256
    with pytest.raises(Invalid):
        write(body=f'<p>x</p><img src="attached/{mine}">', files=[(mine, "a.txt")])


@pytest.mark.usefixtures("staffed")
def test_the_public_page_and_the_feeds_serve_it_until_it_is_taken_down(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW + HOUR)
    sha256, name = picture()
    item = on_the_site(
        body=f'<p>上</p><img src="attached/{sha256}" alt="展厅"><p>下</p>', files=[(sha256, name)]
    )
    visitor, slug = Client(), column().slug
    where = reverse("pages:file", args=[slug, item.pk, sha256])
    page = visitor.get(reverse("pages:item", args=[slug, item.pk])).content.decode()
    assert page.count(where) == 1  # in the text, not once more below
    assert visitor.get(where).status_code == 200
    feed = visitor.get(reverse("pages:json", args=[slug])).json()
    assert where in feed["items"][0]["content_html"]
    desk = signed_in("tang_writer").get(reverse("cms:item", args=[item.pk])).content.decode()
    assert reverse("cms:attachment", args=[item.pk, 1, 0]) in desk
    takedowns.take_down(
        item_id=item.pk, category="false", reason="", by=person("wei_webmaster"), now=NOW + HOUR
    )
    assert visitor.get(where).status_code in {404, 410}
