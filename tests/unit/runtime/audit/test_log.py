"""What may go wrong while a log is written: kills, full disks, several writers."""

import asyncio
import datetime as dt
import errno
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import msgspec
import pytest

from cellmark_runtime.audit.checking import verify_log
from cellmark_runtime.audit.disk import AppendFile
from cellmark_runtime.audit.log import AuditLog, Unwritable
from cellmark_runtime.audit.reading import answers
from cellmark_runtime.audit.settings import AuditSettings, audit_settings_from
from cellmark_runtime.errors import CellmarkError, CheckFailed

from .conftest import draft

# Writes records one after the other and says each id once it is durable.
WRITER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from conftest import draft
from cellmark_runtime.audit.log import AuditLog
from cellmark_runtime.audit.settings import AuditSettings

log = AuditLog(AuditSettings(Path(sys.argv[1]), seal_records=int(sys.argv[2])))
while True:
    batch = [draft() for _ in range(7)]
    log.append(batch).result()
    sys.stdout.write("".join(one.line.id + "\\n" for one in batch))
    sys.stdout.flush()
"""


def kinds(settings):
    lines = [
        line
        for file in sorted(settings.folder.glob("*.jsonl"))
        for line in file.read_bytes().split(b"\n")[:-1]
    ]
    return [msgspec.json.decode(line)["kind"] for line in lines]


def recorded(settings):
    return [found.record["id"] for found in answers(settings.folder) if found.payload]


def writer(settings):
    here = str(Path(__file__).parent)
    command = [sys.executable, "-c", WRITER, str(settings.folder), "40", here]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def killed_while_writing(settings, process, after):
    with process:
        said = [process.stdout.readline().strip() for _ in range(after)]
        process.send_signal(signal.SIGKILL)
        rest = process.stdout.read()
    # The last line may itself be cut: then nobody was told.
    return said + [line.strip() for line in rest.splitlines(keepends=True) if line.endswith("\n")]


def kill_often(settings, times):
    acknowledged = []
    for turn in range(times):
        acknowledged += killed_while_writing(settings, writer(settings), 1 + turn * 13 % 120)
    AuditLog(settings).close()
    report = verify_log(settings.folder)
    assert report.ok, report.findings
    missing = {*acknowledged} - {*recorded(settings)}
    assert not missing
    assert len(acknowledged) > times
    assert kinds(settings).count("start") == times + 1


def test_kill_loses_no_acknowledged_record(settings):
    kill_often(settings, 5)


@pytest.mark.slow
def test_two_hundred_kills_lose_no_acknowledged_record(settings):
    kill_often(settings, 200)


@pytest.mark.parametrize("cut", [1, 30, 400])
def test_a_torn_last_line_is_put_aside_and_said(settings, written, cut):
    written(5, seal_records=100)
    (file,) = settings.folder.glob("*.jsonl")
    file.with_suffix(".checkpoint").unlink()
    whole = file.read_bytes()
    file.write_bytes(whole[:-cut])
    assert verify_log(settings.folder).ok
    AuditLog(settings).close()
    report = verify_log(settings.folder)
    assert report.ok, report.findings
    assert "recovered" in kinds(settings)
    (note,) = report.notes
    assert "torn by a crash" in note
    (aside,) = settings.folder.glob("*.torn-*")
    assert whole[:-cut].endswith(aside.read_bytes())


def test_zeros_that_a_power_cut_left_are_put_aside(settings, written):
    written(5, seal_records=100)
    (file,) = settings.folder.glob("*.jsonl")
    file.with_suffix(".checkpoint").unlink()
    file.write_bytes(file.read_bytes() + b"\0" * 4096)
    AuditLog(settings).close()
    assert verify_log(settings.folder).ok


def test_nothing_is_written_on_top_of_a_damaged_log(settings, written):
    written(5, seal_records=100)
    (file,) = settings.folder.glob("*.jsonl")
    file.with_suffix(".checkpoint").unlink()
    damaged = file.read_bytes().replace(b'"pos":0', b'"pos":1', 1)
    file.write_bytes(damaged)
    with pytest.raises(CellmarkError, match="line 2: a record that does not follow"):
        AuditLog(settings)
    assert file.read_bytes() == damaged


def test_an_input_without_its_record_is_taken_away_at_the_next_start(settings, written):
    written(5, seal_records=100)
    (file,) = settings.folder.glob("*.jsonl")
    file.with_suffix(".checkpoint").unlink()
    lines = file.read_bytes().split(b"\n")
    file.write_bytes(b"\n".join(lines[:4]) + b"\n")
    AuditLog(settings).close()
    assert len(file.with_suffix(".payloads").read_bytes().split(b"\n")) == 3 + 1
    assert verify_log(settings.folder).ok


def test_a_start_cuts_no_input_that_has_its_record(settings, written):
    ids = written(5, seal_records=100)
    (file,) = settings.folder.glob("*.payloads")
    file.with_suffix(".checkpoint").unlink()
    file.write_bytes(file.read_bytes().replace(b'{"id"', b'{{id"', 1) + b'{"id":"torn')
    AuditLog(settings).close()
    lines = file.read_bytes().split(b"\n")
    assert [ids[place].encode() in line for place, line in enumerate(lines[:-1])] == [True] * 5
    finding, *_ = verify_log(settings.folder).findings
    assert (finding.line, finding.problem) == (1, "the input was changed")


def test_a_stream_goes_on_where_it_ended(settings, written):
    first, second = written(3), written(3)
    assert recorded(settings) == first + second
    report = verify_log(settings.folder)
    assert (report.ok, report.sealed, report.segments) == (True, 2, 2)
    assert kinds(settings).count("start") == 2


def test_two_writers_have_a_stream_each(settings):
    one, two = AuditLog(settings), AuditLog(settings)
    drafts = [draft() for _ in range(6)]
    for place, each in enumerate(drafts):
        (one, two)[place % 2].append([each]).result(60)
    one.close()
    two.close()
    assert {*recorded(settings)} == {each.line.id for each in drafts}
    names = {file.name[:4] for file in settings.folder.glob("*.jsonl")}
    assert names == {"w001", "w002"}
    assert verify_log(settings.folder).ok


def test_many_threads_share_a_writer(settings):
    log = AuditLog(msgspec.structs.replace(settings, seal_records=50))
    ids = []

    def ask():
        for _ in range(20):
            one = draft()
            log.append([one]).result(30)
            ids.append(one.line.id)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    log.close()
    assert {*recorded(settings)} == {*ids}
    assert len(ids) == 160
    assert verify_log(settings.folder).ok


# -- a disk that takes no more


class Disk:
    """Room for so many bytes; what fits is written, then it is full."""

    def __init__(self):
        self.room = 10**9
        self.sync_fails = False

    def open(self, path):
        disk = self

        class Full(AppendFile):
            def append(self, content):
                taken, disk.room = content[: disk.room], disk.room - len(content[: disk.room])
                super().append(taken)
                if len(taken) < len(content):
                    raise OSError(errno.ENOSPC, "No space left on device")

            def sync(self):
                if disk.sync_fails:
                    raise OSError(errno.EIO, "Input/output error")
                super().sync()

        return Full(path)


def fill(disk, how):
    disk.room, disk.sync_fails = (100, False) if how == "full" else (10**9, True)


def mend(disk):
    disk.room, disk.sync_fails = 10**9, False


@pytest.mark.parametrize("how", ["full", "sync"])
def test_refuse_gives_no_answer_without_a_record(settings, how):
    disk = Disk()
    log = AuditLog(settings, open_file=disk.open)
    kept = [draft(), draft()]
    log.append(kept[:1]).result(60)
    fill(disk, how)
    for _ in range(3):
        with pytest.raises(Unwritable):
            log.append([draft()]).result(60)
    mend(disk)
    log.append(kept[1:]).result(60)
    log.close()
    assert recorded(settings) == [each.line.id for each in kept]
    assert log.status.write_errors == 3
    assert log.status.lost == 0
    assert verify_log(settings.folder).ok


@pytest.mark.parametrize("how", ["full", "sync"])
def test_answer_goes_on_and_the_log_says_how_many_records_it_lacks(settings, how):
    disk = Disk()
    log = AuditLog(msgspec.structs.replace(settings, on_failure="answer"), open_file=disk.open)
    fill(disk, how)
    assert log.append([draft(), draft()]).result(60) is False
    assert log.append([draft()]).result(60) is False
    mend(disk)
    assert log.append([draft()]).result(60) is True
    log.close()
    report = verify_log(settings.folder)
    assert report.ok
    (note,) = report.notes
    assert "3 answers were given without a record" in note
    assert (log.status.lost, log.status.records) == (3, 1)


def test_with_group_durability_records_wait_for_the_disk_and_new_ones_are_refused(settings):
    disk = Disk()
    log = AuditLog(msgspec.structs.replace(settings, durability="group"), open_file=disk.open)
    fill(disk, "full")
    first = draft()
    assert log.append([first]).result(0) is True
    until(lambda: log.status.write_errors)
    with pytest.raises(Unwritable):
        log.append([draft()]).result(60)
    mend(disk)
    until(lambda: log.status.records)
    second = draft()
    assert log.append([second]).result(0) is True
    log.close()
    assert recorded(settings) == [first.line.id, second.line.id]
    assert verify_log(settings.folder).ok


def until(holds):
    pause = threading.Event()
    for _ in range(6000):
        if holds():
            return
        pause.wait(0.01)
    raise AssertionError("it never came to hold")


def test_a_seal_that_finds_no_room_is_made_later(settings, monkeypatch):
    from cellmark_runtime.audit import segment

    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    log = AuditLog(msgspec.structs.replace(settings, seal_records=5))
    with monkeypatch.context() as patched:
        patched.setattr(segment, "put", full)
        for _ in range(8):
            log.append([draft()]).result(60)
    log.append([draft()]).result(60)
    log.close()
    assert log.status.write_errors > 0
    report = verify_log(settings.folder)
    assert (report.ok, report.records) == (True, 11)


def test_nothing_is_written_behind_a_seal_whose_folder_can_not_be_synced(settings, monkeypatch):
    from cellmark_runtime.audit import disk

    def fails(_):
        raise OSError(errno.EIO, "Input/output error")

    log = AuditLog(msgspec.structs.replace(settings, seal_records=5))
    with monkeypatch.context() as patched:
        patched.setattr(disk, "sync_folder", fails)
        for _ in range(4):
            log.append([draft()]).result(60)
        until(lambda: log.status.write_errors)
    for _ in range(8):
        log.append([draft()]).result(60)
    log.close()
    report = verify_log(settings.folder)
    assert (report.ok, report.records) == (True, 14), report.findings


def test_a_seal_that_can_not_be_read_again_ends_no_log(settings, monkeypatch):
    from cellmark_runtime.audit import segment

    def fails(file):
        raise CheckFailed(str(file), "no checkpoint that holds", "a signed checkpoint")

    log = AuditLog(msgspec.structs.replace(settings, seal_records=3))
    with monkeypatch.context() as patched:
        patched.setattr(segment, "read_checkpoint", fails)
        for _ in range(2):
            log.append([draft()]).result(60)
        with pytest.raises(Unwritable, match="no checkpoint that holds"):
            log.append([draft()]).result(60)
    log.append([draft()]).result(60)
    log.close()
    report = verify_log(settings.folder)
    assert (report.ok, report.records) == (True, 5), report.findings


def test_a_segment_that_can_not_be_opened_leaves_no_file_open(settings):
    opened = []

    class Counted(AppendFile):
        def __init__(self, path):
            if path.suffix == ".payloads" and len(opened) >= 2:
                raise OSError(errno.ENOSPC, "No space left on device")
            super().__init__(path)
            opened.append(self)

        def close(self):
            super().close()
            opened.remove(self)

    log = AuditLog(msgspec.structs.replace(settings, seal_records=2), open_file=Counted)
    log.append([draft()]).result(60)
    for _ in range(5):
        with pytest.raises(Unwritable):
            log.append([draft()]).result(60)
    assert len(opened) == 2
    log.close()


def test_the_systems_own_limit_is_met_as_the_deployment_says(settings):
    """A real EFBIG from the kernel, in a process with a limit on the size of its files."""
    code = """
import resource, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from conftest import draft
from cellmark_runtime.audit.log import AuditLog, Unwritable
from cellmark_runtime.audit.settings import AuditSettings
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))
log = AuditLog(AuditSettings(Path(sys.argv[1])))
good = refused = 0
for _ in range(60):
    try:
        log.append([draft()]).result(60)
        good += 1
    except Unwritable:
        refused += 1
print(good, refused)
import os; os._exit(0)
"""
    here = str(Path(__file__).parent)
    command = [sys.executable, "-c", code, str(settings.folder), here]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    good, refused = map(int, done.stdout.split())
    assert good
    assert refused
    assert len(recorded(settings)) == good
    assert verify_log(settings.folder).ok


def test_a_folder_that_can_not_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CellmarkError, match="can't be written") as told:
        AuditLog(AuditSettings(tmp_path / "file"))
    assert all(way in str(told.value) for way in ("--audit DIR", "CELLMARK_AUDIT", "--no-audit"))


def test_a_disk_that_can_not_even_be_cut_back_is_cut_before_the_next_group(settings, monkeypatch):
    disk = Disk()
    log = AuditLog(settings, open_file=disk.open)
    fill(disk, "full")

    def broken(*_):
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(AppendFile, "cut", broken)
        for _ in range(2):
            with pytest.raises(Unwritable):
                log.append([draft()]).result(60)
    mend(disk)
    kept = draft()
    log.append([kept]).result(60)
    log.close()
    assert recorded(settings) == [kept.line.id]
    assert verify_log(settings.folder).ok


def test_a_caller_who_goes_away_takes_nobody_along(settings):
    async def ask():
        gone = asyncio.wrap_future(log.append([draft()]))
        gone.cancel()
        return await asyncio.wrap_future(log.append([draft()]))

    log = AuditLog(settings)
    assert asyncio.run(ask())
    log.close()
    assert len(recorded(settings)) == 2


def test_a_forked_process_is_told_to_open_a_log_of_its_own(settings, monkeypatch):
    log = AuditLog(settings)
    with monkeypatch.context() as patched:
        patched.setattr(os, "getpid", lambda: -1)
        with pytest.raises(Unwritable, match="forked"):
            log.append([draft()]).result(60)
    log.close()


def test_an_erasure_is_durable_before_it_is_done_even_where_replies_do_not_wait(settings):
    disk = Disk()
    log = AuditLog(msgspec.structs.replace(settings, durability="group"), open_file=disk.open)
    fill(disk, "full")
    event = log.event("erasure", {"of": "x"})
    until(lambda: log.status.write_errors)
    assert not event.done()
    mend(disk)
    assert event.result(60) is True
    log.close()


# -- retention and settings


def test_what_is_older_than_the_deployment_keeps_is_retired(settings, written, monkeypatch):
    from cellmark_runtime.audit import segment

    monkeypatch.setattr(segment, "now", lambda: "2020-01-01T00:00:00.000000Z")
    written(20)
    monkeypatch.undo()
    written(20, retention_days=183)
    report = verify_log(settings.folder)
    assert report.ok, report.findings
    assert kinds(settings).count("retired") >= 2
    assert not (settings.folder / "w001-00000001.jsonl").exists()
    (settings.folder / "w001-00000005.jsonl").unlink()
    assert not verify_log(settings.folder).ok


def test_a_stream_that_nobody_writes_any_more_is_retired_too(settings, written, monkeypatch):
    from cellmark_runtime.audit import segment

    other = AuditLog(settings)  # w001, so that what follows is w002
    monkeypatch.setattr(segment, "now", lambda: "2020-01-01T00:00:00.000000Z")
    written(5)
    monkeypatch.undo()
    assert (settings.folder / "w002-00000001.jsonl").exists()
    other.close()
    written(12, retention_days=183)
    assert not (settings.folder / "w002-00000001.jsonl").exists()
    assert not (settings.folder / "w002-00000001.payloads").exists()
    report = verify_log(settings.folder)
    assert report.ok, report.findings
    assert any("segment 1 of w002 was retired" in note for note in report.notes)


def test_a_clock_that_jumps_ahead_takes_little_of_the_log(settings, written, monkeypatch):
    from cellmark_runtime.audit import retention

    written(60, seal_records=5)
    every = len(list(settings.folder.glob("*.jsonl")))

    class Ahead(dt.datetime):
        @classmethod
        def now(cls, tz=None):
            return dt.datetime(2099, 1, 1, tzinfo=tz)

    monkeypatch.setattr(retention.dt, "datetime", Ahead)
    written(1, retention_days=183)
    monkeypatch.undo()
    assert len(list(settings.folder.glob("*.jsonl"))) >= every - 2
    assert verify_log(settings.folder).ok


def test_seals_of_another_log_are_not_taken_for_copies(settings, written, tmp_path, caplog):
    written(3, checkpoints=tmp_path / "elsewhere")
    shutil.rmtree(settings.folder)
    written(3, checkpoints=tmp_path / "elsewhere")
    assert "the seal of another log" in caplog.text


def test_settings_come_from_the_environment():
    assert audit_settings_from({}) is None
    given = audit_settings_from(
        {
            "CELLMARK_AUDIT": "/var/audit",
            "CELLMARK_AUDIT_DURABILITY": "group",
            "CELLMARK_AUDIT_FIELDS": "age=bucket, email=drop",
            "CELLMARK_AUDIT_RETENTION_DAYS": "365",
        }
    )
    assert given == AuditSettings(
        Path("/var/audit"),
        durability="group",
        fields={"age": "bucket", "email": "drop"},
        retention_days=365,
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CELLMARK_AUDIT_DURABILITY", "perhaps"),
        ("CELLMARK_AUDIT_ON_FAILURE", "panic"),
        ("CELLMARK_AUDIT_RETENTION_DAYS", "182"),
        ("CELLMARK_AUDIT_RETENTION_DAYS", "long"),
        ("CELLMARK_AUDIT_SEAL_RECORDS", "0"),
        ("CELLMARK_AUDIT_FIELDS", "age"),
        ("CELLMARK_AUDIT_FIELDS", "age=hide"),
    ],
)
def test_a_bad_setting_is_named(name, value):
    with pytest.raises(CellmarkError, match=name):
        audit_settings_from({"CELLMARK_AUDIT": "audit", name: value})


def test_the_streams_lock_is_let_go(settings, written):
    written(1)
    handle = os.open(settings.folder / "w001.lock", os.O_RDWR)
    import fcntl

    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(handle)


def test_a_record_that_can_not_be_encoded_fails_alone(settings):
    log = AuditLog(settings)
    with log._changed:
        # Held, so that all three are in one group.
        told = [
            log.event("override", about)
            for about in ({"of": "one"}, {"of": object()}, {"of": "three"})
        ]
    assert (told[0].result(30), told[2].result(30)) == (True, True)
    with pytest.raises(Unwritable):
        told[1].result(30)
    log.close()
    assert kinds(settings) == ["start", "override", "override", "stop"]
    assert verify_log(settings.folder).ok
