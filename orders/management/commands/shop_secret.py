"""`shop_secret`: a shop's webhook or API secret from the command line, for installations without a browser at hand."""

from __future__ import annotations

import json
import secrets
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from office.errors import Refused
from office.terminal import TerminalCommand
from orders.models import Shop
from orders.services.shops import get_or_create_shop, new_api_secret, set_shop_secret, update_shop

PLATFORMS = (Shop.Platform.API, Shop.Platform.SHOPIFY, Shop.Platform.WOOCOMMERCE)


class Command(TerminalCommand):
    help = (
        "Give a shop (made if new) a new secret and print it. The one before it counts a while longer, "
        "as on the shop's page; the act is in the trail."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("code", metavar="SHOP")
        parser.add_argument("--platform", choices=[str(one) for one in PLATFORMS], help="of a new shop (api)")
        parser.add_argument("--secret", help="the secret to keep; without it one is made")
        parser.add_argument("--json", action="store_true", help='{"shop", "platform", "secret"}')

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            shop, secret = self._keep(options["code"], options["platform"], options["secret"])
        except Refused as refused:
            raise CommandError(str(refused.message)) from refused
        if options["json"]:
            self.stdout.write(json.dumps({"shop": shop.code, "platform": shop.platform, "secret": secret}))
        else:
            self.stdout.write(secret)

    def _keep(self, code: str, platform: str | None, secret: str | None) -> tuple[Shop, str]:
        now = timezone.now()
        shop = get_or_create_shop(code=code, by=None, now=now, platform=platform or Shop.Platform.API)
        if platform is None and shop.platform not in PLATFORMS:
            raise CommandError(
                f"{shop.code} takes files ({shop.platform}); say --platform to let it send orders."
            )
        wanted = platform or shop.platform
        if shop.platform != wanted:
            shop = update_shop(
                shop_id=shop.pk,
                name=shop.name,
                platform=wanted,
                currency=shop.currency,
                restricted=shop.restricted,
                active=shop.active,
                by=None,
                now=now,
            )
        if secret is None and shop.platform == Shop.Platform.API:
            return shop, new_api_secret(shop_id=shop.pk, by=None, now=now)
        kept = secret or secrets.token_urlsafe(32)
        set_shop_secret(shop_id=shop.pk, secret=kept, by=None, now=now)
        return shop, kept
