"""The registry: register versions, move aliases, and say who did what, when and why."""

from __future__ import annotations

import datetime as dt
import getpass
import re
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from cellmark.bundle.keys import known_keys
from cellmark.bundle.sign import check_signature
from cellmark.bundle.verify import CheckResult
from cellmark.bundle.verify import verify as check_bundle
from cellmark.core.registry import Event, ModelVersion, faults
from cellmark.store import Store, open_store
from cellmark_runtime.errors import CellmarkError, CheckFailed
from cellmark_runtime.scoring.files import BundleFiles, open_bundle

from .gates import Candidate, Gate, gates_of
from .kept_bundles import MANIFEST, SIGNATURE, keep, kept, not_registered, place_of, version_of
from .registered import (
    Approved,
    History,
    Models,
    ModelSummary,
    Promoted,
    Registered,
    VersionSummary,
)
from .reproduced import Reproduced
from .signing import is_signed, signing
from .verify import KEYS

__all__ = [
    "approve",
    "history",
    "models",
    "note_reproduction",
    "promote",
    "register",
]

_ALIAS = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")


def register(bundle: Path | str, *, reason: str = "", start: Path | None = None) -> Registered:
    """Keep a bundle as the version that its Manifest names, for good.

    Every digest is checked, and the signature if there is one. The same bundle is registered once.
    Raises: BundleError for one that was changed; StoreError where another has its number.
    """
    store = open_store(start)
    files = open_bundle(Path(bundle))
    manifest = files.manifest
    evidence = {"digest": manifest.digest, "run": manifest.provenance.run, **_signer(files, store)}
    version = ModelVersion(
        model=manifest.name,
        version=manifest.version,
        digest=manifest.digest,
        run=manifest.provenance.run,
        registered=_now(),
        by=_user(),
    )
    event = Event(
        at=version.registered,
        evidence=evidence,
        kind="registered",
        model=version.model,
        reason=reason,
        version=version.version,
        who=version.by,
    )
    registry = store.registry()
    place = place_of(store, version.digest)
    # Before the copy: one that is refused leaves none behind.
    registry.refuse_taken(version)
    keep(files, place)
    new = registry.register(version, event, signing(store))
    aliases = registry.standing(version.model).aliases
    names = sorted(name for name, points in aliases.items() if points == version.version)
    return Registered(version.model, version.version, version.digest, names, new, str(place))


def models(model: str | None = None, *, start: Path | None = None) -> Models:
    """The registered models, or one of them. Raises: CellmarkError where it is not registered."""
    store = open_store(start)
    known = store.registry().versions(model) if store.exists else []
    names = dict.fromkeys(each.model for each in known)
    if model is not None and not names:
        raise not_registered(model, store)
    return Models([_summary(store, name) for name in names])


def approve(reference: str, *, reason: str, start: Path | None = None) -> Approved:
    """Put on record that you stand for a version (`churn@3`). Nothing moves.

    Raises: CellmarkError for what is not registered; CheckFailed where the copy that is kept is
    not what was registered.
    """
    if not reason.strip():
        raise CellmarkError("--reason", "nothing", "what you looked at, for who reads the history")
    store = open_store(start)
    version = version_of(store, reference)
    kept(store, version)
    event = Event(
        at=_now(),
        evidence={"digest": version.digest},
        kind="approved",
        model=version.model,
        reason=reason,
        version=version.version,
        who=_user(),
    )
    return Approved(version.model, version.version, store.registry().note(event, signing(store)))


def promote(
    reference: str,
    alias: str,
    *,
    reason: str,
    require: Iterable[str] = (),
    start: Path | None = None,
    on_check: Callable[[CheckResult], None] = lambda _: None,
) -> Promoted:
    """Let `alias` point to a version (`churn@3`), once its bundle verifies, its own tests included.

    Back to an older version is the same. Args: require: gates that it has to pass besides
    (`approval`, `reproduced`, `drift`, `challenge`), and those that CELLMARK_REQUIRE names.
    Raises: CheckFailed if a check or a gate does not hold: nothing moves then; CellmarkError for
    what is not registered.
    """
    store = open_store(start)
    if not _ALIAS.fullmatch(alias):
        raise CellmarkError("alias", repr(alias), "a word, such as champion")
    if not reason.strip():
        raise CellmarkError("--reason", "nothing", "why this version, for who reads the history")
    version = version_of(store, reference)
    gates = gates_of(require)
    candidate = Candidate(version, alias, _user(), store.registry().events(version.model))
    evidence = {"digest": version.digest}
    for name, gate in gates.items():
        evidence[name] = _passed(name, gate, candidate, on_check)
    place = kept(store, version)
    report = check_bundle(place, known_keys(store.folder / KEYS), clean=False, on_check=on_check)
    failed = [check for check in report.checks if not check.ok]
    if failed or not report.ok:
        said = f"{failed[0].name}: {failed[0].detail}" if failed else "verify does not hold"
        raise CheckFailed(reference, said, "a bundle that verifies", f"{alias} was not moved.")
    evidence["checks"] = ", ".join(check.name for check in report.checks)
    event = Event(
        alias=alias,
        at=_now(),
        evidence=evidence,
        kind="promoted",
        model=version.model,
        reason=reason,
        version=version.version,
        who=_user(),
    )
    moved = store.registry().move(event, signing(store))
    return Promoted(version.model, version.version, alias, moved.before, moved)


def note_reproduction(store: Store, identity: str, result: Reproduced) -> None:
    """Put what came of running a Run anew into the history of the versions that came from it,
    which know it by its identity.
    """
    for version in store.registry().versions():
        if version.run == identity:
            event = Event(
                at=_now(),
                evidence={
                    "digest": version.digest,
                    "environment": result.environment,
                    "rerun": result.rerun,
                    "run": result.run,
                },
                kind="reproduced" if result.reproduced else "not reproduced",
                model=version.model,
                reason=result.outcome,
                version=version.version,
                who=_user(),
            )
            store.registry().note(event, signing(store))


def history(model: str, *, verify: bool = False, start: Path | None = None) -> History:
    """All that happened to a model's versions and aliases.

    Args: verify: also look whether an event was changed, deleted or moved.
    Raises: CellmarkError where the model is not registered.
    """
    store = open_store(start)
    if not store.exists:
        raise not_registered(model, store)
    registry = store.registry()
    events, now = registry.events(model), registry.standing(model)
    if not events and not now.versions:
        raise not_registered(model, store)
    if not verify:
        return History(model, events, None, [])
    found = list(faults(events, is_signed, now))
    return History(model, events, not found, found)


def _passed(
    name: str, gate: Gate, candidate: Candidate, on_check: Callable[[CheckResult], None]
) -> str:
    """What lets the candidate pass. Raises: CheckFailed."""
    started = time.perf_counter()
    try:
        evidence = gate(candidate)
    except CheckFailed as failed:
        on_check(CheckResult(name, ok=False, detail=failed.received, seconds=0.0))
        raise
    seconds = round(time.perf_counter() - started, 3)
    on_check(CheckResult(name, ok=True, detail=evidence, seconds=seconds))
    return evidence


def _summary(store: Store, model: str) -> ModelSummary:
    registry = store.registry()
    aliases = registry.standing(model).aliases
    versions = [
        VersionSummary(
            each.version,
            each.digest,
            each.run,
            each.registered,
            each.by,
            sorted(name for name, points in aliases.items() if points == each.version),
            str(place_of(store, each.digest)),
        )
        for each in reversed(registry.versions(model))
    ]
    return ModelSummary(model, dict(sorted(aliases.items())), versions)


def _signer(files: BundleFiles, store: Store) -> dict[str, str]:
    signature = files.folder / SIGNATURE
    if not signature.is_file():
        return {}
    manifest = (files.folder / MANIFEST).read_bytes()
    known = known_keys(store.folder / KEYS)
    return {"signer": check_signature(manifest, signature.read_bytes(), known).key_id}


def _now() -> str:
    """This moment in UTC, as events tell it."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _user() -> str:
    """Who acts, as the operating system says it."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container whose user has no name
        return "unknown"
