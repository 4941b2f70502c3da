"""Papers as PDF: a typst template, the fonts that come with the product, and data that is never read as markup."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pylopdf_fonts_zh_cn as fonts
import typst

HERE = Path(__file__).resolve().parent


@cache
def _fonts() -> list[str]:
    return sorted({str(Path(path).parent) for path in (fonts.serif_path(), fonts.sans_path())})


def typeset(template: str, paper: Mapping[str, Any], *, root: Path = HERE, at: datetime) -> bytes:
    """The PDF of `template` under `root`, which reads `paper` as JSON. `at` is the date in the file's own data: the
    same paper of the same instant is the same bytes."""
    made = typst.compile(
        str(root / template),
        root=str(root),
        font_paths=_fonts(),
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"paper": json.dumps(paper, ensure_ascii=False)},
        timestamp=int(at.timestamp()),
    )
    if not isinstance(made, bytes):
        raise TypeError("typst made more than one file")
    return made
