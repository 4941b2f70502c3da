"""A whole book: what it includes, its clauses, its rules, and whether they fit each other.

A book may `include` another one. It then takes over every chapter, position, word, clause and rule of that
book, replaces what it names again, and drops the clauses that its own clauses declare to replace. A rule
that rested on a dropped clause must be given again or dropped by name, so that nothing is inherited by
oversight.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from django.utils.translation import gettext_noop as _

from office.rulebook.parser.lines import with_lines
from office.rulebook.parser.problems import Report, WrongBook
from office.rulebook.parser.rules import Posts, read_rule
from office.rulebook.parser.table import Table
from office.rulebook.types import (
    ALWAYS,
    CALENDAR_DAYS,
    ENFORCEMENTS,
    STEP_RULE,
    WORKING_DAYS,
    Book,
    ChainRule,
    Clause,
    DeadlineRule,
    HoursRule,
    LimitRule,
    PermissionRule,
    Rule,
    ScheduleRule,
    Text,
)

BOOKS = Path(__file__).resolve().parent.parent / "books"
CODES = ("site", "mall")

LETTERS = "SPCMWJ"

_ID = re.compile(r"([A-Z])(\d+)(?:\.(\d+|[a-z]))?([a-z])?")
_KEY = re.compile(r"[a-z_]+(\.[a-z0-9_]+)+")
_SHOWS = {
    DeadlineRule: "timer",
    ChainRule: "chain",
    LimitRule: "limit",
    ScheduleRule: "schedule",
    PermissionRule: "permission",
}


def shipped_source(code: str) -> str:
    """The text of the book that comes with this release. Raises LookupError for an unknown code."""
    if code not in CODES:
        raise LookupError(f"no book called {code!r}; there are {', '.join(CODES)}")
    return (BOOKS / f"{code}.toml").read_text(encoding="utf-8")


@dataclass(slots=True)
class _Raw:
    """The tables of a book and its included book, each still knowing its file."""

    code: str
    title: Text
    chapters: dict[str, Text]
    positions: dict[str, tuple[Text, str | None]]
    words: dict[str, tuple[str, ...]]
    names: dict[str, Text]
    clauses: dict[str, tuple[Clause, Table]]
    rules: dict[str, Table]
    include: str | None


def parse_book(
    source: str, *, file: str, version_id: int | None = None, base_source: str | None = None
) -> Book:
    """Read and validate a book.

    `base_source` is the text of the included book; None takes the shipped one. Raises WrongBook with every
    problem found, each naming file, table and reason.
    """
    bases = tuple(shipped_source(code) if base_source is None else base_source for code in CODES)
    return replace(_parsed(source, file, bases), version_id=version_id)


@lru_cache(maxsize=8)
def _parsed(source: str, file: str, bases: tuple[str, ...]) -> Book:
    """`bases`: what including each of CODES takes. A book is frozen, so the same texts may share one: reading them
    takes a tenth of a second, and a book is looked at, proposed, agreed to and put in force with the same texts."""
    report = Report()
    raw = _read(source, file=file, report=report, bases=bases)
    if raw is None:
        raise WrongBook(with_lines(report.found, source, file))
    posts = Posts(frozenset(raw.positions), raw.words)
    rules: dict[str, Rule] = {}
    for key, table in raw.rules.items():
        rule = read_rule(key, table, posts)
        if rule is not None:
            rules[key] = _without_gone(rule, raw)
    _check_superiors(raw, file, report)
    _check_rules(raw, rules)
    _check_clauses(raw, rules)
    if report.found:
        raise WrongBook(with_lines(report.found, source, file))
    return Book(
        code=raw.code,
        title=raw.title,
        version_id=None,
        clauses=MappingProxyType({key: raw.clauses[key][0] for key in sorted(raw.clauses, key=_place)}),
        rules=MappingProxyType(rules),
        superiors=MappingProxyType({code: superior for code, (_text, superior) in raw.positions.items()}),
        words=MappingProxyType(raw.words),
        positions=MappingProxyType({code: text for code, (text, _superior) in raw.positions.items()}),
        chapters=MappingProxyType(raw.chapters),
        names=MappingProxyType(raw.names),
        include=raw.include,
    )


def _place(clause_id: str) -> tuple[int, int, str, int, str]:
    """Where a clause stands: S, P, C, M, W, J; C10.2 before C10.11 before C10.a."""
    form = _ID.fullmatch(clause_id)
    if form is None:
        return (len(LETTERS), 0, "", 0, clause_id)
    part = form[3] or ""
    letter = LETTERS.find(form[1]) % (len(LETTERS) + 1)
    return (
        letter,
        int(form[2]),
        "" if part.isdigit() else part,
        int(part) if part.isdigit() else 0,
        form[4] or "",
    )


def _read(source: str, *, file: str, report: Report, bases: tuple[str, ...]) -> _Raw | None:
    """`bases` is empty while an included book is read."""
    try:
        data = tomllib.loads(source)
    except tomllib.TOMLDecodeError as wrong:
        report.add(file, "", _("not valid TOML: {said}"), said=str(wrong))
        return None
    except RecursionError:
        report.add(file, "", _("not valid TOML: nested too deeply"))
        return None
    top = Table(data, file=file, name="", report=report)
    code = top.choice("code", CODES)
    title = top.text("title") or Text("", "")
    include = top.string("include", required=False) or None
    raw = _Raw(code, title, {}, {}, {}, {}, {}, {}, include)
    if include is not None:
        if not bases or include == code or include not in CODES:
            top.problem(
                _("must name another shipped book, and that book may not include a further one"), "include"
            )
        else:
            base = _read(bases[CODES.index(include)], file=f"{include}.toml", report=report, bases=())
            if base is None:
                return None
            raw = replace(base, code=code, title=title, include=include)
    _read_names(top, raw)
    own = _read_clauses(top, raw)
    _read_rules(top, raw, own)
    top.finish()
    return raw


def _read_names(top: Table, raw: _Raw) -> None:
    chapters = top.child("chapters", top.named("chapters"))
    for key in chapters.data:
        raw.chapters[key] = chapters.text(key) or Text("", "")
    names = top.child("names", top.named("names"))
    for name in names.data:
        raw.names[name] = names.text(name) or Text("", "")
    positions = top.named("positions")
    for code, entry in positions.items():
        table = top.child(f"positions.{code}", entry if isinstance(entry, dict) else {})
        if not isinstance(entry, dict):
            table.problem(_("must be a table with zh, en and superior"))
        superior = table.string("superior", required=False) or None
        raw.positions[code] = (Text(zh=table.string("zh"), en=table.string("en")), superior)
        table.finish()
    words = top.child("words", top.named("words"))
    for word in words.data:
        raw.words[word] = words.strings(word)
        for code in raw.words[word]:
            if code not in raw.positions:
                words.problem(_("unknown position {name!r}"), word, name=code)


def _read_clauses(top: Table, raw: _Raw) -> set[str]:
    """Add the clauses of this file; returns the ids that were dropped because they are replaced."""
    seen: set[str] = set()
    gone: set[str] = set()
    fresh: dict[str, tuple[Clause, Table]] = {}
    for table in top.tables("clauses"):
        clause_id = table.string("id")
        table.name = f"{table.name} ({clause_id})"
        clause = _clause(clause_id, table, raw)
        if clause_id in seen:
            table.problem(_("this id is given twice"))
        seen.add(clause_id)
        for old in clause.replaces:
            if old not in raw.clauses:
                table.problem(
                    _("replaces {old!r}, which the included book does not have"), "replaces", old=old
                )
            gone.add(old)
        fresh[clause_id] = (clause, table)
    if not seen:
        top.problem(_("the book has no clauses"), "clauses")
    for old in gone:
        raw.clauses.pop(old, None)
    raw.clauses.update(fresh)
    return gone


def _clause(clause_id: str, table: Table, raw: _Raw) -> Clause:
    form = _ID.fullmatch(clause_id)
    chapter = ""
    if clause_id and form is None:
        table.problem(_("not a clause id: {id!r}"), "id", id=clause_id)
    elif form is not None:
        chapter = next((name for name in (form[1] + form[2], form[1]) if name in raw.chapters), "")
        if not chapter:
            table.problem(_("no chapter {letter!r} for this clause"), "id", letter=form[1])
    enforcement = table.strings("enforcement")
    for kind in enforcement:
        if kind not in ENFORCEMENTS:
            table.problem(
                _("unknown kind {kind!r} (known: {known})"),
                "enforcement",
                kind=kind,
                known=", ".join(ENFORCEMENTS),
            )
    if not enforcement:
        table.problem(
            _("is enforced by nothing: name how, or declare it conduct, excluded or planned"), "enforcement"
        )
    reason = table.text("reason", required=False)
    if ("excluded" in enforcement) != (reason is not None):
        table.problem(_("an excluded clause needs a reason, and only an excluded clause has one"), "reason")
    if "excluded" in enforcement and len(enforcement) > 1:
        table.problem(_("an excluded clause is enforced by nothing else"), "enforcement")
    clause = Clause(
        id=clause_id,
        title=table.text("title") or Text("", ""),
        text=table.text("text") or Text("", ""),
        enforcement=enforcement,
        reason=reason,
        note=table.text("note", required=False),
        replaces=table.strings("replaces", required=False),
        chapter=chapter,
    )
    table.finish()
    return clause


def _read_rules(top: Table, raw: _Raw, gone: set[str]) -> None:
    own = top.named("rules")
    for key in top.strings("drop_rules", required=False):
        if key not in raw.rules:
            top.problem(_("{key!r} is no rule of the included book"), "drop_rules", key=key)
        raw.rules.pop(key, None)
    for key, table in raw.rules.items():
        if key not in own and table.data.get("clause") in gone:
            top.problem(
                _(
                    "the included rule {key!r} rests on clause {clause!r}, which is replaced: "
                    "give the rule again or name it in drop_rules"
                ),
                "rules",
                key=key,
                clause=table.data["clause"],
            )
    for key, entry in own.items():
        table = top.child("rules", entry if isinstance(entry, dict) else {}, name=f'rules."{key}"')
        if not isinstance(entry, dict) or "kind" not in entry:
            table.problem(
                _('must be a table with a kind, such as [rules."orders.accept"] with the key in quotes')
            )
            continue
        if not _KEY.fullmatch(key):
            table.problem(_("a rule's key is lower case and has at least two parts, such as orders.accept"))
        raw.rules[key] = table


def _without_gone(rule: Rule, raw: _Raw) -> Rule:
    """An included rule may name further clauses that this book replaced; those names go, the rule stays."""
    if raw.include is None or all(clause in raw.clauses for clause in rule.also):
        return rule
    if raw.rules[rule.key].file != f"{raw.include}.toml":
        return rule
    return replace(rule, also=tuple(clause for clause in rule.also if clause in raw.clauses))


def _check_superiors(raw: _Raw, file: str, report: Report) -> None:
    for code, (_text, superior) in raw.positions.items():
        if superior is not None and superior not in raw.positions:
            report.add(file, f"positions.{code}.superior", _("unknown position {name!r}"), name=superior)
            continue
        seen, above = {code}, superior
        while above is not None and above in raw.positions:
            if above in seen:
                report.add(file, f"positions.{code}.superior", _("is its own superior in the end"))
                break
            seen.add(above)
            above = raw.positions[above][1]


def _check_rules(raw: _Raw, rules: Mapping[str, Rule]) -> None:
    for key, rule in rules.items():
        table = raw.rules[key]
        for clause_id in rule.clauses:
            if clause_id and clause_id not in raw.clauses:
                table.problem(
                    _("unknown clause id {id!r}"),
                    "clause" if clause_id == rule.clause else "also",
                    id=clause_id,
                )
        if isinstance(rule, DeadlineRule) and rule.hours not in (ALWAYS, CALENDAR_DAYS, WORKING_DAYS):
            if not isinstance(rules.get(rule.hours), HoursRule):
                table.problem(_("no hours rule called {name!r}"), "hours", name=rule.hours)
            if rule.months:
                table.problem(_("months cannot be counted in open hours"), "after")
        if isinstance(rule, ChainRule) and rule.after is not None:
            known = isinstance(rules.get(rule.after), ChainRule) and rule.after != key
            if not known:
                table.problem(_("no other chain called {name!r}"), "follows", name=rule.after)
        if isinstance(rule, ChainRule):
            _check_chain(rule, table, rules)
        kind = _SHOWS.get(type(rule))
        found = raw.clauses.get(rule.clause)
        if kind is not None and found is not None and kind not in found[0].enforcement:
            table.problem(
                _("clause {id} does not say that it is enforced by a {kind}"),
                "clause",
                id=rule.clause,
                kind=kind,
            )


def _check_chain(rule: ChainRule, table: Table, rules: Mapping[str, Rule]) -> None:
    for other in rule.instead_of:
        if other == rule.key or not isinstance(rules.get(other), ChainRule):
            table.problem(_("no other chain called {name!r}"), "instead_of", name=other)
    if rule.step_rule != STEP_RULE and not isinstance(rules.get(rule.step_rule), DeadlineRule):
        table.problem(_("no deadline called {name!r}"), "step_rule", name=rule.step_rule)


def _check_clauses(raw: _Raw, rules: Mapping[str, Rule]) -> None:
    named: dict[str, set[str]] = {}
    for rule in rules.values():
        for clause_id in rule.clauses:
            named.setdefault(clause_id, set()).add(_SHOWS.get(type(rule), "parameter"))
    for clause_id, (clause, table) in raw.clauses.items():
        by = named.get(clause_id, set())
        if "excluded" in clause.enforcement and by:
            table.problem(_("is excluded, yet a rule names it"), "enforcement")
        if not by and not {"conduct", "excluded", "planned"} & set(clause.enforcement):
            table.problem(
                _("is enforced by no rule, and is not declared conduct, excluded or planned"), "enforcement"
            )
        for kind in ("timer", "chain", "schedule", "permission"):
            if kind in clause.enforcement and kind not in by:
                table.problem(_("says {kind}, but no such rule names the clause"), "enforcement", kind=kind)
