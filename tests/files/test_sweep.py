"""Bytes that no row names go after a day; what a row names stays and is found when it changed."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from office.files import api as files
from office.files import services, store
from office.files.models import Offer
from tests.files.samples import LIMITS, PDF, large_picture
from tests.people import person

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def _folder(settings: Any, tmp_path: Path) -> None:
    settings.FILES_ROOT = tmp_path


def old(path: Path) -> Path:
    os.utime(path, (0, 0))
    return path


def kept(content: bytes = PDF) -> Path:
    stored = files.keep_file(
        content=content, name="a", by=person("zheng_designer"), now=timezone.now(), limits=LIMITS
    )
    return store.path_of(stored.sha256)


def unnamed(content: bytes) -> Path:
    sha256 = store.sha256_of(content)
    store.write(content, sha256)
    return store.path_of(sha256)


def test_old_bytes_without_a_row_go_and_all_others_stay() -> None:
    named, forgotten, young = old(kept()), old(unnamed(b"forgotten")), unnamed(b"just written")
    assert services.sweep(now=timezone.now()) == 1
    assert named.exists()
    assert young.exists()
    assert not forgotten.exists()


def test_halves_of_broken_writes_go() -> None:
    half = kept().with_name(".part-x")
    half.write_bytes(b"1")
    old(half)
    services.sweep(now=timezone.now())
    assert not half.exists()


def test_offers_of_yesterday_go_with_their_bytes() -> None:
    now = timezone.now()
    offer = files.offer_smaller(
        content=large_picture(), name="a", by=person("zheng_designer"), now=now, limits=LIMITS
    )
    for sha256 in (offer.original_sha256, offer.smaller_sha256):
        old(store.path_of(sha256))
    assert services.sweep(now=now + DAY / 2) == 0
    assert services.sweep(now=now + DAY) == 2
    assert not Offer.objects.exists()


def verify() -> tuple[str, int]:
    said, code = StringIO(), 0
    try:
        call_command("verify_files", stdout=said)
    except SystemExit as end:
        code = int(str(end.code))
    return said.getvalue(), code


@pytest.mark.parametrize(
    ("harm", "word"), [(Path.unlink, "missing"), (lambda path: path.write_bytes(b"x"), "changed")]
)
def test_verify_files_names_what_is_missing_or_changed(harm: Callable[[Path], object], word: str) -> None:
    place = kept()
    assert verify() == ("files 1, wrong 0\n", 0)
    harm(place)
    assert verify() == (f"{word}: {place.name}\nfiles 1, wrong 1\n", 1)
