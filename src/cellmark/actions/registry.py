"""The registry: register versions, move aliases, and say who did what, when and why."""

from __future__ import annotations

import datetime as dt
import getpass
import re
from collections.abc import Callable
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from cellmark.bundle.keys import known_keys, own_key
from cellmark.bundle.sign import check_signature, key_id
from cellmark.bundle.verify import CheckResult
from cellmark.bundle.verify import verify as check_bundle
from cellmark.core.registry import Event, ModelVersion, faults
from cellmark.store import Store, open_store
from cellmark_runtime.errors import CellmarkError, CheckFailed
from cellmark_runtime.scoring.files import BundleFiles, open_bundle

from .approval import check_approval, is_required
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
from .verify import KEYS

__all__ = ["approve", "history", "is_signed", "models", "promote", "register"]

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
    new = registry.register(version, event, _signing(store))
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
    return Approved(version.model, version.version, store.registry().note(event, _signing(store)))


def promote(
    reference: str,
    alias: str,
    *,
    reason: str,
    require_approval: bool = False,
    start: Path | None = None,
    on_check: Callable[[CheckResult], None] = lambda _: None,
) -> Promoted:
    """Let `alias` point to a version (`churn@3`), once its bundle verifies, its own tests included.

    Back to an older version is the same. Args: require_approval: somebody else must have approved
    it; also where CELLMARK_REQUIRE_APPROVAL is 1.
    Raises: CheckFailed if a check does not hold: nothing moves then; CellmarkError for what is not
    registered.
    """
    store = open_store(start)
    if not _ALIAS.fullmatch(alias):
        raise CellmarkError("alias", repr(alias), "a word, such as champion")
    if not reason.strip():
        raise CellmarkError("--reason", "nothing", "why this version, for who reads the history")
    version = version_of(store, reference)
    evidence = {"digest": version.digest}
    if require_approval or is_required():
        events = store.registry().events(version.model)
        evidence["approved"] = check_approval(events, version, _user())
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
    moved = store.registry().move(event, _signing(store))
    return Promoted(version.model, version.version, alias, moved.before, moved)


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


def _signing(store: Store) -> Callable[[bytes], tuple[str, str]]:
    """Signs with the project's own key."""
    key = own_key(store.folder / KEYS)
    return lambda message: (key_id(key), key.sign(message).hex())


def is_signed(key: str, message: bytes, signature: str) -> bool:
    """Whether the holder of this key (its id) signed this message."""
    try:
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key.removeprefix("ed25519:")))
        public.verify(bytes.fromhex(signature), message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _now() -> str:
    """This moment in UTC, as events tell it."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _user() -> str:
    """Who acts, as the operating system says it."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container whose user has no name
        return "unknown"
