"""Pages call rules and their values by words, in both languages: no code of ours stands on them."""

from __future__ import annotations

import re

import pytest
from django.utils.translation import override

from office.rulebook.selectors import shipped_book
from office.rulebook.words import has_rule_name, phrases, rule_name

#: A code: small letters joined by dots or underscores. Nothing that people write looks like that.
CODE = re.compile(r"[a-z]+(?:[._][a-z0-9]+)+")


@pytest.mark.parametrize("code", ["site", "mall"])
def test_every_rule_is_called_by_a_name(code: str) -> None:
    """A new rule gets one: a line under [names] of the book, or the name of its deadline, chain or permission."""
    book = shipped_book(code)
    assert [key for key in book.rules if not has_rule_name(book, key)] == []
    for language in ("zh-hans", "en"):
        with override(language):
            assert [key for key in book.rules if CODE.search(rule_name(book, key))] == []


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("code", ["site", "mall"])
def test_no_value_of_a_rule_shows_a_code(code: str, language: str) -> None:
    book = shipped_book(code)
    with override(language):
        said = {key: " · ".join(phrases(book, rule)) for key, rule in book.rules.items()}
    raw = {key: CODE.findall(text) for key, text in said.items() if CODE.search(text)}
    assert raw == {}
    if language == "zh-hans":  # nor a bare word of English, other than names and units
        bare = {
            key: re.findall(r"(?<![A-Za-z.@/-])[a-z]{4,}(?![A-Za-z.@/-])", text) for key, text in said.items()
        }
        assert {key: found for key, found in bare.items() if found} == {}
