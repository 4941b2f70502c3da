"""Making passwords, and judging how hard one is to guess."""

from __future__ import annotations

import secrets
from collections.abc import Iterable

from zxcvbn import zxcvbn  # type: ignore[import-untyped]

#: Without what is mistaken for each other on paper: 0 O o, 1 l I.
LETTERS = "abcdefghijkmnpqrstuvwxyz"
CAPITALS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
DIGITS = "23456789"
SIGNS = "!#%*+-=?@_"
SHORTEST, USUAL, LONGEST = 12, 20, 64
#: What guessing looks at: a longer text is as strong as its beginning at least.
JUDGED = 72


def generate(length: int = USUAL, *, signs: bool = True) -> str:
    """Random, with one of each sort, a letter first (C13.3 does not like digits there). `signs`: with them too; some
    sites take none."""
    length = min(max(length, SHORTEST), LONGEST)
    sorts = (LETTERS, CAPITALS, DIGITS, SIGNS) if signs else (LETTERS, CAPITALS, DIGITS)
    drawn = [secrets.choice(each) for each in sorts[1:]]
    drawn += [secrets.choice("".join(sorts)) for _ in range(length - len(sorts))]
    secrets.SystemRandom().shuffle(drawn)
    return secrets.choice(LETTERS) + "".join(drawn)


def score(text: str, known: Iterable[str] = ()) -> int:
    """0 (guessed at once) to 4. `known`: what stands beside it and is no secret, such as the login."""
    if not text:
        return 0
    words = [word for word in known if word]
    return int(zxcvbn(text[:JUDGED], user_inputs=words)["score"])
