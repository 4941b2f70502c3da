"""What verbs of the catalog refuse alike: texts that cannot be, rows that are not there."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from catalog.models import Sku
from office.errors import Invalid, NotFound

_CODE = re.compile(r"[\w][\w.-]{0,39}")
_BARCODE = re.compile(r"[0-9A-Za-z-]{0,20}")
MOST = Decimal("9999999999.99")
#: A price is measured by what the goods cost.
NO_COST = _("What it costs is not known yet: enter the cost of the style number first.")


class Problems:
    """Collects what is wrong with a form, so that all of it is said at once."""

    def __init__(self) -> None:
        self.errors: list[dict[str, str]] = []

    def add(self, path: str, code: str, message: object) -> None:
        self.errors.append({"path": path, "code": code, "message": str(message)})

    def text(self, path: str, value: str, longest: int, *, required: bool = True) -> str:
        """The text without blanks around it."""
        kept = value.strip()
        if required and not kept:
            self.add(path, "required", _("This is needed."))
        elif len(kept) > longest:
            self.add(path, "too_long", _("At most {count} characters.").format(count=longest))
        elif not kept.isprintable():
            self.add(path, "characters", _("Line breaks and control characters do not fit here."))
        return kept

    def code(self, path: str, value: str, longest: int = 40) -> str:
        kept = value.strip()
        if not _CODE.fullmatch(kept) or len(kept) > longest:
            self.add(
                path,
                "characters",
                _("Up to {count} letters, digits, dots, dashes or underscores.").format(count=longest),
            )
        return kept

    def barcode(self, path: str, value: str) -> str:
        kept = value.strip()
        if not _BARCODE.fullmatch(kept):
            self.add(path, "characters", _("A barcode has up to 20 digits, letters or dashes."))
        return kept

    def amount(self, path: str, value: Decimal | None) -> Decimal | None:
        """An amount of money above zero, in whole fen."""
        if value is None:
            return None
        if not value.is_finite() or value <= 0 or value > MOST:
            self.add(path, "amount", _("An amount is above zero."))
        elif value != value.quantize(Decimal("0.01")):
            self.add(path, "amount", _("An amount has at most two decimals."))
        return value

    def raise_if_any(self, message: object) -> None:
        """Raises Invalid."""
        if self.errors:
            raise Invalid(message, errors=self.errors)


def lock_skus(sku_ids: Iterable[int]) -> list[Sku]:
    """The SKUs, locked by id in order until the transaction ends: whoever moves stock or puts goods on sale takes this
    lock first, so that nothing is listed while its last piece leaves. Raises NotFound."""
    wanted = sorted(set(sku_ids))
    found = list(Sku.objects.select_for_update(no_key=True).filter(pk__in=wanted).order_by("pk"))
    if len(found) != len(wanted):
        raise NotFound(_("There is no such SKU."))
    return found
