"""The Chinese of the interface: what the code says in English, what the fragments say in Chinese, whether they fit.

Each area keeps a fragment `locale/zh_Hans/parts/AREA.po`; `merge_translations` makes LC_MESSAGES/django.po of them.
"""

from __future__ import annotations

import ast
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.template import Engine
from django.template.base import Node, NodeList, Template, Variable
from django.templatetags.i18n import BlockTranslateNode, TranslateNode

Key = str | tuple[str, str]

PACKAGES = ("ecdept", "office", "orders", "catalog", "cms", "attendance", "accounts", "backups", "contracts")
ONE = {"_", "gettext", "gettext_lazy", "gettext_noop"}
MANY = {"ngettext", "ngettext_lazy"}
HEADER = """msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"

"""
NAMED = re.compile(r"%\((\w+)\)[sd]|\{(\w*)\}")


@dataclass(frozen=True, slots=True)
class Use:
    """A text of the interface and where it stands; a pair is singular and plural."""

    key: Key
    where: str


def folder() -> Path:
    return Path(settings.BASE_DIR) / "locale" / "zh_Hans"


def uses() -> Iterator[Use]:
    """Every translatable text of the code and the templates."""
    root = Path(settings.BASE_DIR)
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            if "migrations" not in path.parts:
                yield from _in_python(path, root)
    engine = Engine.get_default()
    for path in sorted((root / "templates").rglob("*.html")):
        yield from _in_template(path, root, engine)


def _in_python(path: Path, root: Path) -> Iterator[Use]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        texts = [
            arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)
        ]
        where = f"{path.relative_to(root)}:{node.lineno}"
        if name in ONE and texts and texts[0]:
            yield Use(texts[0], where)
        elif name in MANY and len(texts) >= 2:
            yield Use((texts[0], texts[1]), where)


def _in_template(path: Path, root: Path, engine: Engine) -> Iterator[Use]:
    template = Template(path.read_text(encoding="utf-8"), engine=engine)
    for node in _nodes(template.nodelist):
        where = f"{path.relative_to(root)}:{getattr(node.token, 'lineno', 0)}"
        if isinstance(node, TranslateNode):
            literal = node.filter_expression.var
            text = literal.literal if isinstance(literal, Variable) else literal
            if isinstance(text, str) and text:
                yield Use(str(text), where)
        elif isinstance(node, BlockTranslateNode):
            singular, _names = node.render_token_list(node.singular)
            if not node.plural:
                yield Use(_trimmed(node, singular), where)
                continue
            plural, _names = node.render_token_list(node.plural)
            yield Use((_trimmed(node, singular), _trimmed(node, plural)), where)


def _trimmed(node: BlockTranslateNode, text: str) -> str:
    return " ".join(line.strip() for line in text.splitlines() if line.strip()) if node.trimmed else text


def _nodes(nodes: Iterable[Node]) -> Iterator[Node]:
    for node in nodes:
        yield node
        for value in vars(node).values():
            if isinstance(value, NodeList):
                yield from _nodes(value)
            elif isinstance(value, (list, tuple)):  # the branches of an if
                yield from _nodes(
                    inner
                    for part in value
                    if isinstance(part, tuple)
                    for piece in part
                    if isinstance(piece, NodeList)
                    for inner in piece
                )


def merged() -> tuple[Catalog, list[str]]:
    """The fragments as one catalogue, sorted, and what is wrong with them."""
    catalog = Catalog(locale="zh_Hans", project="ecdept", charset="utf-8", fuzzy=False)
    catalog.header_comment = "# Made by merge_translations from locale/zh_Hans/parts; edit those."
    catalog.creation_date = catalog.revision_date = datetime(
        2026, 1, 1, tzinfo=UTC
    )  # the same bytes every time
    problems: list[str] = []
    origin: dict[Key, str] = {}
    for path in sorted((folder() / "parts").glob("*.po")):
        for message in _messages(path):
            if not message.id:
                continue
            key = _key(message)
            translated = message.string
            if key in origin:
                known = catalog.get(message.id)
                if known is not None and known.string != translated:
                    problems.append(f"{path.name}: {key!r} is said otherwise in {origin[key]}")
                continue
            origin[key] = path.name
            if message.fuzzy or not all(_forms(message)):
                problems.append(f"{path.name}: {key!r} is not translated")
            problems.extend(f"{path.name}: {wrong}" for wrong in _placeholders(message))
            catalog.add(message.id, translated)
    return catalog, problems


def _messages(path: Path) -> list[Message]:
    """A fragment has no header: one is put before it."""
    return list(read_po(io.BytesIO((HEADER + path.read_text(encoding="utf-8")).encode()), locale="zh_Hans"))


def _forms(message: Message) -> tuple[str, ...]:
    """The Chinese: one text, or one for each plural form; an empty one when there is none."""
    string = message.string
    return (string or "",) if isinstance(string, str) or string is None else tuple(string) or ("",)


def _key(message: Message) -> Key:
    return message.id if isinstance(message.id, str) else (message.id[0], message.id[1])


def _placeholders(message: Message) -> Iterator[str]:
    """A name in the Chinese that the English does not have would fail on the page."""
    source = message.id if isinstance(message.id, str) else " ".join(message.id)
    target = " ".join(_forms(message))
    known = {name for pair in NAMED.findall(source) for name in pair if name}
    unknown = {name for pair in NAMED.findall(target) for name in pair if name} - known
    if unknown:
        yield f"{source!r} names {', '.join(sorted(unknown))}, which the English does not have"


def missing(catalog: Catalog) -> list[str]:
    """Texts of the interface that the fragments do not have."""
    known = {_key(message) for message in catalog}
    found: dict[Key, str] = {}
    for use in uses():
        if use.key not in known:
            found.setdefault(use.key, use.where)
    return [f"{where}: {key!r} has no Chinese" for key, where in found.items()]


def unused(catalog: Catalog) -> list[str]:
    """Entries that no code asks for any more."""
    wanted = {use.key for use in uses()}
    return [repr(message.id) for message in catalog if message.id and _key(message) not in wanted]


def rendered(catalog: Catalog) -> tuple[bytes, bytes]:
    """The .po and the .mo of a catalogue."""
    po, mo = io.BytesIO(), io.BytesIO()
    write_po(po, catalog, sort_output=True, omit_header=False, width=110)
    write_mo(mo, catalog)
    return po.getvalue(), mo.getvalue()


def up_to_date(catalog: Catalog) -> bool:
    """Whether the merged catalogue on disk is what the fragments give."""
    path = folder() / "LC_MESSAGES" / "django.po"
    return path.exists() and path.read_bytes() == rendered(catalog)[0]
