"""C13.3: length and first character of a password come from the book in force."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from office.rulebook import api as rulebook
from office.rulebook.models import Version
from office.rulebook.parser import shipped_source
from office.rulebook.validators import RulebookPasswordValidator

pytestmark = [pytest.mark.django_db, pytest.mark.clause("C13.3")]


def codes(password: str) -> list[str]:
    try:
        RulebookPasswordValidator().validate(password)
    except ValidationError as wrong:
        return [str(error.code) for error in wrong.error_list]
    return []


@pytest.mark.parametrize(
    ("password", "expected"),
    [
        ("Kx7-tulpe-99", []),
        ("short", ["password_too_short"]),
        ("9Kx7-tulpe-9", ["password_leading_digit"]),
        ("9short", ["password_too_short", "password_leading_digit"]),
        ("", ["password_too_short"]),
        ("九个汉字也要够十个长", []),
        ("٣abcdefghijk", ["password_leading_digit"]),
    ],
)
def test_the_shipped_rule(password: str, expected: list[str]) -> None:
    assert codes(password) == expected


def with_rule(text: str) -> None:
    now = timezone.now()
    source = shipped_source("site").replace(
        "value = { min_length = 10, floor = 6, no_leading_digit = true, max_age_days = 90 }", text
    )
    rulebook.activate_book(code="site", starts_at=now + timedelta(seconds=1), by=None, now=now, source=source)
    newest = Version.objects.order_by("-id")[0]
    assert newest.source == source


def test_the_book_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    with_rule("value = { min_length = 14, floor = 6, no_leading_digit = false, max_age_days = 90 }")
    later = timezone.now() + timedelta(seconds=5)
    monkeypatch.setattr(timezone, "now", lambda: later)
    assert codes("Kx7-tulpe-99") == ["password_too_short"]
    assert codes("9Kx7-tulpe-99-long") == []
    assert "14" in RulebookPasswordValidator().get_help_text()


def test_no_book_goes_below_the_clause(monkeypatch: pytest.MonkeyPatch) -> None:
    with_rule("value = { min_length = 3, floor = 1, no_leading_digit = true, max_age_days = 90 }")
    later = timezone.now() + timedelta(seconds=5)
    monkeypatch.setattr(timezone, "now", lambda: later)
    assert codes("Ab3x9") == ["password_too_short"]
    assert codes("Ab3x9z") == []


def test_the_help_names_the_demands() -> None:
    assert "10" in RulebookPasswordValidator().get_help_text()
