"""The typed parameters of a contract: what the paper may say otherwise than the book, and how it is read.

Values are kept as JSON: percentages as text ("30", "12.5"), days and hours as whole numbers, choices as their codes.
What a contract does not say holds as the book says it (P2.2 and others); `read` puts both together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

MONTHLY, ON_SHIPMENT = "monthly_30", "on_shipment"


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds between us and the supplier. Percentages of 100, days as P2.2 and P7b count them, hours elapsed."""

    settlement: str
    deposit_percent: Decimal
    balance_days: int
    return_days: int
    deemed_days: int
    warehouse: str
    withhold_percent: Decimal
    penalty_months: int
    rectification_hours: int
    partial_delivery: bool
    report_standard: str
    reports_per_step: int


@dataclass(frozen=True, slots=True)
class Parameter:
    """One of them. `kind`: percent, whole, choice, flag or text; `clause`: the clause of the paper that says it."""

    name: str
    clause: str
    kind: str
    label: StrOrPromise
    unit: StrOrPromise = ""
    lowest: int = 0
    highest: int = 0
    choices: tuple[tuple[str, StrOrPromise], ...] = ()


PARAMETERS = (
    Parameter(
        "settlement",
        "P2.2",
        "choice",
        _("Settlement"),
        choices=(
            (MONTHLY, _("deposit, then monthly by the day of arrival")),
            (ON_SHIPMENT, _("deposit, balance before shipping")),
        ),
    ),
    Parameter("deposit_percent", "P2.2", "percent", _("Deposit"), "%", 0, 100),
    Parameter("balance_days", "P2.2", "whole", _("Paid after arrival within"), _("day(s)"), 0, 180),
    Parameter("return_days", "P7b", "whole", _("Order returned within"), _("day(s)"), 1, 30),
    Parameter("deemed_days", "P7b", "whole", _("Deemed accepted after"), _("day(s)"), 1, 60),
    Parameter("warehouse", "P7a", "text", _("Place of delivery"), highest=120),
    Parameter("partial_delivery", "P7a", "flag", _("Delivery in parts")),
    Parameter("withhold_percent", "P1.6", "percent", _("Withheld on a breach of designs"), "%", 0, 100),
    Parameter(
        "penalty_months", "P2.3", "whole", _("Penalty for a commission"), _("month(s) of payment"), 0, 12
    ),
    Parameter("rectification_hours", "P3.2", "whole", _("Defects put right within"), _("hour(s)"), 1, 720),
    Parameter(
        "report_standard",
        "P3.3",
        "choice",
        _("Standard of inspection"),
        choices=(
            ("national", _("national, else enterprise standard")),
            ("enterprise", _("enterprise standard")),
        ),
    ),
    Parameter("reports_per_step", "P3.3", "whole", _("Reports for each step"), _("report(s)"), 0, 9),
)
BY_NAME = {each.name: each for each in PARAMETERS}


class WrongTerm(Exception):
    """A value that a parameter does not take."""

    def __init__(self, name: str, message: StrOrPromise) -> None:
        super().__init__(name)
        self.name, self.message = name, message


def stored(parameter: Parameter, value: Any) -> Any:
    """The value as it is kept. Raises WrongTerm."""
    if parameter.kind == "choice":
        if value not in dict(parameter.choices):
            raise WrongTerm(parameter.name, _("There is no such choice."))
        return value
    if parameter.kind == "flag":
        if not isinstance(value, bool):
            raise WrongTerm(parameter.name, _("Say yes or no."))
        return value
    if parameter.kind == "text":
        said = str(value).replace("\x00", "").strip()
        if not said or len(said) > parameter.highest:
            raise WrongTerm(parameter.name, _("Between 1 and %(n)d characters.") % {"n": parameter.highest})
        return said
    return _number(parameter, value)


def _number(parameter: Parameter, value: Any) -> Any:
    wrong = WrongTerm(
        parameter.name,
        _("Between %(low)d and %(high)d.") % {"low": parameter.lowest, "high": parameter.highest},
    )
    try:
        number = Decimal(str(value))
    except InvalidOperation as error:
        raise wrong from error
    if (
        isinstance(value, bool)
        or not number.is_finite()
        or not parameter.lowest <= number <= parameter.highest
    ):
        raise wrong
    if parameter.kind == "whole":
        if number != number.to_integral_value():
            raise WrongTerm(parameter.name, _("A whole number."))
        return int(number)
    if number != round(number, 2):
        raise WrongTerm(parameter.name, _("At most two decimal places."))
    return f"{number.normalize():f}"


def read(said: Mapping[str, Any], book: Mapping[str, Any]) -> Terms:
    """The contract's own values before the book's. Both as kept."""
    values = {**book, **{name: value for name, value in said.items() if name in BY_NAME}}
    for parameter in PARAMETERS:
        if parameter.kind == "percent":
            values[parameter.name] = Decimal(values[parameter.name])
    return Terms(**values)


def departing(said: Mapping[str, Any], book: Mapping[str, Any]) -> list[Parameter]:
    """Where a paper says otherwise than the book does. A place of delivery has no default to depart from."""
    return [
        each
        for each in PARAMETERS
        if each.name in book and each.name != "warehouse" and said.get(each.name) != book[each.name]
    ]


def disagreement(terms: Terms) -> WrongTerm | None:
    """What two values of one contract may not say together."""
    if terms.deemed_days < terms.return_days:
        return WrongTerm("deemed_days", _("An order is not deemed accepted before it had to be returned."))
    return None
