"""`./dev manage clauses`: every clause, how it is enforced, by which rules, shown by which tests."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser

from office.rulebook.coverage import coverage, tests_by_clause
from office.rulebook.parser import parse_book, shipped_source
from office.rulebook.parser.book import CODES
from office.terminal import TerminalCommand


class Command(TerminalCommand):
    help = "List every clause of the shipped books: how it is enforced, by which rules, shown by which tests."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--json", action="store_true", help="a list of {id, title, enforcement, rules, tests}"
        )
        parser.add_argument("--book", choices=CODES, help="only the clauses of this book (default: of both)")

    def handle(self, *args: Any, **options: Any) -> None:
        codes = [options["book"]] if options["book"] else list(CODES)
        books = [parse_book(shipped_source(code), file=f"{code}.toml") for code in codes]
        found = coverage(books, tests_by_clause(settings.BASE_DIR / "tests"))
        if options["json"]:
            self.stdout.write(
                json.dumps(
                    [
                        {
                            "id": entry.clause.id,
                            "title": str(entry.clause.title),
                            "enforcement": list(entry.clause.enforcement),
                            "rules": list(entry.rules),
                            "tests": list(entry.tests),
                        }
                        for entry in found
                    ],
                    ensure_ascii=False,
                    indent=1,
                )
            )
            return
        for entry in found:
            self.stdout.write(
                f"{entry.clause.id}  {entry.clause.title}  [{', '.join(entry.clause.enforcement)}]"
            )
            for key in entry.rules:
                self.stdout.write(f"    {key}")
            for test in entry.tests:
                self.stdout.write(f"    ✓ {test}")
