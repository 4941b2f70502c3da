"""Packs out of the library and of what is attached to a text."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from django.urls import reverse

from cms.services import assets, packs
from office.audit.models import Entry, Export
from office.errors import Conflict, Forbidden, Invalid, NotFound
from tests.cms.stage import NOW, mall, write
from tests.cms.uploads import asset, picture
from tests.people import person, signed_in

pytestmark = pytest.mark.usefixtures("staffed")


def taken(*ids: int, who: str = "zheng_designer") -> list[str]:
    *names, mark = [part.name for part in packs.pack_assets(asset_ids=ids, by=person(who), now=NOW)]
    assert Export.objects.filter(code=mark.removesuffix(".txt"), rows=len(names), format="zip").exists()
    return names


def unpacked(answer: Any) -> zipfile.ZipFile:
    assert answer.status_code == 200
    return zipfile.ZipFile(io.BytesIO(b"".join(answer)))


def test_chosen_assets_leave_as_one_zip_each_in_the_trail() -> None:
    first, second = asset("一", "picture"), asset("二", "picture", upload=picture(4))
    answer = signed_in("lin_editor").post(
        reverse("cms:asset_pack"), {"pick": [str(first.pk), str(second.pk), "x", "'"]}
    )
    assert sorted(unpacked(answer).namelist()[:-1]) == ["一.png", "二.png"]
    assert Entry.objects.filter(verb="cms.take_asset").count() == 2


@pytest.mark.clause("J4")
def test_a_poster_that_nobody_agreed_to_does_not_leave_in_the_mall() -> None:
    made = asset("国庆海报", "poster")
    assert taken(made.pk) == ["国庆海报.png"]
    mall()
    with pytest.raises(Conflict) as refused:
        taken(made.pk)
    assert "国庆海报" in str(refused.value)


def test_what_is_retired_not_there_none_or_too_many_is_refused() -> None:
    made = asset("一", "picture")
    assets.set_retired(asset_id=made.pk, retired=True, by=person("zheng_designer"), now=NOW)
    for ids, error in (([made.pk], Conflict), ([987_654], NotFound), ([], Invalid), (range(1, 42), Invalid)):
        with pytest.raises(error):
            taken(*ids)
    with pytest.raises(Forbidden):
        taken(made.pk, who="li_lei")


def test_the_attachments_of_a_text_leave_together_for_those_who_may_see_it() -> None:
    files = [(each.newest.stored.sha256, name) for each, name in (
        (asset("一", "picture"), "展位.png"), (asset("二", "picture", upload=picture(4)), "展位.png"),
    ) if each.newest]  # fmt: skip
    item = write("news", files=files)
    url = reverse("cms:attachment_pack", args=[item.pk, 1])
    found = unpacked(signed_in("chen_manager").post(url))
    assert found.namelist()[:-1] == ["展位.png", "展位 (2).png"]
    assert found.namelist()[-1].startswith("EX-")
    assert Entry.objects.filter(verb="cms.take_files", subject_id=str(item.pk)).count() == 1
    assert url in signed_in("chen_manager").get(reverse("cms:item", args=[item.pk])).content.decode()
    assert signed_in("li_lei").post(url).status_code == 404
    assert signed_in("chen_manager").get(url).status_code == 405
    with pytest.raises(NotFound):
        packs.pack_attachments(item_id=item.pk, number=2, by=person("chen_manager"), now=NOW)
