"""`simulate_shop`: a shop that sends signed orders, for the demo and for load tests."""

from __future__ import annotations

import datetime as dt
import random
import secrets
import time
from argparse import ArgumentParser
from collections import Counter
from typing import Any
from urllib.parse import urlsplit

import requests
from django.conf import settings
from django.core.management.base import CommandError
from django.utils import timezone

from office.terminal import TerminalCommand
from orders import simulation
from orders.models import Shop
from orders.selectors.shops import live_secrets
from orders.services.shops import get_or_create_shop, new_api_secret, set_shop_secret, update_shop

DEMO_SHOP = "web-demo"
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class Command(TerminalCommand):
    help = (
        "Send signed webhook orders like a real shop would: orders, updates, cancellations, repeats, bursts."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--rate", type=float, default=6.0, help="orders per minute (6)")
        parser.add_argument("--shop", default=DEMO_SHOP, help=f"code of the shop; made if new ({DEMO_SHOP})")
        parser.add_argument("--minutes", type=float, help="stop after so many minutes")
        parser.add_argument("--count", type=int, help="stop after so many orders")
        parser.add_argument("--url", help="where the application is served (SITE_URL)")
        parser.add_argument("--seed", type=int, help="the same people and goods again, under new numbers")
        parser.add_argument("--platform", choices=["woocommerce", "shopify", "api"], default="woocommerce",
                            help="of a shop that is made (woocommerce)")  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        url = (options["url"] or settings.SITE_URL).rstrip("/")
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise CommandError(f"--url {url} is not an http address.")
        if not (settings.ECDEPT_DEMO or parts.hostname in _LOOPBACK):
            raise CommandError("Invented orders are sent to this machine or in the demo only.")
        if not 0 < options["rate"] <= 60_000:
            raise CommandError("--rate is between 0 and 60000 orders per minute.")
        shop, secret = self._shop(options["shop"], options["platform"])
        counts = self._send(url, shop, secret, options)
        order = ("sent", "inserted", "duplicate", "conflict", "failed")
        told = ("order", "update", "cancellation", "repeat")
        self.stdout.write(", ".join(f"{word} {counts[word]}" for word in order))
        self.stderr.write(", ".join(f"{word} {counts[word]}" for word in told))
        if counts["failed"]:
            raise CommandError(f"{counts['failed']} of {counts['sent']} deliveries failed.")

    def _shop(self, code: str, platform: str) -> tuple[Shop, str]:
        """The shop and a secret of it, made where missing."""
        now = timezone.now()
        shop = get_or_create_shop(code=code, by=None, now=now, platform=platform)
        if shop.name == shop.code == DEMO_SHOP:
            shop = update_shop(
                shop_id=shop.pk, name="官网商城（演示）", platform=shop.platform, currency=shop.currency,
                restricted=shop.restricted, active=True, by=None, now=now,
            )  # fmt: skip
        if not shop.active:
            raise CommandError(f"The shop {code} is inactive.")
        if not live_secrets(shop, now):
            if shop.platform == Shop.Platform.SHOPIFY:
                set_shop_secret(shop_id=shop.pk, secret=secrets.token_hex(32), by=None, now=now)
            else:
                new_api_secret(shop_id=shop.pk, by=None, now=now)
            shop.refresh_from_db()
        return shop, live_secrets(shop, now)[0]

    def _send(self, url: str, shop: Shop, secret: str, options: dict[str, Any]) -> Counter[str]:
        chance = random.Random(options["seed"])  # noqa: S311  invented people, not keys
        session, counts, known = requests.Session(), Counter[str](), list[simulation.MadeOrder]()
        begun = time.monotonic()
        ends = begun + options["minutes"] * 60 if options["minutes"] else None
        prefix, serial, burst, due = f"{timezone.now():%y%m%d%H%M%S%f}"[:15], 0, 0, begun
        try:
            while (options["count"] is None or serial < options["count"]) and (ends is None or due < ends):
                time.sleep(max(0.0, due - time.monotonic()))
                serial += 1
                order = simulation.make_order(chance, serial, f"{prefix}{serial:05d}", timezone.now())
                known = [*known[-199:], order]
                self._deliver(session, url, shop, secret, order, counts, chance.random() < 0.05)
                if chance.random() < 0.10:
                    self._deliver(
                        session, url, shop, secret, simulation.updated(chance.choice(known)), counts, False
                    )
                if chance.random() < 0.03:
                    gone = chance.choice(known)
                    self._deliver(session, url, shop, secret, simulation.cancelled(gone), counts, False)
                if burst:
                    burst -= 1
                else:
                    due += chance.expovariate(options["rate"] / 60)
                    burst = chance.randint(2, 5) if chance.random() < 0.04 else 0
                due = max(
                    due, time.monotonic() - 5
                )  # what could not be sent in time is not made up for in one go
        except KeyboardInterrupt:
            self.stderr.write("stopped")
        return counts

    def _deliver(
        self,
        session: requests.Session,
        url: str,
        shop: Shop,
        secret: str,
        order: simulation.MadeOrder,
        counts: Counter[str],
        twice: bool,
    ) -> None:
        """Send one message, now and then twice, as shops do. One line on stderr for each; no customer in it."""
        now = timezone.now()
        message = simulation.message_of(shop.platform, shop.code, secret, order, now)
        counts[message.tells] += 1
        for repeat in (False, True) if twice else (False,):
            counts["sent"] += 1
            counts["repeat"] += repeat
            said = self._post(session, url + message.path, message)
            counts[said if said in ("inserted", "duplicate", "conflict") else "failed"] += 1
            stamp = timezone.localtime(now, dt.timezone(dt.timedelta(hours=8)))
            self.stderr.write(
                f"{stamp:%H:%M:%S} {shop.code}/{order.number} {message.tells}{' again' * repeat}: {said}"
            )

    def _post(self, session: requests.Session, url: str, message: simulation.Message) -> str:
        """What became of it: the answer's status, or why there was none."""
        try:
            answer = session.post(url, data=message.body, headers=dict(message.headers), timeout=30)
            body = answer.json()
        except (requests.RequestException, ValueError) as error:
            return f"no answer ({type(error).__name__})"
        if not isinstance(body, dict) or "status" not in body:
            return f"HTTP {answer.status_code}"
        return str(body["status"])
