"""The Django half of `up`, in one process because every start of Django costs a second.

Makes the tables of a new database, refuses one newer than the code, backs up and migrates an older one,
collects static files, fills an empty database (the demo company, or a first administrator) and puts the book in
force. Prints what `up` shall tell, as JSON on stdout; ends with code 1 and one sentence there when it cannot.
"""

import contextlib
import hashlib
import io
import json
import logging
import os
import sys
import traceback
import zoneinfo
from datetime import datetime
from pathlib import Path

from ecdept.embedded.commands import is_new, migrate, migrating
from ecdept.embedded.home import ROOT, CannotRun
from ecdept.embedded.kept import save
from ecdept.embedded.servers import tell

#: Said by somebody who must upgrade where there is no room for a trial.
UNPROVEN = "ECDEPT_UPGRADE_UNPROVEN"


def prepare(book: str | None, *, empty: bool) -> dict[str, object]:
    """See the module. `book` is None when the caller did not say: then a book already in force stays."""
    if is_new(os.environ):
        tell("Making the database …")
        with migrating(os.environ):  # which leaves one core idle
            _load_django()
            _collect_static()
    else:
        _load_django()
        _migrate_if_older()
        _collect_static()
    from django.contrib.auth import get_user_model

    fresh = not get_user_model().objects.exists()
    if fresh and empty:
        _command("create_administrator")
        _command("rulebook", "activate", book or "site", "--from", _today())
    elif fresh:
        tell("Loading the demo company …")
        _load_demo(book or "site")
    elif book is not None:
        choose_book(book)
    _tell_of_new_rules()
    _first_sweep()
    return {"logins": _demo_logins()}


def _load_demo(book: str) -> None:
    """All of it or nothing. Without it everything works, so nobody is kept out by it."""
    # The demo shows refusals and failures, too: as log lines they would read like faults of this start.
    logging.disable(logging.WARNING)
    try:
        _command("load_demo", "--book", book)
    except Exception as error:  # noqa: BLE001 - what the demo cannot do keeps nobody out
        words = str(error).strip() or type(error).__name__
        tell(
            f"The demo company was not loaded, so nobody can sign in yet: {words}\n"
            "This home is served without it. A first administrator: ./dev manage create_administrator. The demo: stop, "
            "and start with another home (ECDEPT_HOME=FOLDER ./dev up)."
        )
        if not isinstance(error, CannotRun):
            traceback.print_exc()
    finally:
        logging.disable(logging.NOTSET)


def choose_book(book: str) -> None:
    """The book that was named to `up`, from now on; where one was signed (C14) that one stays, and we say so."""
    from office.rulebook.selectors import versions

    if book == _book_in_force():
        return
    if any(version.run_id is not None for version in versions()):
        tell(
            f"The rulebook in force ({_book_in_force()}) stays: a rulebook was signed by the general manager here, and "
            f"another one ({book}) is proposed on the rulebook's page."
        )
        return
    _command("rulebook", "activate", book, "--from", _today())


def _load_django() -> None:
    import django

    django.setup()


def _migrate_if_older() -> None:
    from django.db import connection
    from django.db.migrations.loader import MigrationLoader

    loader = MigrationLoader(connection)
    newer = sorted(set(loader.applied_migrations) - set(loader.disk_migrations))
    if newer:
        app, name = newer[-1]
        raise CannotRun(
            f"the database is newer than this code (it has {app}.{name}, unknown here); "
            "run the newer release, or restore a backup that is older."
        )
    pending = [node for node in loader.graph.nodes if node not in loader.applied_migrations]
    if pending:
        tell("This data is from an older version: it is dumped, and the dump restored on trial …")
        saved, proof = back_up()
        tell(f"Backed up to {saved} ({proof}). Migrating …")
        migrate(os.environ)
        tell(f"Migrated: {len(pending)} step{'' if len(pending) == 1 else 's'}.")
        _list_erasures()
        _note_upgrade(saved, proof)


def _list_erasures() -> None:
    """The list of erasures says more than the dump: without it nobody could go back."""
    from django.utils import timezone

    from backups.services import upgrading

    upgrading.publish(now=timezone.now())


def _note_upgrade(saved: Path, proof: str) -> None:
    from django.utils import timezone

    from backups.services import upgrading

    upgrading.note(saved=saved, proof=proof, now=timezone.now())


def back_up() -> tuple[Path, str]:
    """Dump the database into `backups/`, sealed, restore the dump on trial, and keep the files that belong to it beside
    it; where it lies, and what the trial showed. On `CannotRun` nothing was migrated, and no half file is left."""
    import psycopg2
    from django.utils import timezone

    from backups.errors import Failed
    from backups.services import upgrading

    try:
        target, found = upgrading.dump_and_drill(now=timezone.now())
    except (Failed, OSError, psycopg2.Error) as error:
        words = str(error).strip().splitlines()[0]
        raise CannotRun(f"nothing was migrated, because the dump before it failed: {words}") from error
    if not found.good and os.environ.get(UNPROVEN) != "1":
        raise CannotRun(
            f"nothing was migrated: the dump {target} was written, but could not be shown to restore and migrate: "
            f"{found.words or found.findings[0]} Mend that (the trial needs as much room again as the database), or "
            f"run the older release. {UNPROVEN}=1 migrates without the proof."
        )
    try:
        save(Path(os.environ["ECDEPT_HOME"]), target)
    except OSError as error:
        raise CannotRun(
            f"nothing was migrated: {target} was written, but the files beside it were not: {error.strerror}"
        ) from error
    return target, str(found)


def _collect_static() -> None:
    """Once per state of the sources: the manifest storage hashes and compresses, which takes seconds."""
    from django.conf import settings

    stamp = Path(settings.STATIC_ROOT).with_name("static.stamp")
    state = _static_state()
    if stamp.exists() and stamp.read_text() == state:
        return
    _command("collectstatic", "--no-input", "--clear", "--verbosity", "0")
    stamp.write_text(state)


def _static_state() -> str:
    digest = hashlib.sha256((ROOT / "requirements.txt").read_bytes())
    for path in sorted((ROOT / "static").rglob("*")):
        facts = path.stat()
        digest.update(f"{path}:{facts.st_size}:{facts.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _command(name: str, *arguments: str) -> str:
    """A management command in this process; its stdout is returned, because ours belongs to the caller."""
    from django.core.management import CommandError, call_command

    output = io.StringIO()
    try:
        with contextlib.redirect_stdout(sys.stderr):
            call_command(name, *arguments, stdout=output)
    except CommandError as error:
        raise CannotRun(f"{name}: {error}") from error
    return output.getvalue()


def _book_in_force() -> str | None:
    from office.rulebook import selectors
    from office.rulebook.errors import NoBookInForce

    try:
        return selectors.book().code
    except NoBookInForce:
        return None


def _tell_of_new_rules() -> None:
    """A book that was put in force by an older release lacks what came since: it is adopted by people, not by us."""
    from office.rulebook import selectors
    from office.rulebook.errors import NoBookInForce

    try:
        book = selectors.book()
    except NoBookInForce:
        return
    missing = selectors.not_adopted(book)
    if missing:
        signed = any(version.run_id is not None for version in selectors.versions())
        tell(
            f"The rulebook in force ({book.code}) lacks {len(missing)} rules of this release; what rests on them "
            "refuses until the new text is proposed on the rulebook's page and signed"
            + (
                "."
                if signed
                else f", or put in force with ./dev manage rulebook activate {book.code} --from {_today()}"
            )
        )


def _today() -> str:
    return datetime.now(zoneinfo.ZoneInfo("Asia/Shanghai")).date().isoformat()


def _first_sweep() -> None:
    """Ask the worker for one sweep now: what fell due while we were stopped is told at once."""
    from ecdept.celery import app

    app.send_task("deadlines.settle", expires=60, ignore_result=True)


def _demo_logins() -> list[object]:
    from django.utils import translation

    from ecdept.demo import marker

    if marker.password() is None:
        return []
    from office.staff.models import Employee
    from office.staff.selectors import position_label

    found = json.loads(_command("demo_logins", "--json"))
    names = dict(Employee.objects.values_list("number", "name"))
    with translation.override("en"):  # as all that `up` says
        return [
            {**each, "who": f"{names[each['username']]} {position_label(each['position'])}"} for each in found
        ]


def main() -> int:
    options = json.loads(sys.argv[1])
    try:
        found = prepare(options["book"], empty=options["empty"])
    except CannotRun as error:
        sys.stdout.write(str(error))
        return 1
    except KeyboardInterrupt:  # `up` was stopped, and says so
        return 130
    sys.stdout.write(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
