"""Audit: find, prove, verify, replay and erase what a service put on record."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from cellmark.store.location import find_folder
from cellmark_runtime.audit.checking import verify_log
from cellmark_runtime.audit.erasing import redact as erase
from cellmark_runtime.audit.finding import LogReport
from cellmark_runtime.audit.keys import AuditKey, public_of
from cellmark_runtime.audit.log import key_of
from cellmark_runtime.audit.proving import PROOF, SCRIPT
from cellmark_runtime.audit.proving import prove as take_out
from cellmark_runtime.audit.reading import Found, answers_to, find_all
from cellmark_runtime.audit.record import canonical
from cellmark_runtime.audit.redaction import pseudonym
from cellmark_runtime.audit.replaying import Replayed
from cellmark_runtime.audit.replaying import replay as score_again
from cellmark_runtime.audit.settings import AuditSettings, audit_settings_from
from cellmark_runtime.errors import CellmarkError
from cellmark_runtime.threads import pin_threads

from .serve import LOGS, warn_of_differences

__all__ = [
    "Answer",
    "Answers",
    "LogReport",
    "Proven",
    "Redacted",
    "Replayed",
    "find",
    "log_of",
    "prove",
    "redact",
    "replay",
    "signing_settings",
    "verify",
]


class Answer(msgspec.Struct, frozen=True):
    """A record and what belongs to it; `line` counts from 1, `input` is None where erased."""

    id: str
    kind: str
    at: str
    file: str
    line: int
    sealed: bool
    record: dict[str, Any]
    input: dict[str, Any] | None
    events: list[dict[str, Any]]


class Answers(msgspec.Struct, frozen=True):
    """What was found in the log at `log`."""

    log: str
    found: list[Answer]


class Proven(msgspec.Struct, frozen=True):
    """The files that a third party needs, and the key that the proof rests on."""

    id: str
    proof: str
    script: str
    key: str


class Redacted(msgspec.Struct, frozen=True):
    """The erasures as they were recorded."""

    log: str
    erased: list[dict[str, Any]]


def find(
    name: str = "", *, where: Mapping[str, str] | None = None, log: Path | str | None = None
) -> Answers:
    """The answers and refusals with this id, request or trace; with `where`, to rows like these.

    Args: where: column -> value as text, found where the log keeps the column or a pseudonym.
    Raises: CellmarkError where there is no log, or nothing like that in it.
    """
    folder = log_of(log)
    found = _found(folder, name, where or {})
    if not found:
        told = [f"{column}={value}" for column, value in (where or {}).items()]
        asked = ", ".join([name, *told] if name else told)
        raise CellmarkError(
            asked,
            f"not in the log at {folder}",
            "the id of an answer, a request or a trace, or an input's value",
            "It may be in another log, erased, or retired.",
        )
    return Answers(str(folder), [_answer(each) for each in found])


def prove(
    identity: str,
    *,
    output: Path | str | None = None,
    with_input: bool = True,
    log: Path | str | None = None,
) -> Proven:
    """Write what a third party needs to believe one record into `output` (default: proof-ID).

    Raises: CellmarkError where there is no such answer; CheckFailed where it is not sealed yet,
    or its segment does not hold.
    """
    folder = Path(output or f"proof-{identity}")
    proof = take_out(log_of(log), identity, folder, with_input=with_input)
    key = proof["checkpoint"]["signatures"][0]["keyid"]
    return Proven(identity, str(folder / PROOF), str(folder / SCRIPT), key)


def verify(
    log: Path | str | None = None,
    *,
    checkpoints: Sequence[Path | str] = (),
    keys: Sequence[str] = (),
) -> LogReport:
    """Check every line, seal and input of a log.

    Args: checkpoints: seals that were kept elsewhere, files or folders of them; keys: who may
    have signed (`ed25519:HEX`, or a file with the public key); none: whoever did is told.
    Raises: CellmarkError where there is no log, seal or key.
    """
    kept = [file for each in checkpoints for file in _seals(Path(each))]
    return verify_log(log_of(log), checkpoints=kept, keys={public_of(key) for key in keys})


def replay(
    bundle: Path | str,
    *,
    identity: str | None = None,
    log: Path | str | None = None,
    warn: Callable[[str], None] = print,
) -> Replayed:
    """Score recorded requests again with the bundle that answered them, and compare each bit.

    Args: identity: of one answer; its whole request is scored. warn: told when this environment
    is not the one that the bundle was proven in.
    Raises: BundleError; CellmarkError where there is no log.
    """
    pin_threads()
    from cellmark_runtime.scoring.answers import entries_of, namer_of
    from cellmark_runtime.scoring.loading import load

    folder = log_of(log)
    warn_of_differences(Path(bundle), warn, "Answers may differ for that.")
    model = load(bundle)
    output = model.signature.output
    named = namer_of(output)

    def score(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return entries_of(output, named, model.answer(rows))

    return score_again(folder, model.digest, score, identity)


def redact(
    identities: Sequence[str] = (),
    *,
    reason: str,
    where: Mapping[str, str] | None = None,
    columns: Sequence[str] = (),
    log: Path | str | None = None,
) -> Redacted:
    """Erase the inputs of answers, or `columns` of them: those named, and those like `where`.

    Raises: CellmarkError where there is no such answer, input or column, or nothing to sign with.
    """
    folder = log_of(log)
    settings = signing_settings(folder, "the erasure")
    chosen = list(identities)
    if where:
        like = (each.record["id"] for each in _found(folder, "", where))
        chosen += [identity for identity in like if identity not in identities]
    if not chosen:
        asked = ", ".join(f"{column}={value}" for column, value in (where or {}).items())
        raise CellmarkError(asked or "nothing named", "no input to erase", "an id, or a value")
    return Redacted(str(folder), erase(settings, chosen, reason, columns))


def log_of(log: Path | str | None, start: Path | None = None) -> Path:
    """The log that is meant: given, in CELLMARK_AUDIT, or the only one of the project.

    Raises: CellmarkError where there is none, or more than one.
    """
    named = log or os.environ.get("CELLMARK_AUDIT")
    if named:
        return Path(named)
    kept = find_folder(start or Path.cwd()) / LOGS
    logs = sorted(each for each in kept.glob("*") if each.is_dir())
    if len(logs) == 1:
        return logs[0]
    raise CellmarkError(
        "which log",
        f"{', '.join(each.name for each in logs)} in {kept}" if logs else f"none in {kept}",
        "one",
        "Name its folder with --log, or set CELLMARK_AUDIT.",
    )


def _found(folder: Path, name: str, where: Mapping[str, str]) -> list[Found]:
    """What has the name and whose input has the values, of those that are given."""
    if not where:
        return find_all(folder, name) if name else []
    key = _key(folder)
    wanted = {column: _kept_as(key, column, value) for column, value in where.items()}

    def is_like(kept: dict[str, Any]) -> bool:
        return all(canonical(kept.get(column)) in forms for column, forms in wanted.items())

    alike = answers_to(folder, is_like)
    if not name:
        return list(alike)
    named = {each.record.get("id") for each in find_all(folder, name)}
    return [each for each in alike if each.record["id"] in named]


def _kept_as(key: AuditKey | None, column: str, text: str) -> set[bytes]:
    """What a log may hold of a value that is given as text: as text, number, or pseudonym."""
    values: list[Any] = [text]
    with suppress(msgspec.DecodeError):
        values.append(msgspec.json.decode(text))
    with suppress(ValueError):
        # Callers may send 17 or 17.0.
        number = float(text)
        values += [number, int(number)] if number.is_integer() else [number]
    if key:
        values += [pseudonym(key.pseudonyms, column, value) for value in values]
    return {canonical(value) for value in values}


def _key(folder: Path) -> AuditKey | None:
    settings = _settings(folder)
    return key_of(settings) if _has_key(settings) else None


def _settings(folder: Path) -> AuditSettings:
    settings = audit_settings_from({**os.environ, "CELLMARK_AUDIT": str(folder)})
    assert settings is not None
    return settings


def signing_settings(folder: Path, what: str) -> AuditSettings:
    """The settings to write into a log with. Raises: CellmarkError where no key is at hand."""
    settings = _settings(folder)
    if not _has_key(settings):
        raise CellmarkError(
            str(folder),
            f"nothing to sign {what} with",
            "the private key that the service signs with",
            "Set CELLMARK_AUDIT_KEY to its file.",
        )
    return settings


def _has_key(settings: AuditSettings) -> bool:
    return bool(settings.key) or (settings.folder / "own.key").exists()


def _input(found: Found) -> dict[str, Any] | None:
    if found.payload is None:
        return None
    return msgspec.json.decode(found.payload.input, type=dict[str, Any])


def _answer(found: Found) -> Answer:
    record = found.record
    return Answer(
        record["id"],
        record["kind"],
        record["at"],
        str(found.place.lines),
        found.index + 1,
        found.sealed,
        record,
        _input(found),
        found.events,
    )


def _seals(place: Path) -> list[Path]:
    if not place.exists():
        raise CellmarkError(str(place), "no such file or folder", "seals that were kept elsewhere")
    return sorted(place.glob("*.checkpoint")) if place.is_dir() else [place]
