"""The lines of the approval queue, put together here and not in a template: fifty of them took the template engine four
fifths of the page's time, and this page is asked for all day long. templates/approvals/_waiting.html has the form
around them, static/js/approvals.js the keys.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from html import escape
from typing import NamedTuple

from django import template
from django.template.context import Context
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from ecdept.templatetags.shell import Countdown, _icon, counting_down
from office.approvals.kinds import Change, Kind
from office.approvals.selectors.asked import CHECK, DECIDE, EXECUTE
from office.approvals.selectors.queue import Agreed, Waiting
from office.approvals.selectors.runs import flag_names
from office.rulebook.templatetags.rules import clause_chip
from office.staff.selectors import position_label

register = template.Library()

_LINE = (
    '<li data-line data-what="{what}" id="run-{pk}">{tick}<div class="what">'
    '<div class="row-line"><a class="title" href="{url}">{label}</a><span class="muted">{kind}</span>{clause}{flags}'
    "</div>"
    '<div class="muted small">{asked}</div>'
    '<dl class="changes">{changes}</dl>{all_changes}'
    '<div class="row-line small">{agreed}<span class="similar"{similar_title}>{similar}</span></div></div>'
    '<div class="due">{due}</div><div class="do">{act}</div></li>'
)
_TICK = (
    '<label class="tick"><input class="form-check-input" type="checkbox" name="pick" value="{pk}">'
    '<span class="visually-hidden">{say}</span></label>'
    '<input type="hidden" name="revision-{pk}" value="{revision}">'
)
_NO_TICK = '<span class="tick"></span>'
_DECIDE = (
    '<label class="visually-hidden" for="words-{pk}">{words}</label>'
    '<input class="form-control form-control-sm" id="words-{pk}" name="words-{pk}" maxlength="500" autocomplete="off"'
    ' placeholder="{words}"><div class="buttons">'
    '<button type="submit" class="btn btn-sm btn-primary" name="one" value="approve:{pk}" data-act="approve">{agree}'
    '</button><button type="submit" class="btn btn-sm" name="one" value="return:{pk}" data-act="return">{give_back}'
    '</button><button type="submit" class="btn btn-sm btn-danger" name="one" value="reject:{pk}" data-act="reject">'
    "{reject}</button></div>"
)
_ELSE = '<a class="btn btn-sm btn-primary" href="{url}#{what}">{label}</a>'
_CHANGED = (
    '<del><span class="visually-hidden">{was} </span>{before}</del>'
    ' <span class="arrow" aria-hidden="true">→</span> {inserted}'
)
_INSERTED = '<ins><span class="visually-hidden">{becomes} </span>{after}</ins>'


class _Words(NamedTuple):
    """What every line says, translated once, and escaped but for those that are filled in first (the last five)."""

    comment: str
    agree: str
    give_back: str
    reject: str
    execute: str
    check: str
    before: str
    after: str
    similar_title: str
    no_similar: str
    tick: str
    asked: str
    as_post: str
    on_behalf: str
    similar: str


@register.simple_tag
def kind_options(kinds: Sequence[Kind], chosen: str) -> SafeString:
    """The <option>s of the kinds."""
    return mark_safe(  # noqa: S308  escaped here
        "".join(
            f'<option value="{escape(each.code)}"{" selected" if each.code == chosen else ""}>'
            f"{escape(str(each.name))}</option>"
            for each in kinds
        )
    )


@register.simple_tag(takes_context=True)
def waiting_lines(context: Context, lines: Sequence[Waiting]) -> SafeString:
    """The <li>s of the queue. Every value is escaped here."""
    said = (
        _("Comment or reason"), _("Agree"), _("Return"), _("Reject"), _("Carry out"), _("Check"), _("before"),
        _("after"), _("How similar cases ended in the last 90 days"), _("No similar case in 90 days"),
    )  # fmt: skip
    filled = (
        _("Tick %(label)s"), _("%(who)s asked %(at)s"), _("as %(post)s"), _("for %(name)s"),
        _("Similar in 90 days: %(a)s agreed, %(r)s rejected"),
    )  # fmt: skip
    words = _Words._make((*map(escape, said), *filled))
    base, zone = reverse("approvals:run", args=[0]).removesuffix("0/"), timezone.get_current_timezone()

    @cache
    def post(code: str) -> str:
        return position_label(code)

    @cache
    def clause(code: str) -> str:
        return str(clause_chip(context, code))

    clock, now = Countdown(), timezone.now()
    drawn = []
    for line in lines:
        run = line.run
        pk, url = run.pk, f"{base}{run.pk}/"
        decides, similar = line.what == DECIDE, line.similar
        drawn.append(
            _LINE.format(
                what=line.what,
                pk=pk,
                url=url,
                tick=_TICK.format(pk=pk, revision=run.revision, say=escape(words.tick % {"label": run.label}))
                if decides
                else _NO_TICK,
                label=escape(run.label),
                kind=escape(str(line.kind_name)),
                clause=clause(run.clause),
                flags="".join(
                    f'<span class="chip chip-accent">{escape(flag)}</span>' for flag in flag_names(run)
                ),
                asked=_asked(line, f"{run.submitted_at.astimezone(zone):%m-%d %H:%M}", post, words),
                changes=_changes(line.changes, words),
                all_changes=f'<a class="small" href="{url}">'
                f"{escape(_('All %(n)s changes') % {'n': line.total})}</a>"
                if line.total > len(line.changes)
                else "",
                agreed="".join([_agreed(vote, post) for vote in line.agreed]),
                similar_title=f' title="{words.similar_title}"' if similar.total else "",
                similar=escape(words.similar % {"a": similar.agreed, "r": similar.rejected})
                if similar.total
                else words.no_similar,
                due=counting_down(line.due_at, run.submitted_at, now, clock),
                act=_act(line.what, pk, url, words),
            )
        )
    return mark_safe("".join(drawn))  # noqa: S308  escaped above, value by value


def _asked(line: Waiting, at: str, post: Callable[[str], str], words: _Words) -> str:
    """Who asked when, and by what right it waits here."""
    run = line.run
    said = [escape(words.asked % {"who": run.requester, "at": at})]
    if line.position:
        said.append(escape(words.as_post % {"post": post(line.position)}))
    if line.climbed_from:
        if line.stuck:
            instead = _("instead of %(post)s, which is vacant")
        elif run.post == line.climbed_from:
            instead = _("instead of %(post)s, who is the requester")
        else:
            instead = _("instead of %(post)s")
        said.append(escape(instead % {"post": post(line.climbed_from)}))
    if line.on_behalf_of:
        said.append(f"<b>{escape(words.on_behalf % {'name': line.on_behalf_of})}</b>")
    return " · ".join(said)


def _changes(changes: Sequence[Change], words: _Words) -> str:
    """The before/after (templates/approvals/_changes.html), each row of a request of many under its name."""
    drawn, row = [], ""
    for change in changes:
        if change.row and change.row != row:
            drawn.append(f'<dt class="of-row">{escape(change.row)}</dt>')
        row = change.row
        drawn.append(_change(change, words))
    return "".join(drawn)


def _change(change: Change, words: _Words) -> str:
    """One before/after (templates/approvals/_change.html)."""
    label = escape(str(change.label))
    before, after = escape(str(change.before)), escape(str(change.after)) or "—"
    if change.before == change.after:
        shown = f"<span>{after}</span>"
    else:
        shown = _INSERTED.format(becomes=words.after, after=after)
        if before not in ("", "—"):
            shown = _CHANGED.format(was=words.before, before=before, inserted=shown)
    return f"<dt>{label}</dt><dd>{shown}</dd>"


def _agreed(vote: Agreed, post: Callable[[str], str]) -> str:
    """Who has agreed already."""
    at = f"{timezone.localtime(vote.at):%m-%d %H:%M}"
    title = escape(f"{at} · {vote.comment}" if vote.comment else at)
    who = escape(vote.who)
    if vote.for_whom:
        who += f" {escape(_('for %(name)s') % {'name': vote.for_whom})}"
    if vote.position:
        who += f" · {escape(post(vote.position))}"
    icon = _icon("micro", "check", 16, (("aria_hidden", "true"),))
    return f'<span class="chip chip-kept" title="{title}">{icon}{who}</span>'


def _act(what: str, pk: int, url: str, words: _Words) -> str:
    if what == DECIDE:
        return _DECIDE.format(
            pk=pk, words=words.comment, agree=words.agree, give_back=words.give_back, reject=words.reject
        )
    anchor, label = (EXECUTE, words.execute) if what == EXECUTE else (CHECK, words.check)
    return _ELSE.format(url=url, what=anchor, label=label)
