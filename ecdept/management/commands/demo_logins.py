"""demo_logins [--json [--vault]]: who may sign in to the demo, and how. Refused outside the demo."""

from __future__ import annotations

import json
import time
from typing import Any

from allauth.mfa import app_settings
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.contrib.auth.hashers import check_password
from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from accounts.models import VaultKey
from ecdept.demo import marker
from ecdept.demo.company import STAFF
from office.staff.models import Employee
from office.staff.selectors import position_label, posts_by_person
from office.terminal import TerminalCommand


def _code(secret: str) -> str:
    """The six digits that an authenticator would show now."""
    counter = int(time.time()) // app_settings.TOTP_PERIOD
    return str(format_hotp_value(hotp_value(secret, counter)))


class Command(TerminalCommand):
    help = "Print the logins of the demo company."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", dest="as_json")
        parser.add_argument(
            "--vault", action="store_true", help="with --json: each custodian's vault_passphrase as well"
        )

    def handle(self, *args: Any, as_json: bool, vault: bool, **options: Any) -> None:
        password = marker.password()
        if password is None:
            raise CommandError("This is not the demo: there are no logins to show.")
        people = {
            person.number: person
            for person in Employee.objects.filter(number__in=[new.number for new in STAFF], is_active=True)
        }
        posts = posts_by_person([person.pk for person in people.values()], timezone.now())
        decrypt = get_adapter().decrypt
        secrets = {
            row.user_id: decrypt(row.data["secret"])
            for row in Authenticator.objects.filter(type=Authenticator.Type.TOTP, user__in=people.values())
        }
        # All start with one hash (`found_staff`), and a check costs a quarter of a second: each hash is checked once.
        still = {
            hashed: check_password(password, hashed) for hashed in {each.password for each in people.values()}
        }
        custodians = VaultKey.objects.filter(employee__in=people.values())
        passphrases = dict.fromkeys(
            custodians.values_list("employee__number", flat=True), marker.vault_passphrase(password)
        )
        logins: list[dict[str, Any]] = [
            {
                "username": person.number,
                "password": password,
                "position": next((row.position for row in posts[person.pk]), ""),
                "totp_secret": secrets.get(person.pk),
            }
            for new in STAFF
            if (person := people.get(new.number)) and still[person.password]
        ]
        if as_json:
            if vault:
                logins = [{**each, "vault_passphrase": passphrases.get(each["username"])} for each in logins]
            self.stdout.write(json.dumps(logins, ensure_ascii=False))
            return
        for login in logins:
            self._tell(login, people[login["username"]].name, passphrases.get(login["username"]))

    def _tell(self, login: dict[str, Any], name: str, passphrase: str | None) -> None:
        line = f"{login['username']}  {login['password']}  {name} {position_label(login['position'])}"
        secret = login["totp_secret"]
        # For whoever has no authenticator at hand: the code of this half minute.
        line = f"{line}  TOTP {secret}  code now {_code(secret)}" if secret else line
        self.stdout.write(f'{line}  vault "{passphrase}"' if passphrase else line)
