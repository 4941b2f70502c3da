"""`./dev restore` before it begins, and the files that lie beside a dump. What it does to a database is shown by
tests/backups/test_going_back.py, a whole way back by test_dev_up.py."""

import subprocess
import sys
from pathlib import Path

import pytest

from ecdept.embedded.home import ROOT, CannotRun, Home
from ecdept.embedded.kept import beside, save
from ecdept.embedded.restore import _put_back, restore


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("ECDEPT_HOME", str(tmp_path / "h"))
    return Home(tmp_path / "h")


def test_a_file_that_is_no_dump_changes_nothing(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.dump"
    wrong.write_text("no dump")
    done = subprocess.run(
        [sys.executable, "manage.py", "go_back", str(wrong)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr == "Nothing was changed: wrong.dump is not a backup of ecdept.\n"


def test_a_home_in_use_is_left_alone(home: Home, tmp_path: Path) -> None:
    assert home.lock("up")
    try:
        with pytest.raises(CannotRun, match="in use by process"):
            restore([str(tmp_path / "x.ecbak")])
    finally:
        home.unlock()


def test_a_folder_that_is_named_has_to_be_there(home: Home, tmp_path: Path) -> None:
    with pytest.raises(CannotRun, match="nothing was changed"):
        restore([str(tmp_path / "x.ecbak"), "--files", str(tmp_path / "nowhere")])


def test_files_are_kept_beside_a_dump_and_put_back_and_nothing_is_taken_away(tmp_path: Path) -> None:
    home, dump = tmp_path / "h", tmp_path / "before-migrate-x.ecbak"
    files = home / "files" / "ab" / "cd"
    files.mkdir(parents=True)
    (files / "abcd1").write_text("kept")
    (files / ".part-x").write_text("half")
    (home / "order-records").mkdir()
    (home / "order-records" / "r.csv").write_text("orders")
    (home / "files" / "previews").mkdir()
    (home / "files" / "previews" / "small").write_text("made anew")
    assert save(home, dump) == 2
    assert not (beside(dump) / "files" / "previews").exists()
    (files / "abcd1").unlink()
    (files / "abcd2").write_text("came since")
    assert "1 files that were missing were put back" in _put_back(beside(dump), home)
    assert ((files / "abcd1").read_text(), (files / "abcd2").read_text()) == ("kept", "came since")


def test_a_dump_without_files_says_so(tmp_path: Path) -> None:
    assert "There are no files beside the backup" in _put_back(tmp_path / "none", tmp_path)


def test_what_cannot_be_copied_leaves_no_half_folder_and_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_given: object) -> None:
        raise OSError(28, "No space left on device")

    home = tmp_path / "h"
    (home / "files").mkdir(parents=True)
    (home / "files" / "zz").write_text("z")
    assert save(home, tmp_path / "good.dump") == 1
    monkeypatch.setattr("os.link", full)
    monkeypatch.setattr("shutil.copy2", full)
    with pytest.raises(OSError, match="No space"):
        save(home, tmp_path / "full.dump")
    assert list(tmp_path.glob("full.files*")) == []
    (home / "files" / "zz").unlink()
    assert "could be put back: No space left" in _put_back(tmp_path / "good.files", home)
