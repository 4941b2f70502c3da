"""Chinese first, English complete: a text without its Chinese fails."""

from __future__ import annotations

from ecdept import translations


def test_every_text_of_the_interface_has_its_chinese() -> None:
    catalog, problems = translations.merged()
    assert problems + translations.missing(catalog) == []


def test_the_merged_catalogue_is_what_the_fragments_give() -> None:
    catalog, _problems = translations.merged()
    assert translations.up_to_date(catalog), "run: ./dev manage merge_translations"


def test_the_collector_finds_texts_in_code_and_templates() -> None:
    found = {use.key for use in translations.uses()}
    assert "Sign in" in found
    assert "Employee number" in found
    assert ("{n} on duty", "{n} on duty") in found or ("%(n)s on duty", "%(n)s on duty") in found
