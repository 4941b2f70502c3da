"""What the pages of watched sites draw: the strip of looks, errors in words."""

from __future__ import annotations

from collections.abc import Sequence

from django import template
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from cms.selectors.watch import Beat
from office.approvals.models import Vote
from office.deadlines.api import title_of
from office.outbound import sentence

register = template.Library()

register.filter("outbound_sentence", sentence)


@register.filter
def rule_title(rule: str) -> str:
    """The registered name of a deadline rule."""
    return str(title_of(rule))


@register.filter
def decision_name(code: str) -> str:
    """What evidence keeps of a decision, as people say it."""
    return str(dict(Vote.Decision.choices).get(code, code))


@register.simple_tag
def probe_strip(beats: Sequence[Beat]) -> SafeString:
    """One bar a look, oldest left, in SVG attributes: the content policy allows no inline style. An ill look is higher
    as well as red."""
    ill = sum(beat.tone == "ill" for beat in beats)
    looks = sum(beat.tone != "none" for beat in beats)
    label = _("{ill} of the last {looks} looks failed").format(ill=ill, looks=looks)
    rects = format_html_join(
        "",
        '<rect class="look-{}" x="{}" y="{}" width="4" height="{}">{}</rect>',
        (
            (
                beat.tone,
                place * 5,
                0 if beat.tone == "ill" else 6,
                22 if beat.tone == "ill" else 16,
                format_html("<title>{}</title>", timezone.localtime(beat.at).strftime("%m-%d %H:%M"))
                if beat.at
                else "",
            )
            for place, beat in enumerate(beats)
        ),
    )
    return format_html(
        '<svg class="looks" viewBox="0 0 {} 22" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>',
        len(beats) * 5,
        label,
        rects,
    )
