"""Numbers of tax invoices (发票) and vouchers (付款凭证). Pure."""

from __future__ import annotations

import re

#: Paper and electronic VAT invoices bear eight digits, fully digital ones (数电票) twenty.
_INVOICE = re.compile(r"[0-9]{8}|[0-9]{20}")
_BETWEEN = re.compile(r"[\s,，、;；]+")
MOST = 20


class NotInvoices(ValueError):
    """`code`: format, twice, many. `text`: what is wrong."""

    def __init__(self, code: str, text: str = "") -> None:
        super().__init__(code)
        self.code, self.text = code, text


def read(typed: str) -> list[str]:
    """The numbers in a line, as often as people write them: by commas or blanks. Raises NotInvoices."""
    wide = typed.translate(str.maketrans("０１２３４５６７８９", "0123456789"))
    numbers = [each for each in _BETWEEN.split(wide.strip()) if each]
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
