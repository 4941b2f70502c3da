"""The desk's own words for templates, and its rows.

The rows are put together here and not in a template: fifty of them took the template engine three quarters of the
page's time, and this page is asked for by everybody every few seconds. Links and forms are plain; static/js/desk.js
opens them beside the list.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from decimal import Decimal
from html import escape
from typing import TYPE_CHECKING, Any

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from orders import rules
from orders.models import OrderProgress
from orders.services.desk.reasons import ReturnReason
from orders.wording import goods_said

if TYPE_CHECKING:
    from orders.forms.desk import ActForm
    from orders.selectors.desk import Row

register = template.Library()

#: How a state's mark looks: wait, active, done, stop (static/css/parts.css).
TONES = {
    rules.WAITING: "wait",
    rules.ACCEPTED: "active",
    rules.CONTACTED: "active",
    rules.CONFIRMED: "active",
    rules.HANDED_OVER: "wait",
    rules.TAKEN: "active",
    rules.CLOSED: "done",
}
_ROW = (
    '<tr data-order="{pk}"><td class="c-due">{due}</td><td class="c-shop">{shop}</td>'
    '<td class="c-number"><a href="{url}">{number}</a></td>'
    '<td class="c-customer">{customer} <span class="muted num">{phone}</span></td>'
    '<td class="c-goods wide" title="{goods}">{goods}</td><td class="c-amount num money">{total}</td>'
    '<td class="c-state"><span class="state" data-tone="{tone}">{state}</span>{returned}</td>'
    '<td class="c-holder">{holder}</td><td class="actions c-act">{act}</td></tr>'
)
_COUNTDOWN = (
    '<time class="countdown" data-state="{state}" datetime="{due}" data-due="{due}" data-started="{started}"'
    ' title="{title}">{text}</time>'
)
#: One form serves all rows (templates/orders/_live.html).
_ACCEPT = '<button class="btn btn-sm" form="accept-row" formaction="{url}act/accept/">{label}</button>'


register.filter("goods_said", goods_said)


@register.filter
def return_reason(code: str) -> str:
    """Why an order is in the pool again."""
    return str(dict(ReturnReason.choices).get(code, ""))


@register.filter
def form_of(forms: Mapping[str, ActForm], key: str) -> ActForm | None:
    """The form of an act; its key has hyphens, a template variable may not."""
    return forms.get(key.replace("-", "_"))


@register.simple_tag
def desk_rows(rows: Sequence[Row], takes_orders: bool) -> SafeString:
    """The <tr>s of a list. Every value is escaped here."""
    words = {
        "late": _("{time} late"),
        "left": _("{time} left"),
        "due": _("due {time}"),
        "accept": escape(_("Accept")),
        "next": f' <span class="chip">{escape(_("next try"))}</span>',
        "returned": escape(_("returned")),
        "day": _("{n} d"),
    }
    states = {value: escape(str(label)) for value, label in OrderProgress.State.choices}
    reasons = {value: escape(str(label)) for value, label in ReturnReason.choices}
    base, now = reverse("orders:order", args=[0]).removesuffix("0/"), timezone.now()
    zone = timezone.get_current_timezone()
    drawn = []
    for row in rows:
        url = f"{base}{row.pk}/"
        due = (
            _countdown(row.due_at, row.started_at, now, words, zone)
            if row.due_at
            else '<span class="muted">–</span>'
        )
        returned = ""
        if row.returned_reason and row.state == rules.WAITING:
            returned = f'<span class="chip" title="{reasons.get(row.returned_reason, "")}">{words["returned"]}</span>'
        accepts = takes_orders and row.state == rules.WAITING
        drawn.append(
            _ROW.format(
                pk=row.pk,
                due=due + (words["next"] if row.due_rule == rules.NEXT_TRY else ""),
                shop=escape(row.shop),
                url=url,
                number=escape(row.number),
                customer=escape(row.customer),
                phone=escape(row.phone),
                goods=escape(goods_said(row.goods)),
                total=escape(_money(row.total, row.currency)),
                tone=TONES.get(row.state, "stop"),
                state=states[row.state],
                returned=returned,
                holder=escape(row.holder),
                act=_ACCEPT.format(url=url, label=words["accept"]) if accepts else "",
            )
        )
    return mark_safe("".join(drawn))  # noqa: S308  escaped above, value by value


def _countdown(
    due: datetime, started: datetime | None, now: datetime, words: Mapping[str, Any], zone: tzinfo
) -> str:
    """As the shared `countdown` tag draws it; static/js/app.js goes on counting."""
    left = (due - now).total_seconds()
    span = (due - started).total_seconds() if started else 0
    near = max(min(span * 0.25, 3600), 60) if span else 300
    state = "late" if left < 0 else "near" if left <= near else "ok"
    minutes, seconds = divmod(int(abs(left)), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        clock = f"{words['day'].format(n=days)} {hours:02}:{minutes:02}"
    else:
        clock = f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes:02}:{seconds:02}"
    return _COUNTDOWN.format(
        state=state,
        due=due.isoformat(),
        started=started.isoformat() if started else "",
        title=escape(words["due"].format(time=due.astimezone(zone).isoformat(" ", "seconds")[:19])),
        text=escape(words["late" if state == "late" else "left"].format(time=clock)),
    )


def _money(amount: Decimal | None, currency: str) -> str:
    if amount is None:
        return ""
    return f"{'¥' if currency == 'CNY' else currency + ' '}{amount:,.2f}"
