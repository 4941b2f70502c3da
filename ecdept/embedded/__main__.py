"""`python -m ecdept.embedded COMMAND …`: what `./dev` hands over to."""

import signal
import sys
from types import FrameType

from ecdept.embedded import commands
from ecdept.embedded.home import CannotRun
from ecdept.embedded.messages import compile_messages
from ecdept.embedded.restore import restore
from ecdept.embedded.servers import tell
from ecdept.embedded.up import up

STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
COMMANDS = {
    "up": up,
    "manage": commands.manage,
    "restore": restore,
    "test": commands.test,
    "coverage": commands.coverage,
    "check": commands.check,
    "bench": commands.bench,
    "lock": commands.lock,
}


class Stopped(BaseException):
    """Somebody asked us to stop; every `with` and `finally` on the way out stops what it started."""


def stop_once(number: int, _frame: FrameType | None) -> None:
    """The first signal unwinds, later ones do not disturb the unwinding."""
    for each in STOPS:
        signal.signal(each, signal.SIG_IGN)
    raise Stopped(number)


def main() -> int:
    name, *arguments = sys.argv[1:] or ["up"]
    for each in STOPS:
        signal.signal(each, stop_once)
    try:
        compile_messages()
        return COMMANDS[name](arguments)
    except CannotRun as error:
        tell(f"dev: {error}")
        return 1
    except Stopped as stopped:
        return 0 if name == "up" else 128 + int(stopped.args[0])


if __name__ == "__main__":
    sys.exit(main())
