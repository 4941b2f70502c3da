"""The contract's paper: two originals with page numbers, the digest in the footer and room for seals (P6)."""

from __future__ import annotations

from contracts.models import ContractVersion
from contracts.printing.typeset import typeset
from office.rulebook import api as rulebook

#: Who keeps which original.
COPIES = ("甲方执", "乙方执")


def contract_pdf(version: ContractVersion) -> bytes:
    """As many originals as the book of the day says, one for each side. Everything comes from the version's own row, so
    that it can be made again at any time, byte for byte."""
    contract, copies = version.contract, rulebook.limit_rule("contracts.originals", at=version.at).count
    return typeset(
        "contract.typ",
        {
            "number": contract.number,
            "version": version.n,
            "title": contract.title,
            "ours": version.parties["ours"],
            "theirs": version.parties["theirs"],
            "starts_on": _day(version.starts_on.isoformat()),
            "ends_on": _day(version.ends_on.isoformat()),
            "reason": version.reason,
            "clauses": version.clauses,
            "sha256": version.sha256,
            "copies": list(COPIES[:copies]),
        },
        at=version.at,
    )


def _day(iso: str) -> str:
    year, month, day = iso.split("-")
    return f"{year}年{int(month)}月{int(day)}日"
