"""What is taken out of a log is believed without it; what is erased is gone from it."""

import json
import math
import subprocess
import sys

import pytest

from cellmark_runtime.audit.checking import verify_log
from cellmark_runtime.audit.erasing import redact
from cellmark_runtime.audit.keys import public_of
from cellmark_runtime.audit.log import AuditLog
from cellmark_runtime.audit.proving import prove
from cellmark_runtime.audit.reading import find
from cellmark_runtime.audit.record import canonical, plain
from cellmark_runtime.audit.redaction import Keeper
from cellmark_runtime.audit.replaying import replay
from cellmark_runtime.errors import CellmarkError, CheckFailed
from cellmark_runtime.types.profile import CategoryProfile, NumberProfile, ReferenceProfile

from .conftest import draft


def judged(folder, *arguments):
    """What the stand-alone script says, in a Python without any package."""
    command = [sys.executable, "-I", "-S", str(folder / "verify_proof.py")]
    done = subprocess.run(
        [*command, str(folder / "proof.json"), *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.returncode, done.stdout + done.stderr


def test_the_script_is_short_and_needs_nothing(settings, written, tmp_path):
    ids = written(1)
    prove(settings.folder, ids[0], tmp_path)
    script = (tmp_path / "verify_proof.py").read_text()
    assert len(script.splitlines()) < 150
    imported = {
        line.split()[1] for line in script.splitlines() if line.startswith(("import", "from"))
    }
    assert imported <= sys.stdlib_module_names


@pytest.mark.parametrize("place", [0, 9, 10, 17, 29])
def test_a_third_party_believes_a_proof(settings, written, tmp_path, place):
    ids = written()
    key = public_of(str(settings.folder / "own.pub"))
    prove(settings.folder, ids[place], tmp_path)
    code, said = judged(tmp_path, "--key", key)
    assert code == 0, said
    assert ids[place] in said
    assert '{"age":30.5,"plan":"pro"}' in said
    code, said = judged(tmp_path, "--key", "ed25519:" + "0" * 64)
    assert code == 1
    assert "NOT PROVEN: signed by" in said


@pytest.mark.parametrize(
    ("part", "change"),
    [
        ("record", lambda text: text.replace('"No"', '"Yes"', 1)),
        ("index", lambda index: index + 1),
        ("path", lambda path: path[:-1]),
        ("path", lambda path: ["00" * 32, *path[1:]]),
        ("payload", lambda kept: {**kept, "input": kept["input"].replace("30.5", "30.6")}),
        ("payload", lambda kept: {**kept, "salt": "00" * 16}),
        # The first bytes of the input may not pass for salt.
        ("payload", lambda kept: {"salt": kept["salt"] + "7b", "input": kept["input"][1:]}),
        ("payload", lambda kept: "text"),
        ("record", lambda text: 7),
        ("index", lambda index: str(index)),
        ("path", lambda path: path * 9),
        ("checkpoint", lambda seal: {**seal, "payload": seal["payload"].replace("e", "f", 1)}),
        ("checkpoint", lambda seal: {**seal, "payloadType": "text/plain"}),
    ],
)
def test_no_part_of_a_proof_can_be_changed(settings, written, tmp_path, part, change):
    ids = written()
    proof = prove(settings.folder, ids[4], tmp_path)
    (tmp_path / "proof.json").write_text(json.dumps({**proof, part: change(proof[part])}))
    code, said = judged(tmp_path)
    assert code == 1
    assert "NOT PROVEN" in said


def test_what_is_not_sealed_or_not_there_is_not_proven(settings, tmp_path):
    log = AuditLog(settings)
    one = draft()
    log.append([one]).result(10)
    with pytest.raises(CheckFailed, match="not sealed yet"):
        prove(settings.folder, one.line.id, tmp_path)
    with pytest.raises(CellmarkError, match="not in the log"):
        prove(settings.folder, "01M84KW84YXCMCXZP0RB0E21VM", tmp_path)
    log.close()
    prove(settings.folder, one.line.id, tmp_path)


def test_a_changed_segment_proves_nothing(settings, written, tmp_path):
    ids = written()
    file = settings.folder / "w001-00000001.jsonl"
    file.write_bytes(file.read_bytes().replace(b'"No"', b'"NO"', 1))
    with pytest.raises(CheckFailed, match="not in the segment that was signed"):
        prove(settings.folder, ids[3], tmp_path)


# -- erasing


def test_an_erased_input_is_gone_and_the_log_holds(settings, written, tmp_path):
    ids = written()
    redact(settings, [ids[5]], "asked by the person, case 17")
    found = find(settings.folder, ids[5])
    assert found.payload is None
    (event,) = found.events
    assert event["about"]["reason"] == "asked by the person, case 17"
    kept = (settings.folder / "w001-00000001.payloads").read_text().splitlines()
    assert "30.5" not in kept[5]
    assert ids[5] in kept[5]
    report = verify_log(settings.folder)
    assert report.ok, report.findings
    prove(settings.folder, ids[5], tmp_path)
    code, said = judged(tmp_path)
    assert (code, "not in the proof" in said) == (0, True)
    with pytest.raises(CellmarkError, match="no input is kept"):
        redact(settings, [ids[5]], "again")


def test_one_column_is_erased_and_the_rest_is_still_committed_to(settings, written):
    ids = written()
    redact(settings, [ids[5]], "asked", ["age"])
    found = find(settings.folder, ids[5])
    assert found.payload
    assert json.loads(bytes(found.payload.input)) == {"plan": "pro"}
    assert verify_log(settings.folder).ok
    file = settings.folder / "w001-00000001.payloads"
    text = file.read_text().splitlines()
    text[5] = text[5].replace('"pro"', '"max"')
    file.write_text("\n".join(text) + "\n")
    assert [each.line for each in verify_log(settings.folder).findings] == [6]


def test_a_column_that_is_not_there_is_named(settings, written):
    ids = written(1)
    with pytest.raises(CellmarkError, match="no column 'agee'; expected one of age, plan"):
        redact(settings, [ids[0]], "asked", ["agee"])


def test_erasing_goes_on_while_a_service_writes(settings):
    log = AuditLog(settings)
    first, second = draft(), draft()
    log.append([first]).result(10)
    redact(settings, [first.line.id], "asked")
    log.append([second]).result(10)
    log.close()
    report = verify_log(settings.folder)
    assert report.ok, report.findings
    assert find(settings.folder, first.line.id).payload is None
    assert find(settings.folder, second.line.id).payload


def test_an_erasure_that_a_crash_left_half_done_shows(settings, written):
    ids = written()
    log = AuditLog(settings)
    about = {"of": ids[0], "columns": [], "commitment": None, "reason": "x"}
    commitment = find(settings.folder, ids[0]).record["commitment"]
    log.event("erasure", {**about, "replaces": commitment})
    log.close()
    (finding,) = verify_log(settings.folder).findings
    assert (finding.line, "run redact again" in finding.problem) == (1, True)
    redact(settings, [ids[0]], "x")
    assert verify_log(settings.folder).ok


def test_columns_are_erased_one_after_the_other_in_whatever_streams(settings, written):
    ids = written()
    log = AuditLog(settings)  # has w001, so that the erasing is recorded in w002
    redact(settings, [ids[5]], "first", ["age"])
    log.close()
    assert verify_log(settings.folder).ok
    redact(settings, [ids[5], ids[6]], "then all")  # w001 is free again
    assert verify_log(settings.folder).ok
    streams = {
        file.name[:4]
        for file in settings.folder.glob("*.jsonl")
        if b'"kind":"erasure"' in file.read_bytes()
    }
    assert streams == {"w001", "w002"}


def test_nothing_is_erased_where_one_of_several_is_not_there(settings, written):
    ids = written(2)
    before = [file.read_bytes() for file in sorted(settings.folder.glob("w*"))]
    with pytest.raises(CellmarkError, match="not in the log"):
        redact(settings, [ids[0], "01M84KW84YXCMCXZP0RB0E21VM"], "x")
    assert [file.read_bytes() for file in sorted(settings.folder.glob("w*"))] == before


def test_a_row_that_names_another_answer_does_not_take_its_erasure(settings):
    log = AuditLog(settings)
    first = draft()
    other = draft({"id": first.line.id})
    log.append([other, first]).result(10)
    log.close()
    redact(settings, [first.line.id], "x")
    assert find(settings.folder, other.line.id).payload
    assert find(settings.folder, first.line.id).payload is None
    assert verify_log(settings.folder).ok


# -- replaying


def answers(rows):
    return [{"prediction": "No", "probabilities": {"No": 0.75, "Yes": 0.25}} for _ in rows]


def test_replay_compares_to_the_last_bit(settings, written):
    ids = written()
    result = replay(settings.folder, "a" * 64, answers)
    assert (result.ok, result.compared, result.differing) == (True, 30, [])
    moved = math.nextafter(0.75, 1)

    def other(rows):
        return [{"prediction": "No", "probabilities": {"No": moved, "Yes": 0.25}} for _ in rows]

    result = replay(settings.folder, "a" * 64, other, ids[7])
    assert (result.ok, result.compared) == (False, 1)
    (difference,) = result.differing
    assert difference["id"] == ids[7]
    assert difference["now"]["probabilities"]["No"] == moved


def test_replay_says_what_it_could_not_score(settings, written):
    ids = written()
    redact(settings, [ids[0]], "x")
    redact(settings, [ids[1]], "x", ["age"])
    result = replay(settings.folder, "a" * 64, answers)
    assert result.skipped == {
        "input erased or not kept": 1,
        "not the recorded input: columns erased, or changed": 1,
    }
    assert result.compared == 28
    result = replay(settings.folder, "b" * 64, answers)
    assert (result.ok, result.skipped) == (False, {"answered by another bundle": 30})


# -- what is kept of a row


@pytest.mark.parametrize(
    "value", [math.nan, math.inf, -math.inf, -0.0, 2**70, -(2**63), 2**63, 0.1 + 0.2, None, "NaN"]
)
def test_every_value_comes_back_as_it_went_in(value):
    text = canonical({"x": value})
    back = plain(json.loads(text))["x"]
    assert type(back) is type(value)
    assert back == value or (back != back and value != value)
    if isinstance(value, float):
        assert math.copysign(1, back) == math.copysign(1, value)


@pytest.mark.parametrize("beside", [None, math.nan, "null", "x"])
def test_the_same_value_is_written_the_same_whatever_stands_beside_it(beside):
    row = {"b": beside, "a": 2**70, "c": [0.5, True, "x"]}
    assert canonical(row).startswith(b'{"a":1180591620717411303424,"b":')
    assert canonical(row).endswith(b',"c":[0.5,true,"x"]}')


PROFILE = ReferenceProfile(
    rows=60,
    features=(
        NumberProfile("age", (30.0, 40.0), (20, 20, 20), 0),
        CategoryProfile("plan", ("pro", "max"), (30, 20), 10, 0),
    ),
)


def test_columns_are_kept_as_the_deployment_says():
    policies = {"age": "bucket", "plan": "bucket", "id": "hmac", "email": "drop"}
    keeper = Keeper(["age", "plan", "id", "email", "visits"], policies, PROFILE, b"secret")
    row = {"age": 30.0, "plan": "odd", "id": 17, "email": "a@b", "visits": 3, "extra": "x"}
    kept = keeper.kept(row)
    assert {**kept, "id": ""} == {"age": "(-inf, 30.0]", "plan": "(other)", "id": "", "visits": 3}
    assert kept["id"] == keeper.kept({"id": 17})["id"]
    assert kept["id"] != Keeper(["id"], {"id": "hmac"}, None, b"other").kept({"id": 17})["id"]
    assert keeper.kept({"age": 45, "plan": "pro"}) == {"age": "(40.0, inf)", "plan": "pro"}
    assert keeper.kept({"age": None, "id": None}) == {"age": None, "id": None}


def test_a_policy_for_no_column_is_refused():
    with pytest.raises(CellmarkError, match="CELLMARK_AUDIT_FIELDS: column 'agee'"):
        Keeper(["age"], {"agee": "drop"}, PROFILE, b"")
