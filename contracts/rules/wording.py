"""The Chinese of the paper: the clauses that ship, and how a parameter's value reads within one.

The paper is Chinese whatever the reader's language is, so nothing here is translated.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from contracts.rules.terms import BY_NAME, MONTHLY, ON_SHIPMENT, PARAMETERS

SHIPPED = Path(__file__).resolve().parents[1] / "library" / "standard.toml"
PLACE = re.compile(r"\{([a-z_]*)\}")
_CHOICES = {
    ("settlement", MONTHLY): "月结",
    ("settlement", ON_SHIPMENT): "余款于发货前付清",
    ("report_standard", "national"): "国家标准，无国家标准的执行企业标准",
    ("report_standard", "enterprise"): "企业标准",
}
_UNITS = {
    "balance_days": "天",
    "return_days": "日",
    "deemed_days": "日",
    "penalty_months": "个月",
    "rectification_hours": "小时",
    "reports_per_step": "份",
}


@dataclass(frozen=True, slots=True)
class Wording:
    """A clause of the library. `n` 0: as it ships."""

    id: str
    title: str
    text: str
    n: int = 0


@cache
def shipped() -> tuple[Wording, ...]:
    """Every clause in the order of the paper."""
    found = tomllib.loads(SHIPPED.read_text(encoding="utf-8"))["clauses"]
    return tuple(Wording(each["id"], each["title"], each["text"]) for each in found)


def places(text: str) -> set[str]:
    """The names that stand in braces."""
    return set(PLACE.findall(text))


def belonging(clause: str) -> set[str]:
    """The parameters that this clause must say."""
    return {each.name for each in PARAMETERS if each.clause == clause}


def said(name: str, value: Any) -> str:
    """The value as the paper says it: "30%", "30天", "月结"."""
    parameter = BY_NAME[name]
    if parameter.kind == "percent":
        return f"{Decimal(value).normalize():f}%"
    if parameter.kind == "choice":
        return _CHOICES[name, value]
    if parameter.kind == "flag":
        return "允许分批交货" if value else "不得分批交货"
    if parameter.kind == "text":
        return str(value)
    return f"{value}{_UNITS[name]}"


def filled(text: str, terms: Mapping[str, Any]) -> str:
    """The clause with the values in place of the braces."""
    return PLACE.sub(lambda found: said(found[1], terms[found[1]]), text)
