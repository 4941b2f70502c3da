"""What can be granted, by the rulebook: permissions and levels, as one word each."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from office.rulebook import api as rulebook
from office.rulebook.selectors import LEVEL, LEVELS, NOT_GRANTED, level_keys

#: The levels of C13.1, from the one that reads what is public to the one that backs up and restores.
GENERAL, BACK_OFFICE, DATABASE = "level.general", "level.back_office", "level.database_administrator"
LEVEL_WORDS = (GENERAL, BACK_OFFICE, DATABASE)
#: A grant of these, or to a holder of these posts, is one to a special user.
SPECIAL = "accounts.special"


def grantable(book: rulebook.Book) -> list[str]:
    """Every word that a request may name, levels first, then the permissions in the book's order, without those that
    everybody has and those that the book keeps for posts."""
    levels = book.rules.get(LEVELS)
    known = levels.table() if isinstance(levels, rulebook.ParameterRule) else {}
    found = [word for word in LEVEL_WORDS[1:] if word.removeprefix(LEVEL) in known]
    kept = _texts(book, NOT_GRANTED)
    for key, rule in book.rules.items():
        if isinstance(rule, rulebook.PermissionRule) and not rule.everybody and key not in kept:
            found.append(key)
    return found


def special(book: rulebook.Book, word: str, posts: Collection[str]) -> bool:
    """Whether the book counts the person (by his posts) or what he is to get as special, whatever the request says.
    What makes up a special level is special by itself: piece by piece it would come to the same."""
    named = book.rules.get(SPECIAL)
    table: Mapping[str, object] = named.table() if isinstance(named, rulebook.ParameterRule) else {}
    words = set(_list(table.get("permissions")))
    words |= {key for each in words if each.startswith(LEVEL) for key in level_keys(book, each)}
    return word in words or bool(set(_list(table.get("positions"))) & set(posts))


def level_of(book: rulebook.Book, permissions: Collection[str], also: Collection[str]) -> str:
    """The highest level that somebody with these permissions and granted words has (C13.1): who may do all that the
    book lists for the database administrator is one; who may do more than everybody may is back office."""
    wanted = [key for key in level_keys(book, DATABASE) if key in book.rules]
    if wanted and set(wanted) <= set(permissions):
        return DATABASE
    for key in permissions:
        rule = book.rules.get(key)
        if isinstance(rule, rulebook.PermissionRule) and not rule.everybody:
            return BACK_OFFICE
    return BACK_OFFICE if BACK_OFFICE in also else GENERAL


def section_of(word: str) -> str:
    """The desk that a word belongs to: "orders" of "orders.export"."""
    return word.partition(".")[0]


def _texts(book: rulebook.Book, key: str) -> tuple[str, ...]:
    found = book.rules.get(key)
    return found.texts() if isinstance(found, rulebook.ParameterRule) else ()


def _list(value: object) -> tuple[str, ...]:
    return tuple(str(each) for each in value) if isinstance(value, tuple) else ()
