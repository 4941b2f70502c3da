"""Months as their first day. Pure."""

from __future__ import annotations

from datetime import date, timedelta


def month_of(day: date) -> date:
    return day.replace(day=1)


def next_month(month: date) -> date:
    return month_of(month.replace(day=28) + timedelta(days=4))


def previous_month(month: date) -> date:
    return month_of(month - timedelta(days=1))


def days_of(month: date) -> list[date]:
    """Every day of the month, in order."""
    end = next_month(month)
    return [month + timedelta(days=n) for n in range((end - month).days)]


def read_month(text: str) -> date | None:
    """ "2026-11" as its first day; None for what is no month."""
    year, dash, month = text.partition("-")
    if not (
        dash and len(year) == 4 and len(month) == 2 and (year + month).isascii() and (year + month).isdigit()
    ):
        return None
    if not (1970 <= int(year) <= 2100 and 1 <= int(month) <= 12):
        return None
    return date(int(year), int(month), 1)
