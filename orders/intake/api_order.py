"""The order that `POST /api/v1/orders` takes → IncomingOrder. Pure.

The models are at once the validation and the schema in OpenAPI. Everything wrong is reported at once, with its path.
Fields that are not named here are kept letter for letter as facts.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from types import NoneType
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from orders.intake.incoming import IncomingCustomer, IncomingLine, IncomingOrder
from orders.intake.payloads import (
    MAX_LINES,
    MESSAGES,
    BadPayload,
    Problem,
    decimal_of,
    moment_of,
    number_problem,
    plain,
    printable,
)

#: pydantic's words → ours; what is not listed is "type".
_CODES = {
    "missing": "required",
    "string_too_long": "too_long",
    "too_short": "too_few",
    "string_pattern_mismatch": "currency",
}


def _refuse(code: str) -> PydanticCustomError:
    return PydanticCustomError(code, MESSAGES[code])


def _decimal(whole: int, places: int) -> BeforeValidator:
    def read(value: Any) -> Decimal:
        found = decimal_of(value, whole=whole, places=places)
        if isinstance(found, str):
            raise _refuse(found)
        return found

    return BeforeValidator(read)


def _decimal_schema(whole: int, places: int, example: str) -> WithJsonSchema:
    step = float(Decimal(1).scaleb(-places))
    text = {"type": "string", "pattern": rf"^[0-9]{{1,{whole}}}(\.[0-9]{{1,{places}}})?$"}
    number = {"type": "number", "minimum": 0, "exclusiveMaximum": 10**whole, "multipleOf": step}
    note = f"Not negative, below 10^{whole}, at most {places} decimal places. Send a string to be exact."
    return WithJsonSchema({"description": note, "anyOf": [text, number], "examples": [example]})


def _moment(value: Any) -> dt.datetime:
    read = moment_of(value, assume_utc=False) if isinstance(value, str) else None
    if read is None:
        raise _refuse("date")
    return read


def _number(value: Any) -> str:
    if not isinstance(value, str):
        raise _refuse("type")
    if code := number_problem(value.strip()):
        raise _refuse(code)
    return value.strip()


Quantity = Annotated[Decimal, _decimal(11, 3), _decimal_schema(11, 3, "2")]
Price = Annotated[Decimal, _decimal(10, 4), _decimal_schema(10, 4, "64.50")]
Amount = Annotated[Decimal, _decimal(12, 2), _decimal_schema(12, 2, "129.00")]
Moment = Annotated[
    dt.datetime,
    BeforeValidator(_moment),
    WithJsonSchema(
        {
            "type": "string",
            "format": "date-time",
            "description": "ISO 8601 with a zone, between 1990 and 2100.",
            "examples": ["2026-11-23T09:30:00+08:00"],
        }
    ),
]
Number = Annotated[
    str,
    BeforeValidator(_number),
    WithJsonSchema(
        {
            "type": "string",
            "minLength": 1,
            "maxLength": 64,
            "pattern": "^[^\\x00-\\x20\\x7f-\\xa0]([^\\x00-\\x1f\\x7f-\\x9f]*[^\\x00-\\x20\\x7f-\\xa0])?$",
            "description": "The shop's order number, unique in the shop. No control characters.",
            "examples": ["SO-20261123-0001"],
        }
    ),
]


class _Model(BaseModel):
    model_config = ConfigDict(extra="allow", strict=True, frozen=True)


class LineIn(_Model):
    """Goods: at least one of sku and title is filled. Quantity 0 and amount 0 are facts."""

    sku: str | None = Field(None, max_length=120)
    title: str | None = Field(None, max_length=500)
    quantity: Quantity
    price: Price | None = None
    amount: Amount | None = None

    @model_validator(mode="after")
    def _goods(self) -> LineIn:
        if not (self.sku or "").strip() and not (self.title or "").strip():
            raise _refuse("goods")
        return self


class CustomerIn(_Model):
    """Who the goods go to. All may be missing; a `*` in a value marks it as masked."""

    name: str | None = Field(None, max_length=500)
    phone: str | None = Field(None, max_length=60)
    address: str | None = Field(None, max_length=1000)


class OrderIn(_Model):
    """One order as the shop states it. Other fields are kept as facts beside the order."""

    shop: str = Field(max_length=30, description="The code of the shop whose secret signs the message.")
    number: Number
    ordered_at: Moment | None = None
    currency: str | None = Field(None, pattern="^[A-Z]{3}$", description="ISO 4217; the shop's when missing.")
    total: Amount | None = None
    paid: Amount | None = None
    cancelled: bool | None = Field(None, description="The shop cancelled or closed the order.")
    customer: CustomerIn | None = None
    lines: list[LineIn] = Field(min_length=1, max_length=MAX_LINES)


def _path(location: tuple[int | str, ...]) -> str:
    path = ""
    for part in location:
        if isinstance(part, int):
            path += f"[{part}]"
        else:
            path += f".{printable(part)}" if path else printable(part)
    return path


def _problem(error: Any) -> Problem:
    code = error["type"]
    if code == "too_long":  # pydantic's word for a list; a text is string_too_long
        code = "too_many" if error["loc"] == ("lines",) else "too_long"
    code = code if code in MESSAGES else _CODES.get(code, "type")
    return Problem(_path(error["loc"]), code, MESSAGES[code])


def read(body: Any, *, currency: str, raw: str) -> IncomingOrder:
    """`body` is parsed JSON (payloads.strict_json), `currency` the shop's. Raises BadPayload with every problem."""
    try:
        return _plainly_right(body, currency, raw)
    except _NotPlain:
        return _by_the_models(body, currency, raw)


class _NotPlain(Exception):
    """Something in the body is not plainly right: the models say what, or take it."""


_ORDER_FIELDS = frozenset(OrderIn.model_fields)
_CUSTOMER_FIELDS = frozenset(CustomerIn.model_fields)
_LINE_FIELDS = frozenset(LineIn.model_fields)


def _plainly_right(body: Any, currency: str, raw: str) -> IncomingOrder:
    """What the models make of an order in which nothing is wrong, as nearly all are, in a third of the time. Raises
    _NotPlain at the first thing that might be; never takes what they refuse, nor takes it differently."""
    if type(body) is not dict:
        raise _NotPlain
    _text(body.get("shop"), 30)
    number = body.get("number")
    if type(number) is not str or number_problem(number := number.strip()):
        raise _NotPlain
    given = body.get("currency")
    if given is not None and not (
        type(given) is str and len(given) == 3 and given.isascii() and given.isalpha() and given.isupper()
    ):
        raise _NotPlain
    cancelled, lines = body.get("cancelled"), body.get("lines")
    if type(lines) is not list or not 0 < len(lines) <= MAX_LINES or type(cancelled) not in (bool, NoneType):
        raise _NotPlain
    further: dict[str, Any] = {}
    read_lines = tuple([_line(line, at, further) for at, line in enumerate(lines)])
    customer = _customer(body.get("customer"), further)
    return IncomingOrder(
        number=number,
        lines=read_lines,
        customer=customer,
        placed_at=_when(body.get("ordered_at")),
        currency=given or currency,
        total=_number_of(body.get("total"), 12, 2),
        paid=_number_of(body.get("paid"), 12, 2),
        facts={**{key: plain(value) for key, value in body.items() if key not in _ORDER_FIELDS}, **further},
        cancelled=bool(cancelled),
        raw=((raw,),),
    )


def _line(line: Any, at: int, further: dict[str, Any]) -> IncomingLine:
    if type(line) is not dict:
        raise _NotPlain
    sku, title = line.get("sku"), line.get("title")
    sku = "" if sku is None else _text(sku, 120).strip()
    title = "" if title is None else _text(title, 500).strip()
    quantity = _number_of(line.get("quantity"), 11, 3)
    if quantity is None or not (sku or title):
        raise _NotPlain
    if len(line) > 5 or not line.keys() <= _LINE_FIELDS:
        further[f"lines[{at}]"] = plain(
            {key: value for key, value in line.items() if key not in _LINE_FIELDS}
        )
    return IncomingLine(
        sku, title, quantity, _number_of(line.get("price"), 10, 4), _number_of(line.get("amount"), 12, 2)
    )


def _customer(given: Any, further: dict[str, Any]) -> IncomingCustomer:
    if given is None:
        return IncomingCustomer(extra={})
    if type(given) is not dict:
        raise _NotPlain
    name, phone, address = given.get("name"), given.get("phone"), given.get("address")
    extra = {key: value for key, value in given.items() if key not in _CUSTOMER_FIELDS}
    rest = {key: plain(value) for key, value in extra.items() if not isinstance(value, str)}
    if rest:
        further["customer"] = rest
    return IncomingCustomer(
        name="" if name is None else _text(name, 500).strip(),
        phone="" if phone is None else _text(phone, 60).strip(),
        address="" if address is None else _text(address, 1000).strip(),
        extra={key: value for key, value in extra.items() if isinstance(value, str)} if rest else extra,
    )


def _text(value: Any, longest: int) -> str:
    if type(value) is not str or len(value) > longest:
        raise _NotPlain
    return value


def _number_of(value: Any, whole: int, places: int) -> Decimal | None:
    if value is None:
        return None
    found = decimal_of(value, whole=whole, places=places)
    if isinstance(found, str):
        raise _NotPlain
    return found


def _when(value: Any) -> dt.datetime | None:
    if value is None:
        return None
    found = moment_of(value, assume_utc=False) if type(value) is str else None
    if found is None:
        raise _NotPlain
    return found


def _by_the_models(body: Any, currency: str, raw: str) -> IncomingOrder:
    try:
        given = OrderIn.model_validate(body)
    except ValidationError as invalid:
        errors = invalid.errors(include_url=False, include_context=False, include_input=False)
        number = body.get("number") if isinstance(body, dict) else ""
        known = number if isinstance(number, str) else ""
        raise BadPayload([_problem(error) for error in errors[:100]], known) from None
    facts = {key: plain(value) for key, value in (given.model_extra or {}).items()}
    further = {
        f"lines[{index}]": plain(line.model_extra)
        for index, line in enumerate(given.lines)
        if line.model_extra
    }
    customer = given.customer or CustomerIn.model_validate({})
    extra = {key: value for key, value in (customer.model_extra or {}).items() if isinstance(value, str)}
    rest = {
        key: plain(value) for key, value in (customer.model_extra or {}).items() if not isinstance(value, str)
    }
    if rest:
        further["customer"] = rest
    return IncomingOrder(
        number=given.number,
        lines=tuple(
            IncomingLine(
                sku=(line.sku or "").strip(),
                title=(line.title or "").strip(),
                quantity=line.quantity,
                price=line.price,
                amount=line.amount,
            )
            for line in given.lines
        ),
        customer=IncomingCustomer(
            name=(customer.name or "").strip(),
            phone=(customer.phone or "").strip(),
            address=(customer.address or "").strip(),
            extra=extra,
        ),
        placed_at=given.ordered_at,
        currency=given.currency or currency,
        total=given.total,
        paid=given.paid,
        facts={**facts, **further},
        cancelled=bool(given.cancelled),
        raw=((raw,),),
    )
