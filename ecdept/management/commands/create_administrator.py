"""create_administrator: the first person of a new installation, a system administrator.

Number, name and password come from ECDEPT_ADMIN_NUMBER, ECDEPT_ADMIN_NAME and ECDEPT_ADMIN_PASSWORD, or are asked for
at the terminal. Refused once anybody exists: from then on people are added on the staff page.
"""

from __future__ import annotations

import os
import sys
from getpass import getpass
from typing import Any

from django.core.management.base import CommandError
from django.db import transaction
from django.utils import timezone

from office.errors import Invalid, Refused
from office.staff.models import Employee
from office.staff.services.people import add_employee
from office.staff.services.posts import appoint
from office.terminal import TerminalCommand

#: What a password that does not meet the rule is refused by.
RULE = "C13.3"


class Command(TerminalCommand):
    help = "Make the first administrator of a new installation."

    def handle(self, *args: Any, **options: Any) -> None:
        if Employee.objects.exists():
            raise CommandError("There are people already; add others on the staff page.")
        number = self._given("ECDEPT_ADMIN_NUMBER", "Employee number: ")
        name = self._given("ECDEPT_ADMIN_NAME", "Name: ")
        while True:
            password = self._given("ECDEPT_ADMIN_PASSWORD", "Password: ", secret=True)
            try:
                employee = self._made(number, name, password)
                break
            except Invalid as wrong:
                said = " ".join([str(wrong.message), *(error["message"] for error in wrong.errors)])
                # Who typed a weak password at the terminal types another one, and not everything anew.
                if os.environ.get("ECDEPT_ADMIN_PASSWORD") or wrong.clause != RULE:
                    raise CommandError(said) from wrong
                self.stderr.write(said)
            except Refused as refusal:
                raise CommandError(str(refusal.message)) from refusal
        self.stdout.write(
            f"{employee.number} is the system administrator and sets up a second step at the first sign-in."
        )

    def _made(self, number: str, name: str, password: str) -> Employee:
        now = timezone.now()
        with transaction.atomic():
            employee = add_employee(
                number=number, name=name, password=password, by=None, now=now, must_change=False
            )
            appoint(employee=employee, position="system_administrator", start=now, by=None, now=now)
        return employee

    def _given(self, variable: str, prompt: str, *, secret: bool = False) -> str:
        value = os.environ.get(variable, "")
        if value:
            return value
        if not sys.stdin.isatty():
            raise CommandError(f"{variable} is not set, and there is no terminal to ask at.")
        return getpass(prompt, stream=sys.stderr) if secret else input(prompt)
