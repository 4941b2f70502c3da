"""`{% keep name=value … %}…{% endkeep %}`: a part of a page that depends on the named values and the language only.

It is drawn once for each set of values and kept in the process. The part sees the named values only: no request, no
user, no token, so whatever is kept is right for everybody with the same values. Blocks and forms' tokens are refused
when the template is compiled: a child would fill the block differently, and a token is one person's.
"""

from __future__ import annotations

from typing import Any

from django import template
from django.template.base import FilterExpression, NodeList, Parser, Token, token_kwargs
from django.template.context import Context
from django.template.defaulttags import CsrfTokenNode
from django.template.loader_tags import BlockNode
from django.utils.safestring import SafeString
from django.utils.translation import get_language

register = template.Library()

#: Sets of values kept per part; then all are dropped and drawn again.
LIMIT = 256


class KeepNode(template.Node):
    """What was drawn stays with the compiled template, which lives as long as the process."""

    def __init__(self, nodelist: NodeList, values: dict[str, FilterExpression]) -> None:
        self.nodelist = nodelist
        self.values = tuple(values.items())
        self.kept: dict[tuple[object, ...], SafeString] = {}

    def render(self, context: Context) -> SafeString:
        values = {name: expression.resolve(context) for name, expression in self.values}
        key = (get_language(), *values.values())
        found = self.kept.get(key)
        if found is None:
            found = self.nodelist.render(_alone(context, values))
            if len(self.kept) >= LIMIT:
                self.kept.clear()
            self.kept[key] = found
        return found


def _alone(context: Context, values: dict[str, Any]) -> Context:
    """A context of these values only, for the same template."""
    alone = Context(values, autoescape=context.autoescape, use_l10n=context.use_l10n, use_tz=context.use_tz)
    alone.template = context.template
    alone.render_context = context.render_context
    return alone


@register.tag("keep")
def keep(parser: Parser, token: Token) -> KeepNode:
    """Values must be hashable."""
    bits = token.split_contents()[1:]
    values = token_kwargs(bits, parser)
    if bits:
        raise template.TemplateSyntaxError(f"keep takes name=value, not {bits[0]!r}")
    nodelist = parser.parse(("endkeep",))
    parser.delete_first_token()
    for kind in (BlockNode, CsrfTokenNode):
        if nodelist.get_nodes_by_type(kind):
            raise template.TemplateSyntaxError(f"a kept part may not hold a {kind.__name__}")
    return KeepNode(nodelist, values)
