"""Row 8: the word scan over 280,000 characters with 20,000 words, against the bare automaton.

The scan folds full-width forms and fillers, looks at allow phrases and says where in the original text each hit stands.
The other side is the same library's automaton over the same words and the unfolded text. Reach: at most 2 times.

    ./dev bench 8
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import ahocorasick

from cms.rules.words import Scanner, Word

WORDS, LENGTH = 20_000, 280_000


def text_of(chance: random.Random, words: list[str], characters: list[str], length: int) -> str:
    """Sentences with commas, line ends, full-width digits, hidden words and allow phrases."""
    pieces: list[str] = []
    size = 0
    while size < length:
        piece = "".join(chance.choices(characters, k=chance.randint(8, 30))) + chance.choice(
            ["，", "。", "；", "\n", "……", "㎡，"]
        )
        if chance.random() < 0.01:
            word = chance.choice(words)
            piece += chance.choice([word, " ".join(word), "*".join(word), f"路{word}通", "１２３"])
        pieces.append(piece)
        size += len(piece)
    return "".join(pieces)[:length]


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def measure(length: int) -> float:
    chance = random.Random(8)
    characters = [chr(chance.randrange(0x4E00, 0x9000)) for _ in range(3_000)]
    words = list({"".join(chance.choices(characters, k=chance.randint(2, 6))) for _ in range(WORDS)})
    text = text_of(chance, words, characters, length)
    bare = ahocorasick.Automaton()
    for word in words:
        bare.add_word(word, word)
    bare.make_automaton()
    entries = [Word(word, "list") for word in words]
    entries += [Word(f"路{word}通", "list", allow=True) for word in words[:500]]
    scanner = Scanner(entries)
    hits = len(scanner.scan(text))
    sides: dict[str, list[float]] = {"bare": [], "scan": []}
    for _turn in range(3):
        sides["bare"].append(seconds(lambda: list(bare.iter(text))))
        sides["scan"].append(seconds(lambda: scanner.scan(text)))
    raw, full = (statistics.median(sides[side]) for side in ("bare", "scan"))
    for side, took in sides.items():
        print(f"  {side}: {', '.join(f'{each * 1000:.1f}' for each in took)} ms")
    print(
        f"row 8: {len(words):,} words over {length:,} characters, {hits} hits: {full * 1000:.1f} ms, "
        f"{full / raw:.2f} × the bare automaton (asked ≤ 2)"
    )
    return full / length


def main() -> None:
    large, small = measure(LENGTH), measure(LENGTH // 10)
    print(f"  cost of a character, ten times the size: × {large / small:.2f}")


if __name__ == "__main__":
    main()
