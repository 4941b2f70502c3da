"""A request for prices as the engine and the deciders see it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from catalog.kinds.words import every_channel, local, percent, period, signed, yuan
from catalog.models import Channel, EvidenceFile, Price, PriceSheet, Sku
from catalog.rules import pricing
from catalog.rules.sheets import read
from catalog.selectors.prices import latest_agreed, promotions_met
from catalog.services.judging import said
from catalog.services.pricing import set_prices
from catalog.subjects import part_of
from office.approvals import api as approvals
from office.enumerating import strung
from office.rulebook import api as rulebook
from office.rulebook.selectors import holds

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from django_stubs_ext import StrOrPromise

    from office.approvals.models import Run
    from office.staff.models import Employee

FLAG_NAMES = {
    pricing.BELOW_COST: _("below cost"),
    pricing.OUT_OF_BAND: _("outside the price band"),
}


def fields(subject_id: str) -> Mapping[str, str]:
    """The cost, the specification and the latest agreed price of every SKU that is asked about."""
    word, number = part_of(subject_id)
    if word == "sheet":
        sheet = PriceSheet.objects.filter(pk=number).first()
        codes = (
            {read(line).code for line in sheet.lines} if sheet else set()
        )  # as the request itself reads them
        skus = list(Sku.objects.filter(code__in=codes))
    else:
        skus = list(Sku.objects.filter(pk=number))
    return _texts(skus, latest_agreed([sku.pk for sku in skus]))


def fields_of_many(subject_ids: Collection[str]) -> Mapping[str, Mapping[str, str]]:
    """As `fields` of single SKUs by two queries; a table of prices is looked at by itself."""
    numbers = {each: part_of(each) for each in subject_ids}
    single = {each: number for each, (word, number) in numbers.items() if word != "sheet"}
    skus = Sku.objects.in_bulk(single.values())
    latest = latest_agreed(list(skus))
    return {each: _texts([skus[number]] if number in skus else [], latest) for each, number in single.items()}


def _texts(skus: Sequence[Sku], latest: Mapping[int, Price]) -> dict[str, str]:
    found = {}
    for sku in skus:
        price = latest.get(sku.pk)
        found[f"{sku.code} cost"] = "" if sku.cost is None else f"{sku.cost:.2f}"
        found[f"{sku.code} spec"] = sku.spec
        found[f"{sku.code} price"] = f"{price.pk}" if price else ""
    return found


def row_name(row: Mapping[str, Any]) -> str:
    """ "SF-2301 雾灰 · 官网商城"; no channel stands for all of them."""
    parts = (f"{row['code']} {row['spec']}".strip(), row["channel_name"])
    return " · ".join(part for part in parts if part)


def changes(run: Run) -> list[approvals.Change]:
    """A row each: price, margin, when, what it takes the place of, what is unusual and why, promotions it meets."""
    found = []
    names = dict(Channel.objects.values_list("pk", "name"))
    band = rulebook.limit_rule("catalog.price_band", at=run.submitted_at).amount
    for index, row in enumerate(run.payload["rows"]):
        price, cost = Decimal(row["price"]), _decimal(row["cost"])
        before = _decimal(row["before"])
        name = row_name(row)

        def line(
            field: str,
            label: StrOrPromise,
            old: str,
            new: StrOrPromise,
            name: str = name,
            index: int = index,
        ) -> None:
            found.append(approvals.Change(field, label, old, new, name, index))

        line("price", _("Selling price"), yuan(before), yuan(price) + signed(pricing.change(before, price)))
        line(
            "margin", _("Margin"), percent(pricing.margin(before, cost)), percent(pricing.margin(price, cost))
        )
        line("cost", _("Cost"), yuan(cost), yuan(cost))
        line("from", _("Effective from"), "—", local(row["from"]))
        standing = row.get("befores", [])
        if len({each["price"] for each in standing}) > 1:
            words = [f"{every_channel(each['channel'])} {yuan(each['price'])}" for each in standing]
            line("befores", _("Takes the place of"), strung(words), yuan(price))
        if row["flags"]:
            line("flags", _("Unusual"), "—", _flag_words(row["flags"]))
        if row.get("reasons"):
            line(
                "reasons",
                _("Why unusual"),
                "—",
                strung(said(each, names, band) for each in row["reasons"]),
            )
        met = promotions_met(row["sku"], row["channel"], datetime.fromisoformat(row["from"]))
        if met:
            words = [
                f"{m.promotion.title} ({m.channel.name}, {period(m.during.lower, m.promotion.over_at)})"
                for m in met[:3]
            ]
            line("promotions", _("Promotions it meets"), "—", strung(words))
    return found


def _flag_words(flags: Sequence[str]) -> StrOrPromise:
    words = [FLAG_NAMES.get(flag, flag) for flag in flags]
    return format_lazy(" · ".join(["{}"] * len(words)), *words)


def apply(run: Run, payload: Mapping[str, Any], by: Employee | None, now: datetime) -> None:
    """The rows that were not refused become prices."""
    set_prices(run=run, rows=payload["rows"], by=by, now=now)


def evidence(run: Run) -> list[approvals.Evidence]:
    """What competitors ask, beside the row it belongs to."""
    rows = run.payload["rows"]
    names = {row["sku"]: row_name(row) for row in rows}
    given = run.payload["evidence"]["competitor_prices"]
    files = {
        file.pk: file
        for file in EvidenceFile.objects.filter(
            pk__in=[each["file"] for each in given if each["file"]]
        ).defer("content")
    }
    found = []
    for each in given:
        row = row_name(rows[each["row"]]) if "row" in each else names.get(each["sku"], "")
        on = parse_date(each["on"])
        text = f"{yuan(each['price'])} · {on:%Y-%m-%d}" if on else yuan(each["price"])
        found.append(approvals.Evidence(each["source"], text, row=row))
        if each["url"]:
            found.append(approvals.Evidence(_("Page"), each["url"], url=each["url"], row=row))
        file = files.get(each["file"])
        if file is not None:
            address = reverse("catalog:evidence", args=[run.pk, file.pk])
            is_image = file.mime.startswith("image/")
            found.append(
                approvals.Evidence(
                    file.name, url="" if is_image else address, image=address if is_image else "", row=row
                )
            )
    return found


def similar(run: Run) -> str:
    """Prices of one category count as alike; tables among each other."""
    rows = run.payload["rows"]
    if len(rows) > 1:
        return "price:table"
    category = Sku.objects.filter(pk=rows[0]["sku"]).values_list("product__category_id", flat=True).first()
    return f"price:{category}"


def visible(person: Employee, subject_id: str) -> bool:
    """Who sees costs sees what is asked for."""
    return holds(person, "catalog.view_cost", timezone.now())


def ask(subject_id: str) -> str:
    """Where it is asked for."""
    word, number = part_of(subject_id)
    return reverse("catalog:sheet" if word == "sheet" else "catalog:propose_price", args=[number])


def url(subject_id: str) -> str:
    """The page of what is asked about."""
    word, number = part_of(subject_id)
    return reverse("catalog:sheet" if word == "sheet" else "catalog:prices", args=[number])


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
