"""`./dev manage rulebook check FILE` and `./dev manage rulebook activate site|mall --from DATE`."""

from __future__ import annotations

from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from office.errors import Refused
from office.rulebook.calendar import ZONE, DayTable
from office.rulebook.parser import WrongBook, parse_book
from office.rulebook.parser.book import BOOKS, CODES
from office.rulebook.services import activate_book, begins_at, note_unsigned
from office.terminal import TerminalCommand


class Command(TerminalCommand):
    help = "Check a rulebook file, or put a book in force."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        check = acts.add_parser(
            "check", help="say everything that is wrong with a file; exit 1 when something is"
        )
        check.add_argument("file", type=Path)
        activate = acts.add_parser("activate", help="put a book in force from a date on")
        activate.add_argument("book", choices=CODES)
        activate.add_argument(
            "--from",
            dest="start",
            required=True,
            metavar="DATE",
            help="ISO date or datetime, Asia/Shanghai unless it names a zone; today's date means from now on",
        )
        activate.add_argument("--file", type=Path, help="a book file of your own instead of the shipped one")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["act"] == "check":
            self._check(options["file"])
        else:
            self._activate(options["book"], options["start"], options["file"])

    def _check(self, path: Path) -> None:
        source = _text(path)
        try:
            book = parse_book(source, file=path.name, base_source=_base_beside(path))
        except WrongBook as wrong:
            for problem in wrong.problems:
                self.stdout.write(str(problem))
            raise CommandError(
                f"{path.name}: {len(wrong.problems)} problem{'s' * (len(wrong.problems) != 1)}."
            ) from wrong
        self.stdout.write(f"ok: {book.code}, {len(book.clauses)} clauses, {len(book.rules)} rules")
        year = timezone.now().astimezone(ZONE).year
        for each in (year, year + 1):
            if not DayTable().published(each):
                self.stdout.write(
                    f"note: the days off and make-up working days of {each} are not published yet; "
                    "working days of that year are an estimate"
                )

    def _activate(self, code: str, start: str, path: Path | None) -> None:
        now = timezone.now()
        try:
            version = activate_book(
                code=code,
                starts_at=_start(start, now),
                by=None,
                now=now,
                source=None if path is None else _text(path),
                base_source=None if path is None else _base_beside(path),
            )
        except WrongBook as wrong:
            for problem in wrong.problems:
                self.stderr.write(str(problem))
            raise CommandError("The book is refused.") from wrong
        except Refused as refused:
            raise CommandError(str(refused.message)) from refused
        if (
            version.run_id is None and version.at == now
        ):  # made just now, not the one that was in force already
            note_unsigned(version=version, now=now)
        begins = begins_at(version).astimezone(ZONE)
        self.stdout.write(
            f"{code}: in force from {begins:%Y-%m-%d %H:%M} (version {version.pk}, {version.sha256[:12]})"
        )


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as wrong:
        raise CommandError(f"{path} cannot be read: {wrong.strerror}.") from wrong
    except UnicodeDecodeError as wrong:
        raise CommandError(f"{path} is not UTF-8 (byte {wrong.start}).") from wrong


def _base_beside(path: Path) -> str | None:
    """A book that includes `site` takes the site.toml beside it when there is one, else the shipped one."""
    beside = path.resolve().parent / "site.toml"
    if path.name == "site.toml" or beside == BOOKS / "site.toml" or not beside.is_file():
        return None
    return _text(beside)


def _start(written: str, now: datetime) -> datetime:
    """A date is its first instant in Asia/Shanghai; today's date means now, so that nothing is judged
    backwards.
    """
    try:
        day = date.fromisoformat(written)
    except ValueError:
        try:
            at = datetime.fromisoformat(written)
        except ValueError as wrong:
            raise CommandError(
                f"--from: “{written}” is not an ISO date or datetime such as 2026-12-01."
            ) from wrong
        return at if at.tzinfo is not None else at.replace(tzinfo=ZONE)
    if day == now.astimezone(ZONE).date():
        return now
    return datetime.combine(day, time(0), tzinfo=ZONE)
