"""Words that may not be published are found however they are written, and harmless ones are left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cms.rules import words
from cms.rules.words import Scanner, Word, fold, marked

WORDS = [
    Word("口交", "indecent"),
    Word("路口交通", "indecent", allow=True),
    Word("sex", "indecent"),
    Word("加微信", "harmful", "second"),
    Word("最好", "advertising", "hint"),
    Word("３６０度", "advertising", "hint"),
]
SCANNER = Scanner(WORDS)


def words_in(text: str) -> list[str]:
    return [hit.word for hit in SCANNER.scan(text)]


@pytest.mark.clause("C6.5")
def test_a_word_inside_an_allow_phrase_is_no_hit() -> None:
    assert words_in("本店位于路口交通便利处") == []
    assert words_in("路口 交通") == []


@pytest.mark.clause("C6.5")
def test_the_same_word_outside_of_the_allow_phrase_is_a_hit() -> None:
    hits = SCANNER.scan("路口交通口交")
    assert [(hit.start, hit.end) for hit in hits] == [(4, 6)]


@pytest.mark.clause("C6.5")
@pytest.mark.parametrize(
    "text", ["口 交", "口　交", "口\u200b交", "口\n交", "口*交", "口．交", "口·交", "口\ufe0f交", "口¨交"]
)
def test_blanks_and_fillers_inside_a_word_hide_nothing(text: str) -> None:
    (hit,) = SCANNER.scan(f"前{text}后")
    assert (hit.start, hit.end, hit.found) == (1, 1 + len(text), text)


@pytest.mark.clause("C6.4")
@pytest.mark.parametrize("text", ["ｓｅｘ", "ＳＥＸ", "SeX", "s e x", "Ⓢⓔⓧ", "𝐬𝐞𝐱"])
def test_full_width_and_fancy_letters_hide_nothing(text: str) -> None:
    assert words_in(text) == ["sex"]


@pytest.mark.clause("C6.4")
def test_whoever_sends_every_character_fills_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "MOST_MET", 100)
    for start in range(0x4E00, 0x4E00 + 1000, 50):
        fold("".join(map(chr, range(start, start + 50))))
        assert len(words._learnt.met) <= 150
    assert words_in("ｓ　ｅ x") == ["sex"]


@pytest.mark.clause("C6.6")
def test_a_word_of_the_list_may_be_full_width_itself() -> None:
    assert words_in("360度全景") == ["３６０度"]


@pytest.mark.clause("C6.6")
@pytest.mark.parametrize("text", ["Essex", "sexton", "as exact", "口，交", "口。交", "最 不 好"])
def test_what_only_looks_alike_is_no_hit(text: str) -> None:
    assert words_in(text) == []


def test_a_character_that_becomes_several_keeps_the_places_right() -> None:
    (hit,) = SCANNER.scan("重㎏数最 好")
    assert (hit.start, hit.end, hit.found) == (3, 6, "最 好")


def test_ellipses_and_units_of_ordinary_texts_keep_the_places_right() -> None:
    text = "面积１０㎡，水温９０℃……最…好"
    (hit,) = SCANNER.scan(text)
    assert (hit.start, hit.found) == (text.index("最"), "最…好")


def test_no_lists_no_hits() -> None:
    assert Scanner([]).scan("口交") == []


def test_overlapping_hits_are_shown_once_each_place() -> None:
    scanner = Scanner([Word("最好", "a", "hint"), Word("最好的", "a", "hint")])
    pieces = list(marked("这是最好的", scanner.scan("这是最好的")))
    assert [(piece.text, bool(piece.hit)) for piece in pieces] == [("这是", False), ("最好的", True)]


@given(st.text(max_size=200))
def test_marking_keeps_every_character_and_hits_lie_where_they_say(text: str) -> None:
    hits = SCANNER.scan(text)
    assert "".join(piece.text for piece in marked(text, hits)) == text
    for hit in hits:
        assert text[hit.start : hit.end] == hit.found
        assert fold(hit.found).text == fold(hit.word).text


@given(
    st.text(st.characters(blacklist_categories=["Cs"]), max_size=20), st.sampled_from(["口 交", "加*微＊信"])
)
def test_a_hidden_word_is_found_wherever_it_stands(around: str, hidden: str) -> None:
    text = f"{around}。{hidden}。{around}"
    assert any(hit.found == hidden for hit in SCANNER.scan(text))
