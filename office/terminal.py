"""What every command of ours has in common at the terminal: one language, one sentence, an exit code of one meaning.

Result lines are English, since programs read them; so are the refusals around them, whatever language the installation
speaks: two languages in one window are bad in both. What a command keeps for people to read is kept as on any page,
in words that are translated when they are read.
"""

from __future__ import annotations

import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import translation

LANGUAGE = "en"
#: The exit code of a command that was refused, or called in a way that cannot be read.
REFUSED = 1


def language_of_the_house() -> translation.override:
    """For verbs that write whole texts, such as those of the demo: `with language_of_the_house(): …`."""
    return translation.override(settings.LANGUAGE_CODE)


class TerminalCommand(BaseCommand):
    """A command that speaks English and ends a refusal with its one sentence on stderr: exit code 1, unless
    `CommandError` names another. A call that cannot be read is such a refusal (argparse alone would end with 2, which
    commands use for other things)."""

    _called_from_command_line: bool

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        called, self._called_from_command_line = self._called_from_command_line, False
        try:
            return super().create_parser(
                prog_name, subcommand, **kwargs
            )  # it raises and does not end the process
        finally:
            self._called_from_command_line = called

    def run_from_argv(self, argv: list[str]) -> None:
        try:
            super().run_from_argv(argv)
        except CommandError as error:  # of the parser: `execute` lets none out
            self.unreadable(argv, str(error).removeprefix("Error: "))

    def unreadable(self, argv: list[str], why: str) -> None:
        """Ends the process because of a call that cannot be read."""
        self.stderr.write(f"The call cannot be read: {why}. {' '.join(argv[1:2])} --help lists the options.")
        sys.exit(REFUSED)

    def execute(self, *args: Any, **options: Any) -> str | None:
        with translation.override(LANGUAGE):
            try:
                return super().execute(*args, **options)
            except CommandError as error:
                if not self._called_from_command_line or options.get("traceback"):
                    raise
                self.stderr.write(str(error))
                sys.exit(error.returncode)
