"""Assets and redesigns as tests make them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from cms.models import Asset, MockUp, Redesign
from cms.services import assets, redesign
from cms.services.uploads import Upload
from tests.files.samples import small_picture
from tests.people import person

NOW = dt.datetime(2026, 11, 25, 2, 0, tzinfo=dt.UTC)  # a Wednesday, 10:00 in Shanghai
HOUR = dt.timedelta(hours=1)


def picture(seed: int = 3, name: str = "图.png") -> Upload:
    return Upload(small_picture(seed), name)


def sent(content: bytes, name: str = "a.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def asset(
    title: str = "国庆海报", purpose: str = "poster", *, by: str = "zheng_designer", **more: Any
) -> Asset:
    given = {"upload": picture(), "now": NOW, **more}
    return assets.add_asset(title=title, purpose=purpose, by=person(by), **given)


def proposal(title: str = "首页改版", *, pictures: bool = True, now: dt.datetime = NOW) -> Redesign:
    """With one view; its mock-up there unless told otherwise."""
    by = person("zheng_designer")
    made = redesign.begin_redesign(title=title, aim="让首屏更快找到新品", page="官网首页", by=by, now=now)
    view = redesign.add_mock_up(redesign_id=made.pk, label="首屏", by=by, now=now)
    if pictures:
        put(view, "before", 5)
        put(view, "after", 6)
    return made


def put(view: MockUp, slot: str, seed: int) -> MockUp:
    return redesign.set_mock_up(
        mock_up_id=view.pk, slot=slot, upload=picture(seed), by=person("zheng_designer"), now=NOW
    )
