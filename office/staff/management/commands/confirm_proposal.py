"""confirm_proposal [NUMBER]: list what waits for a second person, or confirm one at the terminal.

For a company in which nobody is left who could: whoever has the machine stands in, and the trail says "the system".
"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from office.errors import Refused
from office.staff.models import Proposal
from office.staff.second_person import deciders
from office.staff.services.proposals import confirm
from office.terminal import TerminalCommand


class Command(TerminalCommand):
    help = "List the proposals that wait for a second person, or confirm one when nobody is left who could."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("number", type=int, nargs="?")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        waiting = Proposal.objects.filter(state=Proposal.State.PROPOSED).select_related(
            "employee", "proposed_by"
        )
        if options["number"] is None:
            for each in waiting.order_by("pk"):
                who = ", ".join(str(person) for person in deciders(each, now)) or "nobody"
                what = each.position or each.kind
                self.stdout.write(
                    f"{each.pk}: {what} for {each.employee}, by {each.proposed_by}; waits on {who}"
                )
            return
        proposal = waiting.filter(pk=options["number"]).first()
        if proposal is None:
            raise CommandError(f"No proposal {options['number']} waits.")
        people = deciders(proposal, now)
        if people:
            raise CommandError(f"It waits on {', '.join(map(str, people))}, who can confirm it under People.")
        try:
            password = confirm(proposal_id=proposal.pk, by=None, now=now).password
        except Refused as refusal:
            raise CommandError(str(refusal.message)) from refusal
        self.stdout.write(f"confirmed; one-time password: {password}" if password else "confirmed")
