"""`./dev restore FILE`: the way back from an upgrade. The dump takes the place of the database, which is kept beside it
under another name, and everything that was erased since is erased again before it opens."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from ecdept.embedded.commands import MANAGE, run
from ecdept.embedded.home import CannotRun, chosen_home
from ecdept.embedded.kept import beside, put_back
from ecdept.embedded.servers import Servers, tell


def restore(arguments: Sequence[str]) -> int:
    """Restore a dump of `backups/`, as the owner; 1 when nothing was changed, in the command's own words. `CannotRun`
    when it cannot even begin."""
    parser = argparse.ArgumentParser(
        prog="dev restore",
        description="Put the dump of an upgrade in the place of the database, which is kept under another name.",
    )
    parser.add_argument(
        "file", type=Path, metavar="FILE", help="a dump, such as backups/before-migrate-….ecbak"
    )
    parser.add_argument(
        "--files",
        type=Path,
        metavar="FOLDER",
        help="where files/ and order-records/ of the dump lie; without it the folder FILE's name with .files",
    )
    parser.add_argument("--key-file", metavar="FILE", help="where the private key of the backups is written")
    parser.add_argument("--erasures", metavar="FILE", help="a newer list of erasures than erasures.log")
    parser.add_argument(
        "--erasures-until", metavar="DATE", help="the day on which that list ends, when it is over"
    )
    given = parser.parse_args(arguments)
    file = given.file.absolute()
    folder = (given.files or beside(file)).absolute()
    if given.files is not None and not folder.is_dir():
        raise CannotRun(f"nothing was changed, because {folder} is not a folder.")
    home = chosen_home()
    if not home.lock("restore"):
        raise CannotRun(f"{home.path} is in use by process {home.holder().get('pid', '?')}; stop it first.")
    options = {
        "--key-file": given.key_file, "--erasures": given.erasures, "--erasures-until": given.erasures_until,
    }  # fmt: skip
    command = [*MANAGE, "go_back", str(file)]
    command += [each for name, value in options.items() if value for each in (name, value)]
    try:
        with Servers(home) as servers:
            env = servers.environment() | {"ECDEPT_PROCESS": "command"}
            code = run(command, env)
        if code == 0:
            tell(_put_back(folder, home.path))
    finally:
        home.unlock()
    return code


def _put_back(folder: Path, home: Path) -> str:
    """What became of the files that belong to the backup, in a sentence. The database has been exchanged by then, so a
    full disk is told, not raised: the command can be given again."""
    if not folder.is_dir():
        return (
            f"There are no files beside the backup ({folder}): if you keep them elsewhere, put files/ and "
            "order-records/ in place. `./dev manage verify_files` names what is missing."
        )
    try:
        count = put_back(folder, home)
    except OSError as error:
        return (
            f"Not every file of {folder} could be put back: {error.strerror}. Copy it into {home} yourself."
        )
    return f"{count} files that were missing were put back from {folder}."
