#!/usr/bin/env python
"""Django's door. `./dev manage …` calls it with the servers up."""

import os
import sys

# Commands that change the schema run as the owner login; everything else as the application.
OWNER_COMMANDS = {"migrate", "sqlmigrate", "create_test_template"}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ecdept.settings")
    if len(sys.argv) > 1 and sys.argv[1] in OWNER_COMMANDS:
        os.environ.setdefault("ECDEPT_DB_ROLE", "owner")
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
        sys.stdout.flush()
    except BrokenPipeError:  # `… | head` has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)


if __name__ == "__main__":
    main()
