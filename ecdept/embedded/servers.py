"""The servers that a command needs, and the environment that tells Django where they are."""

import os
import sys
from collections.abc import Mapping
from types import TracebackType

from ecdept.embedded.home import CannotRun, Home
from ecdept.embedded.postgres import ADMIN, APP, OWNER, Postgres
from ecdept.embedded.processes import Child, end_leftovers
from ecdept.embedded.valkey import Valkey


class Servers:
    """PostgreSQL and Valkey of one home, except those that the environment points elsewhere.

    As a context manager: starts them, stops them in reverse order. The home must be locked by the caller.
    """

    def __init__(self, home: Home, *, durable: bool = True, with_admin: bool = False) -> None:
        self.home = home
        self.with_admin = with_admin
        self.postgres = None if os.environ.get("DATABASE_URL") else Postgres(home, durable=durable)
        self.valkey = None if os.environ.get("REDIS_URL") else Valkey(home)

    def __enter__(self) -> "Servers":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        end_leftovers(self.home)
        try:
            if self.valkey is not None:
                self.valkey.start()
            if self.postgres is not None:
                self.postgres.start()
        except OSError as error:  # a file where a folder belongs, a folder of somebody else, a full disk
            self.stop()
            raise CannotRun(
                f"the servers cannot be started below {self.home.path}: "
                f"{error.filename or 'its files'}: {error.strerror}."
            ) from error
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        if self.valkey is not None:
            self.valkey.stop()
        if self.postgres is not None:
            self.postgres.stop()

    def children(self) -> list[Child]:
        """The running servers, for whoever watches over them."""
        found = [each.child for each in (self.valkey, self.postgres) if each is not None]
        return [child for child in found if child is not None]

    def environment(self) -> dict[str, str]:
        """The whole environment for a Django process, the caller's own values winning over generated ones."""
        return environment(self.home, self.postgres, self.valkey, with_admin=self.with_admin)


def environment(
    home: Home,
    postgres: Postgres | None,
    valkey: Valkey | None,
    *,
    with_admin: bool = False,
    given: Mapping[str, str] = os.environ,
) -> dict[str, str]:
    """Addresses and secrets of `home` merged into `given`. `CannotRun` when half a real server is given."""
    found = dict(given)
    if postgres is not None:
        found["DATABASE_URL"] = postgres.url(APP)
        found["DATABASE_OWNER_URL"] = postgres.url(OWNER)
        if with_admin:
            found["DATABASE_ADMIN_URL"] = postgres.url(ADMIN, "postgres")
    elif not found.get("DATABASE_OWNER_URL"):
        raise CannotRun(
            "DATABASE_URL is set without DATABASE_OWNER_URL, the login that owns and migrates the tables; "
            "set both (docs/operations.md)."
        )
    if valkey is not None:
        found["REDIS_URL"] = valkey.url()
    secrets = home.secrets()
    for name in ("SECRET_KEY", "ECDEPT_KEYS", "METRICS_TOKEN"):
        if not found.get(name):
            found[name] = secrets[name]
    found["ECDEPT_HOME"] = str(home.path)
    found.setdefault("PYTHONUNBUFFERED", "1")
    found.setdefault("DJANGO_SETTINGS_MODULE", "ecdept.settings")
    return found


def tell(text: str) -> None:
    """A line for the person at the terminal, on stderr: stdout belongs to what the command prints."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201
