"""Uploads and records of orders: packed once, sealed, counted on only where they lie as written, put back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management.base import CommandError

from backups import container, hooks, stores
from backups.container import Broken, Reader
from backups.models import BackupRun, Copy, PackedFile
from backups.services import drilling, filing, keys, running, storing
from backups.services.dumping import Dumped
from office.errors import Invalid
from office.notices.models import Notice
from tests.backups.rows import DAY, NOW, done, key
from tests.backups.tools import command, whole_files
from tests.people import person

pytestmark = [pytest.mark.django_db, pytest.mark.clause("C13.8")]


class Disk:
    """Files under the home, and the rows that name them."""

    def __init__(self, home: Path) -> None:
        self.home, self.rows = home, dict[str, str]()

    def keep(self, content: bytes) -> Path:
        sha256 = hashlib.sha256(content).hexdigest()
        return self._put(f"files/{sha256[:2]}/{sha256[2:4]}/{sha256}", content)

    def record(self, name: str, content: bytes) -> Path:
        return self._put(f"order-records/{name}", content)

    def _put(self, name: str, content: bytes) -> Path:
        self.rows[name] = hashlib.sha256(content).hexdigest()
        (self.home / name).parent.mkdir(parents=True, exist_ok=True)
        (self.home / name).write_bytes(content)
        return self.home / name

    def named(self) -> Iterator[hooks.Beside]:
        return (hooks.Beside(name, sha256) for name, sha256 in self.rows.items())


@pytest.fixture
def disk(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Disk:
    made = Disk(settings.ECDEPT_HOME)
    monkeypatch.setattr(hooks, "beside", made.named)
    return made


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    """The private key, as it is printed."""
    person("zhou_general")
    _key, text = keys.make_key(now=NOW - 200 * DAY)
    (tmp_path / "key.txt").write_text(text)
    return tmp_path / "key.txt"


def pack(days: int = 0) -> list[str]:
    """Names of the files that went into new packs."""
    before = set(PackedFile.objects.values_list("pk", flat=True))
    running.pack_files(clause="C13.8", cause="command", now=NOW + days * DAY)
    return sorted(PackedFile.objects.exclude(pk__in=before).values_list("name", flat=True))


def packs() -> list[Path]:
    return sorted(stores.local_folder().glob("files-*.ecbak"))


def test_each_file_is_packed_once(disk: Disk, paper: Path) -> None:
    one, two = disk.keep(b"contract"), disk.record("2026-11.rec", b"x" * 3000)
    assert pack() == sorted(disk.rows)
    assert pack(1) == []
    run = BackupRun.objects.get(kind="files")
    assert (run.state, run.clause, run.manifest["counts"]) == ("done", "C13.8", {"files": 2})  # type: ignore[index]
    third = disk.keep(b"")
    assert pack(2) == [str(third.relative_to(disk.home))]
    assert [each.stat().st_mode & 0o077 for each in packs()] == [0, 0]
    assert one.exists()
    assert two.exists()


def test_before_there_is_a_key_nothing_is_packed(disk: Disk) -> None:
    disk.keep(b"contract")
    assert pack() == []
    run = BackupRun.objects.create(kind="files", cause="asked", clause="", asked_at=NOW, next_at=NOW)
    assert running.perform(run=run, now=NOW).error_code == "no_key"
    key()
    with pytest.raises(Invalid):
        running.ask(kind="files", by=None, now=NOW)


def test_nobody_without_the_key_learns_what_is_packed(disk: Disk, paper: Path) -> None:
    place = disk.keep("张三丰 的合同".encode())
    pack()
    content = packs()[0].read_bytes()
    for word in ("张三丰", place.name, "order-records", "files/"):
        assert word.encode() not in content
    assert Reader(packs()[0]).genuine()


def test_what_is_missing_or_damaged_is_put_back_and_nothing_else_is_touched(
    disk: Disk, paper: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gone, damaged, fine = disk.keep(b"1" * 2_000_000), disk.keep(b"2"), disk.record("a.rec", b"3")
    pack()
    later = disk.keep(b"4")
    pack(1)
    gone.unlink()
    damaged.write_bytes(b"0")
    later.unlink()
    when = fine.stat().st_mtime_ns
    assert "packs 2, put back 3, there already 1, missing 0" in command("restore_files", key_file=paper)
    assert (gone.read_bytes(), damaged.read_bytes(), later.read_bytes()) == (b"1" * 2_000_000, b"2", b"4")
    assert fine.stat().st_mtime_ns == when
    assert "put back 0, there already 4" in command("restore_files", stores.local_folder(), key_file=paper)
    never = disk.keep(b"never packed")
    never.unlink()
    with pytest.raises(SystemExit) as ended:
        command("restore_files", key_file=paper)
    assert ended.value.code == 1
    assert not list(disk.home.rglob(".part-*"))


def test_a_wrong_key_a_cut_pack_a_foreign_one_and_no_pack_are_refused(
    disk: Disk, paper: Path, tmp_path: Path, settings: Any
) -> None:
    with pytest.raises(CommandError, match="No pack of files"):
        command("restore_files", tmp_path, key_file=paper)
    place = disk.keep(b"contract")
    pack()
    place.unlink()
    whole = packs()[0].read_bytes()
    other = tmp_path / "other.txt"
    other.write_text(keys.make_key(now=NOW, replace=True)[1])
    with pytest.raises(CommandError, match="sealed to the key"):
        command("restore_files", key_file=other)
    packs()[0].write_bytes(whole[:-1])
    with pytest.raises(CommandError, match=r"cut off|damaged"):
        command("restore_files", key_file=paper)
    packs()[0].write_bytes(whole)
    foreign = tmp_path / "foreign" / "files-0.ecbak"
    foreign.parent.mkdir()
    ours, settings.ECDEPT_KEYS = settings.ECDEPT_KEYS, "k9:" + "A" * 43 + "="
    container.write(
        foreign, backup_id="b", kind="files", made_at=NOW.isoformat(), to=keys.recipients(),
        parts=[("index", [b""]), ("files", [bytes(1024)])], manifest=dict,
    )  # fmt: skip
    settings.ECDEPT_KEYS = ours
    with pytest.raises(CommandError, match="Nothing shows that"):
        command("restore_files", foreign.parent, key_file=other)
    packs()[0].with_name("files-0.ecbak").write_bytes((stores.local_folder() / done_database()).read_bytes())
    with pytest.raises(CommandError, match="of kind database, not files"):
        command("restore_files", key_file=other)
    assert not place.exists()


def done_database() -> str:
    run = done(NOW, files=False)
    name = Copy.objects.get(run=run, role="main").name
    container.write(
        stores.local_folder() / name, backup_id="b", kind="database", made_at=NOW.isoformat(),
        to=keys.recipients(), parts=[("dump", [b"x"])], manifest=dict,
    )  # fmt: skip
    return name


@pytest.mark.parametrize(
    ("index", "words"),
    [
        ({"name": "../../etc/passwd", "sha256": "0", "size": 1}, "no file of ours"),
        ({"name": "order-records/../../x", "sha256": "0", "size": 1}, "no file of ours"),
        ({"name": "secrets.env", "sha256": "0", "size": 1}, "no file of ours"),
        ({"name": "order-records/a", "sha256": "0", "size": 1}, "does not hold what its index says"),
        ({"name": "order-records/a"}, "its index is damaged"),
    ],
)
def test_an_index_that_leads_elsewhere_is_refused(
    paper: Path, tmp_path: Path, index: dict[str, Any], words: str
) -> None:
    file = tmp_path / "files-x.ecbak"
    written = container.write(
        file, backup_id="b", kind="files", made_at=NOW.isoformat(), to=keys.recipients(),
        parts=[("index", [json.dumps(index).encode()]), ("files", [bytes(1024)])], manifest=dict,
    )  # fmt: skip
    with pytest.raises(Broken, match=words):
        list(filing.contents(Reader(file), written.keys))


def test_a_drill_names_what_is_in_no_pack_and_what_lies_nowhere(disk: Disk, paper: Path) -> None:
    packed, late, lost = disk.keep(b"packed"), disk.keep(b"late"), disk.keep(b"lost")
    late_name, lost_name = (str(each.relative_to(disk.home)) for each in (late, lost))
    late.rename(disk.home / "aside")
    lost.unlink()
    assert pack() == [str(packed.relative_to(disk.home))]
    (disk.home / "aside").rename(late)
    run = done(NOW)
    found = filing.compare(disk.rows, run=run, now=NOW)
    assert found.files == 3
    assert found.findings == [f"the file {late_name} is in no backup of files"]
    assert found.missing == [lost_name]
    [told] = Notice.objects.filter(kind="backups.files_gone")
    assert told.params["count"] == 1
    pack(1)
    assert filing.compare(disk.rows, run=run, now=NOW).findings == []


def test_a_drill_that_finds_files_in_no_pack_is_not_good(
    disk: Disk, paper: Path, stored: Dumped, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk.keep(b"late")
    lost = disk.keep(b"lost")
    lost.unlink()
    monkeypatch.setattr(drilling, "drill", lambda _dumped: drilling.Found(named=disk.rows))
    certificate = running.certify(run=done(NOW), dumped=stored, now=NOW)
    assert (certificate.good, certificate.files, len(certificate.missing)) == (False, 2, 1)
    pack()
    certificate = running.certify(run=done(NOW + DAY), dumped=stored, now=NOW)
    assert (certificate.good, certificate.files, len(certificate.missing)) == (True, 2, 1)


def test_a_pack_that_was_changed_is_found_and_its_files_are_packed_anew(disk: Disk, paper: Path) -> None:
    place = disk.keep(b"contract")
    names = pack()
    [changed] = packs()
    changed.write_bytes(changed.read_bytes()[:-1] + b"?")
    run = done(NOW)
    findings = filing.compare(disk.rows, run=run, now=NOW).findings
    assert findings[0].startswith(f"the pack {changed.name} is gone or not the file that was recorded")
    assert "in no backup" in findings[1]
    assert pack(1) == names
    assert filing.compare(disk.rows, run=run, now=NOW).findings == []
    storing.clear(now=NOW + 2 * DAY)
    assert len(packs()) == 1
    assert changed not in packs()
    assert place.exists()


def test_with_another_backup_key_everything_is_packed_anew_and_the_old_packs_go(
    disk: Disk, paper: Path, tmp_path: Path
) -> None:
    place = disk.keep(b"contract")
    names = pack()
    storing.clear(now=NOW)
    [old] = packs()
    (tmp_path / "new.txt").write_text(keys.make_key(now=NOW, replace=True)[1])
    storing.clear(now=NOW)
    assert packs() == [old]  # nothing else holds it yet
    assert pack(1) == names
    storing.clear(now=NOW + DAY)
    assert old not in packs()
    place.unlink()
    assert "put back 1" in command("restore_files", key_file=tmp_path / "new.txt")


def test_an_old_pack_stays_until_the_new_one_has_gone_off_site(
    disk: Disk, paper: Path, settings: Any
) -> None:
    disk.keep(b"contract")
    pack()
    [old] = packs()
    keys.make_key(now=NOW, replace=True)
    settings.ECDEPT_BACKUP_S3 = "s3://bucket?endpoint=http://127.0.0.1:1"
    pack(1)
    storing.clear(now=NOW + DAY)
    assert old in packs()


def test_many_files_go_into_several_packs(disk: Disk, paper: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filing, "_MOST_FILES", 2)
    monkeypatch.setattr(filing, "_MOST_BYTES", 10)
    for content in (b"a" * 6, b"b" * 6, b"c", b"d", b"e" * 50):
        disk.keep(content)
    assert len(pack()) == 5
    sizes = [BackupRun.objects.filter(kind="files").count(), len(packs())]
    assert sizes == [4, 4] or sizes == [5, 5]


def test_a_full_disk_leaves_no_pack_is_told_and_tried_again_and_the_database_stands(
    disk: Disk, paper: Path, stored: Dumped, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk.keep(b"contract")

    def full(*_given: object) -> Iterator[bytes]:
        yield b"begun"
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(filing, "_tar", full)
        assert pack() == []
    run = BackupRun.objects.get(kind="files")
    assert (run.state, run.error_code, run.attempts) == ("waiting", "disk", 1)
    assert whole_files(stores.local_folder()) == []
    assert not list(stores.local_folder().glob(".*part*"))
    assert Notice.objects.filter(kind="backups.failed").count() == 1
    later = running.work(now=NOW + DAY)
    assert later is not None
    assert (later.pk, later.state) == (run.pk, "done")


def test_a_pack_that_does_not_read_back_is_none(
    disk: Disk, paper: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = disk.keep(b"contract")
    whole = filing._tar
    monkeypatch.setattr(
        filing, "_tar", lambda some: (each.replace(b"contract", b"C0ntract") for each in whole(some))
    )
    assert pack() == []
    assert BackupRun.objects.get(kind="files").error_code == "broken"
    assert packs() == []
    monkeypatch.setattr(filing, "_tar", whole)
    monkeypatch.setattr(filing, "lacking", lambda _named, _key: filing.Lacking(there=[
        filing.Held(str(place.relative_to(disk.home)), "0" * 64, 99)]))  # fmt: skip
    run = running.work(now=NOW + DAY)
    assert run is not None
    assert run.error_code == "changed"
