"""The pages of assets and redesigns: upload, offer, versions, asking; naughty words and files; bounded queries."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cms.models import Asset, Redesign
from cms.selectors.assets import PAGE
from cms.services import page_review
from office.files.models import Offer, StoredFile
from tests.cms.uploads import asset, picture, proposal, sent
from tests.files.samples import MP4, PDF, archive, encoded, large_picture, photo, small_picture
from tests.people import signed_in

pytestmark = pytest.mark.django_db

PART: Any = {"HTTP_X_UPLOAD": "1"}


@pytest.fixture
def designer() -> Client:
    return signed_in("zheng_designer")


def url(name: str, *args: object) -> str:
    return reverse(f"cms:{name}", args=args)


def upload(client: Client, content: bytes, name: str = "海报.png", **fields: Any) -> Any:
    return client.post(url("asset_new"), {"file": sent(content, name), **fields})


def test_an_upload_leads_to_the_asset(designer: Client) -> None:
    answer = upload(designer, small_picture(), purpose="poster", tags="新年，促销", rights="自制")
    made = Asset.objects.get()
    assert answer["Location"] == url("asset", made.pk)
    assert (made.title, made.tags) == ("海报", ["新年", "促销"])
    page = designer.get(answer["Location"]).content.decode()
    assert url("asset_file", made.pk, 1) in page


def test_in_parts_the_answer_is_a_fragment(designer: Client) -> None:
    answer = designer.post(url("asset_new"), {"file": sent(small_picture())}, **PART)
    assert answer.status_code == 200
    assert "<html" not in answer.content.decode()
    assert "data-kept" in answer.content.decode()


@pytest.mark.clause("C6.9")
def test_a_picture_over_the_limit_is_shown_beside_a_smaller_one_and_one_click_keeps_it(
    designer: Client,
) -> None:
    answer = upload(designer, large_picture(), "大图.jpg", purpose="picture", title="客厅")
    offer = Offer.objects.get()
    page = answer.content.decode()
    assert answer.status_code == 422
    for which in ("original", "smaller"):
        assert reverse("files:offer_picture", args=[offer.pk, which]) in page
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
    fields.pop("csrfmiddlewaretoken")
    assert designer.post(url("asset_new"), fields).status_code == 302
    made = Asset.objects.select_related("newest__stored").get()
    assert (made.title, made.purpose) == ("客厅", "picture")
    assert made.newest is not None
    assert made.newest.stored.size <= 512_000


BAD: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "svg": lambda: b"<svg onload='x'/>",
    "macros": lambda: archive("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"),
    "cut": lambda: encoded(photo(400, 400), "JPEG")[:900],
    "polyglot": lambda: b"GIF89a/*" + b"A" * 30 + b"*/=1;alert(1)//",
    "script": lambda: b"<script>alert(1)</script>",
    "program": lambda: b"\x7fELF" + bytes(90),
    "zip": lambda: archive("a.txt"),
    "half png": lambda: b"\x89PNG\r\n\x1a\n" + bytes(30),
}


@pytest.mark.parametrize("name", BAD)
def test_a_file_that_is_not_taken_is_refused_with_words(designer: Client, name: str) -> None:
    for extra in [{}, PART]:
        answer = designer.post(url("asset_new"), {"file": sent(BAD[name]()), "title": "留着"}, **extra)
        assert answer.status_code == 422
        assert "note-late" in answer.content.decode()
    assert not StoredFile.objects.exists()


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "a\u202egpj.exe", "x" * 500 + ".png", "<b>.png", "CON.png", "…"]
)
def test_no_name_of_a_file_breaks_anything(designer: Client, name: str) -> None:
    assert upload(designer, small_picture(), name).status_code == 302
    page = designer.get(url("asset", Asset.objects.get().pk)).content.decode()
    assert "<b>.png" not in page
    assert "\u202e" not in page


@pytest.mark.parametrize(
    "word", ["\x00", "'; DROP TABLE x;--", "<script>", "%s%n", "𠮷" * 80, "\u202e", "ﷺ" * 40]
)
def test_no_word_breaks_a_page(designer: Client, word: str) -> None:
    made, plan = asset(), proposal()
    answers = [
        designer.get(url("assets"), {"q": word, "tag": word, "kind": word, "state": word, "before": word}),
        designer.get(url("asset_picker"), {"q": word, "family": word}),
        designer.post(
            url("asset_new"), {"file": sent(small_picture(7)), "title": word, "tags": word, "purpose": word}
        ),
        designer.post(url("asset_describe", made.pk), {"title": word, "tags": word, "rights": word}),
        designer.post(
            url("asset_version", made.pk), {"file": sent(small_picture(8)), "note": word, "after": word}
        ),
        designer.post(url("redesign_new"), {"title": word, "aim": word, "page": word, "review": word}),
        designer.post(url("redesign_view", plan.pk), {"label": word}),
        designer.post(url("redesign_change", plan.pk), {"title": word, "aim": word, "page": word}),
    ]
    assert [answer.status_code for answer in answers if answer.status_code >= 500] == []


def test_a_body_that_says_it_is_too_long_is_refused_unread(designer: Client) -> None:
    answer = designer.post(url("asset_new"), {"file": sent(b"x")}, CONTENT_LENGTH=str(200 << 20))
    assert answer.status_code == 413


def test_an_upload_without_the_token_of_the_form_is_refused() -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies = signed_in("zheng_designer").cookies
    assert client.post(url("asset_new"), {"file": sent(small_picture())}).status_code == 403
    assert not Asset.objects.exists()


def test_a_stale_version_is_told_and_nothing_is_lost(designer: Client) -> None:
    made = asset()
    fields = {"file": sent(small_picture(5)), "after": "1", "note": "换字"}
    assert designer.post(url("asset_version", made.pk), fields).status_code == 302
    stale = designer.post(url("asset_version", made.pk), {**fields, "file": sent(small_picture(6))})
    assert stale.status_code == 409
    assert "郑设计" in stale.content.decode()


def test_what_is_said_of_a_new_version_is_kept_until_it_is_there(designer: Client) -> None:
    made = asset()
    where = url("asset", made.pk)
    draft = designer.get(where).context["draft"]
    keep = reverse("approvals:draft", args=[draft.kind, draft.subject_id])
    assert designer.post(keep, {"note": "换了字体", "draft-label": draft.label}).status_code in {200, 302}
    assert 'value="换了字体"' in designer.get(where).content.decode()
    assert signed_in("chen_manager").get(where).context["note"] == ""
    assert f'href="{where}"' in designer.get(reverse("approvals:queue"), {"tab": "asked"}).content.decode()
    sending = {"file": sent(small_picture(5)), "after": "1", "note": "换了字体"}
    assert designer.post(url("asset_version", made.pk), sending).status_code == 302
    assert designer.get(where).context["draft"].pk is None


def test_files_go_out_to_those_who_may_see_the_library_only(designer: Client) -> None:
    made, paper = asset(), asset("合同", "document", upload=_paper())
    for who, status in (("lin_editor", 200), ("zhou_general", 200), ("li_lei", 404), ("du_hr", 404)):
        client = signed_in(who)
        for address in (
            url("asset_file", made.pk, 1),
            url("asset_preview", made.pk, 1),
            url("asset", made.pk),
        ):
            assert client.get(address).status_code == status
    assert designer.get(url("asset_file", paper.pk, 1))["Content-Disposition"].startswith("attachment")
    assert designer.get(url("asset_preview", paper.pk, 1)).status_code == 404
    assert designer.get(url("asset_file", made.pk, 7)).status_code == 404
    assert designer.get(url("asset_preview", made.pk, 1))["Content-Type"] == "image/webp"


def _paper() -> Any:
    upload_ = picture()
    return type(upload_)(PDF, "合同.pdf")


def test_a_video_is_played_on_its_page(designer: Client) -> None:
    made = asset("开箱", "video", upload=type(picture())(MP4, "v.mp4"))
    assert "<video" in designer.get(url("asset", made.pk)).content.decode()


def test_the_picker_names_what_an_editor_attaches(designer: Client) -> None:
    made = asset()
    page = designer.get(url("asset_picker")).content.decode()
    assert f'data-sha256="{made.newest.stored.sha256}"' in page  # type: ignore[union-attr]


def test_lists_ask_a_bounded_number_of_queries(
    designer: Client, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    for number in range(PAGE + 1):
        asset(f"图{number}", tags=[f"标签{number}"])
    for number in range(6):
        proposal(f"改版{number}", pictures=False)
    designer.get(url("assets"))
    with django_assert_max_num_queries(12):
        page = designer.get(url("assets")).content.decode()
    assert "before=" in page
    with django_assert_max_num_queries(13):
        designer.get(url("redesigns"))
    with django_assert_max_num_queries(9):
        designer.get(url("asset_picker"))
    with django_assert_max_num_queries(22):
        designer.get(url("asset", Asset.objects.latest("id").pk))


# ---------------------------------------------------------------- redesigns and reviews


def test_a_redesign_goes_from_words_to_mock_ups_to_the_chain(designer: Client) -> None:
    begun = designer.post(url("redesign_new"), {"title": "首页改版", "aim": "更快", "page": "首页"})
    made = Redesign.objects.get()
    assert begun["Location"] == url("redesign", made.pk)
    refused = designer.post(url("redesign_ask", made.pk), {"comment": "请看"})
    assert refused.status_code == 422
    assert "请看" in refused.content.decode()
    designer.post(url("redesign_view", made.pk), {"label": "首屏"})
    view = made.mock_ups.get()
    for slot in ("before", "after"):
        address = reverse("cms:mock_up_set", args=[view.pk, slot])
        assert designer.post(address, {"file": sent(small_picture())}, **PART).status_code == 200
    assert designer.post(reverse("cms:mock_up_set", args=[view.pk, "after"]), {}).status_code == 422
    asked = designer.post(url("redesign_ask", made.pk), {"comment": "请看"})
    assert asked.status_code == 302
    assert asked["Location"].startswith("/approvals/")
    page = designer.get(url("redesign", made.pk)).content.decode()
    assert asked["Location"] in page
    assert designer.post(url("redesign_drop", made.pk)).status_code == 409
    assert designer.post(url("mock_up_remove", view.pk)).status_code == 302


def test_a_review_is_closed_on_its_page_and_leads_to_a_redesign(designer: Client) -> None:
    review = page_review.open_review(now=timezone.now())
    assert review is not None
    address = url("review", review.pk)
    assert "findings" in designer.get(address).content.decode()
    assert designer.post(address, {"findings": " "}).status_code == 422
    closed = designer.post(address, {"findings": "栏目太多", "then": "redesign"})
    assert closed["Location"] == f"{url('redesign_new')}?review={review.pk}"
    assert designer.post(address, {"findings": "再来"}).status_code == 409
    assert "栏目太多" in designer.get(address).content.decode()
    assert designer.get(closed["Location"]).status_code == 200
