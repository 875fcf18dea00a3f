"""Whatever is done to a log is found, and where."""

import json
import shutil
import tracemalloc
from pathlib import Path

import pytest

from cellmark_runtime.audit import checking
from cellmark_runtime.audit.checking import sealed_holds, verify_log
from cellmark_runtime.audit.erasing import redact
from cellmark_runtime.audit.keys import public_of
from cellmark_runtime.audit.layout import places
from cellmark_runtime.audit.log import AuditLog
from cellmark_runtime.audit.record import commit
from cellmark_runtime.errors import CellmarkError

from .conftest import draft


def lines_of(file):
    return file.read_bytes().split(b"\n")[:-1]


def rewrite(file, lines):
    file.chmod(0o644)
    file.write_bytes(b"".join(line + b"\n" for line in lines))


def flip(file, line, column):
    lines = lines_of(file)
    changed = bytearray(lines[line - 1])
    changed[column] ^= 1
    lines[line - 1] = bytes(changed)
    rewrite(file, lines)


def segment(settings, number=1):
    return settings.folder / f"w001-{number:08d}.jsonl"


def found(settings, **options):
    report = verify_log(settings.folder, **options)
    assert report.ok == (not report.findings)
    return [(Path(each.file).name, each.line, each.problem) for each in report.findings]


def test_an_untouched_log_holds(settings, written):
    written()
    report = verify_log(settings.folder)
    assert report.ok, report.findings
    assert (report.records, report.notes) == (32, [])  # with start and stop
    assert report.sealed == report.segments == 4
    assert report.keys == [public_of(str(settings.folder / "own.pub"))]


@pytest.mark.parametrize("where", ["first", "middle", "last"])
@pytest.mark.parametrize("number", [1, 2, 4])
def test_every_flipped_byte_is_found_in_its_line(settings, written, number, where):
    written()
    file = segment(settings, number)
    count = len(lines_of(file))
    line = {"first": 1, "middle": count // 2 + 1, "last": count}[where]
    whole = file.read_bytes()
    length = len(lines_of(file)[line - 1])
    for column in [*range(0, length, 53), length - 70, length - 2, length - 1]:
        flip(file, line, column)
        said = found(settings)
        assert [(name, at) for name, at, _ in said] == [(file.name, line)], (column, said)
        file.write_bytes(whole)
    assert found(settings) == []


@pytest.mark.parametrize("line", [1, 4, 9])
def test_a_dropped_line_is_found(settings, written, line):
    written()
    lines = lines_of(segment(settings, 2))
    gone = json.loads(lines[line - 1])["seq"]
    rewrite(segment(settings, 2), lines[: line - 1] + lines[line:])
    name = segment(settings, 2).name
    assert found(settings) == [(name, line, f"record {gone} gone: here stands {gone + 1}")]


def test_swapped_lines_are_found(settings, written):
    written()
    lines = lines_of(segment(settings))
    lines[3], lines[4] = lines[4], lines[3]
    rewrite(segment(settings), lines)
    name = segment(settings).name
    assert found(settings) == [
        (name, 4, "record 3 stands elsewhere: here stands 4"),
        (name, 5, "out of order: here 5 should stand"),
    ]


@pytest.mark.parametrize("kept", [0, 1, 6])
def test_a_cut_segment_is_found(settings, written, kept):
    written()
    first = json.loads(lines_of(segment(settings, 2))[0])["seq"]
    last = json.loads(lines_of(segment(settings, 2))[-1])["seq"]
    rewrite(segment(settings, 2), lines_of(segment(settings, 2))[:kept])
    said = f"cut off: records {first + kept} to {last} were sealed"
    assert found(settings)[0] == (segment(settings, 2).name, kept + 1, said)


def test_a_cut_within_a_line_is_found(settings, written):
    written()
    file = segment(settings, 2)
    file.write_bytes(file.read_bytes()[:-20])
    assert (file.name, len(lines_of(file)) + 1) in [each[:2] for each in found(settings)]


def test_a_line_that_was_written_anew_is_found_by_the_next(settings, written):
    written()
    lines = lines_of(segment(settings, 2))
    record = json.loads(lines[4])
    forged = draft(output={"prediction": "Yes"}).line
    forged.id, forged.commitment = record["id"], record["commitment"]
    lines[4], _ = commit(forged, record["seq"], record["prev"])
    rewrite(segment(settings, 2), lines)
    assert found(settings) == [(segment(settings, 2).name, 5, "the line was written anew")]


def test_a_segment_whose_last_lines_were_written_anew_is_found_by_its_seal(settings, written):
    written()
    lines = lines_of(segment(settings, 4))
    record = json.loads(lines[-1])
    lines[-1], _ = commit(draft().line, record["seq"], record["prev"])
    rewrite(segment(settings, 4), lines)
    said = found(settings)
    assert (segment(settings, 4).name, len(lines), "not what was sealed: written anew") in said


def test_a_line_added_behind_the_seal_is_found(settings, written):
    written()
    lines = lines_of(segment(settings, 4))
    last = json.loads(lines[-1])
    extra, _ = commit(draft().line, last["seq"] + 1, last["this"])
    rewrite(segment(settings, 4), [*lines, extra])
    name = segment(settings, 4).name
    assert (name, len(lines) + 1, "lines added behind the seal") in found(settings)


@pytest.mark.parametrize("suffixes", [(".jsonl",), (".jsonl", ".payloads", ".checkpoint")])
def test_a_segment_that_is_gone_is_found(settings, written, suffixes):
    written()
    for suffix in suffixes:
        segment(settings, 2).with_suffix(suffix).unlink()
    assert found(settings)[0][:2] == (
        segment(settings, 2).name,
        None,
    )


def test_a_cut_of_whole_segments_shows_against_a_seal_that_was_kept_elsewhere(
    settings, written, tmp_path
):
    written(checkpoints=tmp_path / "elsewhere")
    kept = sorted((tmp_path / "elsewhere").iterdir())
    assert len(kept) == 4
    assert found(settings, checkpoints=kept) == []
    for file in settings.folder.glob("w001-00000004.*"):
        file.unlink()
    assert found(settings) == []
    ((name, line, problem),) = found(settings, checkpoints=kept)
    assert (name, line) == (segment(settings, 4).name, 1)
    assert "cut off" in problem


def test_a_log_that_was_written_anew_shows_by_its_key_and_by_a_kept_seal(
    settings, written, tmp_path
):
    written(checkpoints=tmp_path / "elsewhere")
    key = public_of(str(settings.folder / "own.pub"))
    shutil.rmtree(settings.folder)
    written()
    assert found(settings) == []
    assert found(settings, keys=[key])
    assert found(settings, checkpoints=[tmp_path / "elsewhere" / "w001-00000001.checkpoint"])


def test_a_changed_seal_is_found(settings, written):
    written()
    file = segment(settings, 2).with_suffix(".checkpoint")
    envelope = json.loads(file.read_text())
    envelope["payload"] = envelope["payload"].replace("e", "f", 1)
    file.chmod(0o644)
    file.write_text(json.dumps(envelope))
    assert found(settings)[0][:2] == (file.name, None)


@pytest.mark.parametrize("harm", ["edit", "erase", "drop"])
def test_an_input_that_is_not_the_recorded_one_is_found(settings, written, harm):
    written()
    file = segment(settings, 2).with_suffix(".payloads")
    lines = lines_of(file)
    if harm == "edit":
        lines[2] = lines[2].replace(b'"pro"', b'"max"')
    elif harm == "erase":
        entry = json.loads(lines[2])
        lines[2] = json.dumps({"id": entry["id"], "seq": entry["seq"]}).encode()
    else:
        del lines[2]
    rewrite(file, lines)
    assert [name for name, _, _ in found(settings)] == [file.name]


def test_a_clock_that_goes_back_is_noted_and_no_fault(settings):
    log = AuditLog(settings)
    log.append([draft()]).result(10)
    late = draft()
    late.line.at = "2020-01-01T00:00:00.000000Z"
    log.append([late]).result(10)
    log.close()
    report = verify_log(settings.folder)
    assert report.ok
    (note,) = report.notes
    assert "the clock went back to 2020" in note


def test_answers_that_overlap_are_no_clock_that_goes_back(settings):
    log = AuditLog(settings)
    for second in (7, 9, 8):
        ended = draft()
        ended.line.at = f"2026-01-01T00:00:0{second}.000000Z"
        log.append([ended]).result(10)
    log.close()
    assert verify_log(settings.folder).notes == []


def test_what_is_erased_while_it_is_verified_is_no_fault(settings, written, monkeypatch):
    ids = written(5)
    real, calls = checking.input_findings, []

    def meanwhile(*arguments, **options):
        if not calls:
            calls.append(redact(settings, [ids[2]], "meanwhile"))
        return real(*arguments, **options)

    monkeypatch.setattr(checking, "input_findings", meanwhile)
    assert found(settings) == []
    assert calls


def test_a_service_looks_back_at_a_segment_without_holding_it(settings, written):
    written(400, seal_records=10_000)
    (place,) = places(settings.folder)
    assert sealed_holds(place)
    tracemalloc.start()
    try:
        assert sealed_holds(place)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < place.lines.stat().st_size / 3


@pytest.mark.parametrize("kept", [-1, -30, 0])
def test_a_service_that_looks_back_finds_a_cut(settings, written, kept):
    written(5, seal_records=100)
    (place,) = places(settings.folder)
    place.lines.write_bytes(place.lines.read_bytes()[:kept])
    assert not sealed_holds(place)


def test_where_there_is_no_log_it_is_said(tmp_path):
    with pytest.raises(CellmarkError, match="no such folder"):
        verify_log(tmp_path / "nothing")
