"""Run as `python -m tests.faults.arrange BOOK`: one manager, one shop, and a book whose accept clock runs in seconds.

Prints the shop's API secret. The clock's steps go to the department manager alone, so that the number of notices each
deadline must have caused is known.
"""

import re
import sys
from pathlib import Path

SHOP = "FAULTS"
UPLOAD_SHOP = "UPLOADS"
#: A warning after one second, the breach after two, one escalation after three: three steps for each order.
ACCEPT = """[rules."orders.accept"]
kind = "deadline"
clause = "C7.1"
also = ["C9.1"]
after = "2 s"
hours = "always"
warn_before = "1 s"
warn_to = "department_manager"
ladder = [
    { after = "0 s", to = "department_manager" },
    { after = "1 s", to = "department_manager" },
]
"""


def fast_book() -> str:
    """The shipped site book with a short accept clock."""
    source = (Path(__file__).parents[2] / "office" / "rulebook" / "books" / "site.toml").read_text()
    table = re.compile(r'\[rules\."orders\.accept"\]\n.*?(?=\n\[)', re.DOTALL)
    changed, times = table.subn(ACCEPT, source)
    assert times == 1
    return changed


def main() -> None:
    import django

    django.setup()
    from django.utils import timezone

    from office.rulebook import api as rulebook
    from orders.services.shops import get_or_create_shop, new_api_secret
    from tests.people import person

    now = timezone.now()
    rulebook.activate_book(code="site", starts_at=now, by=None, now=now, source=fast_book())
    person("chen_manager")
    shop = get_or_create_shop(code=SHOP, by=None, now=now)
    sys.stdout.write(new_api_secret(shop_id=shop.pk, by=None, now=now))


if __name__ == "__main__":
    main()
