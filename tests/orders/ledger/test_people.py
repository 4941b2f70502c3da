"""Masked, complete, found again: what a recipient's values mean."""

import pytest

from orders.people import complete_phone, is_masked, last_four, name_grams


@pytest.mark.parametrize(
    "value",
    [
        "张*",
        "138****5678",
        "上海市**区",
        "＊＊",
        "##abcDEF==##",
        "$$5/1FA==$$",
        "~CPMZd8PN5QRy==~4~",
        "$132$WlJ8==$4$",
        "##x",
    ],
)
def test_stars_and_platform_ciphers_are_masks(value: str) -> None:
    assert is_masked(value)


@pytest.mark.parametrize("value", ["张三", "13812345678", "", "#12 Main Street", "100$", "~", "A~B"])
def test_plain_values_are_not_masked(value: str) -> None:
    assert not is_masked(value)


@pytest.mark.parametrize(
    ("value", "digits"),
    [
        ("13812345678", "13812345678"),
        ("+86 138-1234-5678", "13812345678"),
        ("0086 13812345678", "13812345678"),
        ("１３８１２３４５６７８", "13812345678"),
        ("电话：13812345678", "13812345678"),
        ("(021) 6888-1234", "02168881234"),
        ("555-625-1199", "5556251199"),
        ("+44 20 7946 0958", "442079460958"),
    ],
)
def test_a_complete_phone_is_its_digits(value: str, digits: str) -> None:
    assert complete_phone(value) == digits


@pytest.mark.parametrize(
    "value",
    [
        "",
        "138****5678",
        "13812345678-1234",
        "13812345678转5678",
        "12345",
        "0000000",
        "call me",
        "1" * 20,
        "##x##",
        "٠١٢٣٤٥٦٧٨",
    ],
)
def test_a_masked_lent_or_broken_phone_identifies_nobody(value: str) -> None:
    assert complete_phone(value) == ""


def test_the_last_four_digits_are_seen_through_a_mask() -> None:
    assert last_four("138****5678") == "5678"
    assert last_four("138-1234-56 78") == "5678"
    assert last_four("1381234****") == ""
    assert last_four("") == ""


def test_names_are_found_by_their_bigrams() -> None:
    assert name_grams("张三丰") == sorted(["张三", "三丰"])
    assert name_grams("Ａnna Lee") == sorted(["an", "nn", "na", "al", "le", "ee"])
    assert name_grams("张") == ["张"]
    assert name_grams("张**") == []
    assert name_grams("") == []
