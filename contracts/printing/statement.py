"""The statement as a PDF in Chinese: to be compared and signed by both sides."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from decimal import Decimal
from typing import Any

from contracts.models import Supplier
from contracts.printing.typeset import typeset
from contracts.rules.statement import KINDS, Statement


def statement_pdf(
    supplier: Supplier,
    statement: Statement,
    *,
    ours: str,
    withheld: Decimal,
    over: bool,
    export: str,
    at: datetime,
    printed: str,
) -> bytes:
    """`export`: the number in the register of exports; `over`: whether the month is."""
    paper: dict[str, Any] = {
        "title": "供应商对账单",
        "ours": ours,
        "supplier": {"name": supplier.name, "code": supplier.code},
        "month": f"{statement.month.year}年{statement.month.month}月",
        "opening": yuan(statement.opening),
        "deliveries": yuan(statement.deliveries),
        "payments": yuan(statement.payments),
        "set_offs": yuan(statement.set_offs),
        "closing": yuan(statement.closing),
        "closing_negative": statement.closing < 0,
        "withheld": f"{withheld.normalize():f}" if withheld else "",
        "over": over,
        "lines": [
            {
                "on": line.entry.on.isoformat(),
                "what": line.entry.what,
                "paper": line.entry.paper,
                "about": line.entry.about.isoformat()
                if line.entry.about and line.entry.about != line.entry.on
                else "",
                **{kind: yuan(line.entry.amount) if line.entry.kind == kind else "" for kind in KINDS},
                "balance": yuan(line.balance),
            }
            for line in statement.lines
        ],
    }
    digest = hashlib.sha256(json.dumps(paper, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
    return typeset("statement.typ", {**paper, "sha256": digest, "export": export, "printed": printed}, at=at)


def yuan(amount: Decimal) -> str:
    return f"{amount:,.2f}"
