"""Numbers of tax invoices (发票) and vouchers (付款凭证). Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

#: Paper and electronic VAT invoices bear eight digits, fully digital ones (数电票) twenty.
_INVOICE = re.compile(r"[0-9]{8}|[0-9]{20}")
_CODE = re.compile(r"[0-9]{10}|[0-9]{12}")
_TAX_ID = re.compile(r"[0-9A-Z]{15,20}")
_BETWEEN = re.compile(r"[\s,，、;；]+")
MOST = 20


class NotInvoices(ValueError):
    """`code`: format, twice, many, code, tax_id. `text`: what is wrong."""

    def __init__(self, code: str, text: str = "") -> None:
        super().__init__(code)
        self.code, self.text = code, text


def read(typed: str) -> list[str]:
    """The numbers in a line, as often as people write them: by commas or blanks. Raises NotInvoices."""
    numbers = [each for each in _BETWEEN.split(_narrow(typed).strip()) if each]
    for each in numbers:
        if not _INVOICE.fullmatch(each):
            raise NotInvoices("format", each[:40])
        if numbers.count(each) > 1:
            raise NotInvoices("twice", each)
    if len(numbers) > MOST:
        raise NotInvoices("many", str(len(numbers)))
    return numbers


def unique_everywhere(number: str) -> bool:
    """A fully digital invoice has its own number in the whole country; eight digits are told apart by a code."""
    return len(number) == 20


def read_one(number: str, code: str) -> tuple[str, str]:
    """(number, code) of one invoice as typed: eight digits stand beside a code of ten or twelve, twenty by themselves.
    Raises NotInvoices."""
    number, code = ("".join(_narrow(each).split()) for each in (number, code))
    if not _INVOICE.fullmatch(number):
        raise NotInvoices("format", number[:40])
    if bool(code) == unique_everywhere(number) or (code and not _CODE.fullmatch(code)):
        raise NotInvoices("code", code[:40])
    return number, code


def read_tax_id(typed: str) -> str:
    """Raises NotInvoices."""
    found = "".join(_narrow(typed).split()).upper()
    if not _TAX_ID.fullmatch(found):
        raise NotInvoices("tax_id", found[:40])
    return found


def same_company(one: str, other: str) -> bool:
    """Whether two names are one company's, blanks aside, as the database compares them."""
    return "".join(one.split()) == "".join(other.split())


def covered(covers: Decimal, left: Sequence[Decimal]) -> list[Decimal]:
    """What a payment takes of each invoice, in the order in which they are named, none beyond what is left of it.
    `covers`: what it pays, and what takes the place of money in it."""
    taken = []
    for each in left:
        taken.append(min(covers, each))
        covers -= taken[-1]
    return taken


def _narrow(typed: str) -> str:
    return typed.translate(str.maketrans("０１２３４５６７８９", "0123456789"))
