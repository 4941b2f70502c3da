"""What the content list finds: pairs of neighbouring characters, after folding widths and capitals."""

from __future__ import annotations

import re
import unicodedata

_RUNS = re.compile(r"\w+")
#: Pairs kept for one item.
MOST = 2_000


def grams(*texts: str) -> list[str]:
    """Every pair of neighbouring letters, and letters that stand alone; sorted, each once."""
    found: set[str] = set()
    for run in _RUNS.findall(unicodedata.normalize("NFKC", " ".join(texts)).casefold()):
        found.update({run} if len(run) == 1 else {run[i : i + 2] for i in range(len(run) - 1)})
    return sorted(found)[:MOST]
