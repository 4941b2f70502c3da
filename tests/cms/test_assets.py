"""Assets: what is kept under which limits, versions, retiring, finding, where they are used."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from cms.limits import upload_limits
from cms.models import Asset, AssetVersion, Column, Item, Version
from cms.rules.content import digest
from cms.selectors import assets as selectors
from cms.services import assets
from cms.services.uploads import Upload
from office.audit.models import Entry
from office.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from office.files import api as files
from tests.cms.uploads import HOUR, NOW, asset, picture
from tests.files.samples import DOCX, MP4, PDF, large_picture
from tests.people import person

pytestmark = pytest.mark.django_db


@pytest.mark.clause("C6.9")
def test_the_limits_are_those_of_the_book() -> None:
    limits = upload_limits(NOW)
    assert limits == files.Limits(image=512_000, video=31_457_280, document=1_048_576, clause="C6.9")


@pytest.mark.clause("C6.9")
@pytest.mark.parametrize(("content", "purpose"), [(MP4, "video"), (PDF, "document"), (DOCX, "document")])
def test_an_asset_is_what_its_bytes_are(content: bytes, purpose: str) -> None:
    made = asset("", "", upload=Upload(content, "说明.exe"))
    assert (made.purpose, made.title) == (purpose, "说明")


@pytest.mark.clause("C6.9")
def test_a_document_over_the_limit_is_refused() -> None:
    with pytest.raises(files.FileRefused) as refused:
        asset(upload=Upload(PDF + b"%" * 1_100_000, "a.pdf"), purpose="document")
    assert (refused.value.code, refused.value.clause) == ("too_large", "C6.9")
    assert not Asset.objects.exists()


@pytest.mark.clause("C6.9")
def test_a_picture_over_the_limit_is_kept_as_the_smaller_one_that_was_offered() -> None:
    by = person("zheng_designer")
    offer = files.offer_smaller(
        content=large_picture(), name="大图.jpg", by=by, now=NOW, limits=upload_limits(NOW)
    )
    made = asset("大图", upload=Upload(offer=offer.pk))
    assert made.newest is not None
    assert made.newest.stored.size <= 512_000


def test_adding_is_in_the_trail() -> None:
    made = asset()
    entry = Entry.objects.get(verb="cms.add_asset")
    assert (entry.subject_id, entry.clause, entry.actor_name) == (str(made.pk), "C6.9", "郑设计")


@pytest.mark.parametrize("who", ["li_lei", "sun_admin", "chen_manager"])
def test_only_posts_that_make_content_add(who: str) -> None:
    with pytest.raises(Forbidden):
        asset(by=who)


def test_a_file_of_another_family_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        asset(purpose="video")
    assert refused.value.code == "family"


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ({"title": "长" * 81}, "title"),
        ({"title": "a\nb"}, "title"),
        ({"tags": ["标签"] + [f"t{n}" for n in range(10)]}, "tags"),
        ({"tags": ["长" * 21]}, "tags"),
        ({"rights": "长" * 201}, "rights"),
        ({"purpose": "program"}, "purpose"),
    ],
)
def test_words_that_do_not_fit_are_refused(more: dict, path: str) -> None:
    with pytest.raises(Invalid) as refused:
        asset(**more)
    assert refused.value.code == path


# ---------------------------------------------------------------- versions


def more(made: Asset, seed: int = 4, **given: object) -> AssetVersion:
    options: dict = {"upload": picture(seed), "by": person("zheng_designer"), "now": NOW + HOUR, **given}
    return assets.add_version(asset_id=made.pk, **options)


@pytest.mark.clause("J4")
def test_versions_are_numbered_and_the_newest_leads() -> None:
    made = asset()
    second = more(made, note="换底色", after=1)
    made.refresh_from_db()
    assert (second.number, second.note, made.newest_id) == (2, "换底色", second.pk)


def test_who_saw_an_older_version_is_told_of_the_newer() -> None:
    made = asset()
    more(made)
    with pytest.raises(Conflict) as refused:
        more(made, seed=5, after=1)
    assert (refused.value.code, refused.value.params["newest"]) == ("moved_on", 2)


def test_the_same_file_again_another_family_and_a_retired_asset_are_refused() -> None:
    made = asset()
    with pytest.raises(Conflict) as same:
        more(made, seed=3)
    with pytest.raises(Refused) as family:
        more(made, upload=Upload(PDF, "a.pdf"))
    assets.set_retired(asset_id=made.pk, retired=True, by=person("zheng_designer"), now=NOW)
    with pytest.raises(Conflict) as retired:
        more(made)
    assert [each.value.code for each in (same, family, retired)] == ["same", "family", "retired"]


def test_what_is_not_there_is_not_found() -> None:
    with pytest.raises(NotFound):
        assets.add_version(asset_id=987654, upload=picture(), by=person("zheng_designer"), now=NOW)
    with pytest.raises(NotFound):
        more(asset(), upload=Upload(offer=987654))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE cms_assetversion SET number = 7",
        "DELETE FROM cms_assetversion",
        "UPDATE cms_assetfinal SET sha256 = 'x'",
        "DELETE FROM cms_redesigndone",
    ],
)
def test_the_database_keeps_versions(statement: str) -> None:
    asset()
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


@pytest.mark.parametrize(
    "statement",
    ["DELETE FROM cms_asset WHERE id = %s", "UPDATE cms_asset SET purpose = 'picture' WHERE id = %s"],
)
def test_the_database_keeps_an_asset_and_what_it_is(statement: str) -> None:
    made = asset()
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, [made.pk])


def test_an_asset_never_points_to_the_version_of_another() -> None:
    first, second = asset("一"), asset("二", upload=picture(9))
    statement = (
        "UPDATE cms_asset SET newest_id = (SELECT newest_id FROM cms_asset WHERE id = %s) WHERE id = %s"
    )
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, [second.pk, first.pk])


# ---------------------------------------------------------------- words, retiring, finding


def test_describing_changes_the_words_and_says_which() -> None:
    made = asset()
    assets.describe_asset(
        asset_id=made.pk,
        title="新年海报",
        tags=["新年", "新年", " "],
        rights="自制",
        by=person("lin_editor"),
        now=NOW + HOUR,
    )
    made.refresh_from_db()
    assert (made.title, made.tags, made.rights) == ("新年海报", ["新年"], "自制")
    with pytest.raises(Invalid):
        assets.describe_asset(
            asset_id=made.pk, title=" ", tags=[], rights="", by=person("lin_editor"), now=NOW
        )


def found(**wish: object) -> list[str]:
    return [each.title for each in selectors.library(selectors.Wanted(**wish))]  # type: ignore[arg-type]


def test_the_library_finds_by_words_kind_tag_and_person() -> None:
    asset("国庆海报", tags=["促销"])
    asset("沙发实拍", "picture", upload=picture(4), rights="摄影：潘", now=NOW + HOUR, by="pan_photo")
    assert found() == ["沙发实拍", "国庆海报"]
    assert found(text="海报") == ["国庆海报"]
    assert found(text="ｓｏｆａ") == []
    assert found(text="促销") == ["国庆海报"]
    assert found(text="摄影") == ["沙发实拍"]
    assert found(purpose="picture") == ["沙发实拍"]
    assert found(tag="促销") == ["国庆海报"]
    assert found(mine=person("pan_photo").pk) == ["沙发实拍"]


def test_the_library_goes_on_by_key() -> None:
    for number in range(selectors.PAGE + 2):
        asset(f"图{number}", "picture", now=NOW + number * dt.timedelta(seconds=1))
    first = selectors.library(selectors.Wanted())
    last = first[selectors.PAGE - 1]
    rest = selectors.library(selectors.Wanted(before=(last.updated_at, last.pk)))
    assert [each.title for each in rest] == ["图1", "图0"]


def test_a_retired_asset_is_offered_no_more_until_it_comes_back() -> None:
    made = asset()
    for retired in (True, True, False):
        assets.set_retired(asset_id=made.pk, retired=retired, by=person("zheng_designer"), now=NOW)
        assert found() == ([] if retired else ["国庆海报"])
        assert found(state="retired") == (["国庆海报"] if retired else [])
        assert bool(selectors.attachable(at=NOW)) is not retired


def test_what_may_be_attached_names_the_bytes() -> None:
    made = asset()
    asset("视频", "video", upload=Upload(MP4, "v.mp4"))
    assert made.newest is not None
    offered = selectors.attachable("海报", "image", NOW)
    assert [(each.sha256, each.name) for each in offered] == [(made.newest.stored.sha256, "图.png")]
    assert [each.title for each in selectors.attachable(family="video", at=NOW)] == ["视频"]
    assert selectors.stored_by_sha256(offered[0].sha256) is not None
    assert selectors.stored_by_sha256("0" * 64) is None


def content(made: Asset, confidential: bool = False) -> Item:
    """News whose newest version has the asset attached."""
    assert made.newest is not None
    column = Column.objects.create(
        slug=f"news{Column.objects.count()}", name="新闻", kinds=["news"], created_at=NOW
    )
    item = Item.objects.create(
        kind="news",
        column=column,
        title="开业",
        created_by=person("tang_writer"),
        created_at=NOW,
        updated_at=NOW,
        confidential=confidential,
    )
    texts = dict.fromkeys(("title", "summary", "body", "author", "source", "source_url", "link"), "")
    listed = [(made.newest.stored.sha256, "图.png")]
    item.newest = Version.objects.create(
        item=item,
        number=1,
        files=[list(each) for each in listed],
        digest=digest(texts, listed),
        written_by=person("tang_writer"),
        at=NOW,
        **texts,
    )
    item.save(update_fields=["newest"])
    return item


def test_an_asset_says_where_it_is_used() -> None:
    made, other = asset(), asset("别的", upload=picture(8))
    item, secret = content(made), content(made, confidential=True)
    more(made)
    assert selectors.used_in(person("zheng_designer"), made) == [item]
    assert set(selectors.used_in(person("tang_writer"), made)) == {item, secret}
    assert selectors.used_in(person("zheng_designer"), other) == []
