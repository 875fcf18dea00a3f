"""The registry: register versions, move aliases, and say who did what, when and why."""

from __future__ import annotations

import datetime as dt
import getpass
import re
import secrets
import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec
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
from .verify import KEYS

__all__ = [
    "Approved",
    "History",
    "ModelSummary",
    "Models",
    "Promoted",
    "Registered",
    "VersionSummary",
    "approve",
    "folder_of",
    "history",
    "is_signed",
    "models",
    "place_of",
    "promote",
    "register",
]

# In the store's folder: a copy of each registered bundle, by its digest.
_BUNDLES = "models"
_MANIFEST, _SIGNATURE = "MANIFEST.json", "MANIFEST.sig"
_REFERENCE = re.compile(r"(?P<model>.+)@(?P<which>[^@]+)")
_ALIAS = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")


class Registered(msgspec.Struct, frozen=True):
    """`new` is False where this very bundle was registered before; `path` is the copy kept."""

    model: str
    version: int
    digest: str
    aliases: list[str]
    new: bool
    path: str


class VersionSummary(msgspec.Struct, frozen=True):
    """One version of a model."""

    version: int
    digest: str
    run: str
    registered: str
    by: str
    aliases: list[str]
    path: str


class ModelSummary(msgspec.Struct, frozen=True):
    """A model with its versions, the newest first."""

    model: str
    aliases: dict[str, int]
    versions: list[VersionSummary]


class Models(msgspec.Struct, frozen=True):
    """The registered models."""

    models: list[ModelSummary]


class Approved(msgspec.Struct, frozen=True):
    """`event` is as the history keeps it."""

    model: str
    version: int
    event: Event


class Promoted(msgspec.Struct, frozen=True):
    """`before` is the version that the alias pointed to."""

    model: str
    version: int
    alias: str
    before: int | None
    event: Event


class History(msgspec.Struct, frozen=True):
    """Events, the oldest first. `ok` is None where they were not verified."""

    model: str
    events: list[Event]
    ok: bool | None
    faults: list[str]


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
    _keep(files, place)
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
        raise _not_registered(model, store)
    return Models([_summary(store, name) for name in names])


def approve(reference: str, *, reason: str, start: Path | None = None) -> Approved:
    """Put on record that you stand for a version (`churn@3`). Nothing moves.

    Raises: CellmarkError for what is not registered; CheckFailed where the copy that is kept is
    not what was registered.
    """
    if not reason.strip():
        raise CellmarkError("--reason", "nothing", "what you looked at, for who reads the history")
    store = open_store(start)
    version = _version(store, reference)
    _kept(store, version)
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
    version = _version(store, reference)
    evidence = {"digest": version.digest}
    if require_approval or is_required():
        events = store.registry().events(version.model)
        evidence["approved"] = check_approval(events, version, _user())
    place = _kept(store, version)
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
        raise _not_registered(model, store)
    registry = store.registry()
    events, now = registry.events(model), registry.standing(model)
    if not events and not now.versions:
        raise _not_registered(model, store)
    if not verify:
        return History(model, events, None, [])
    found = list(faults(events, is_signed, now))
    return History(model, events, not found, found)


def folder_of(reference: str, *, start: Path | None = None) -> Path:
    """The bundle of a version or an alias: `churn@3`, `churn@champion`.

    Raises: CellmarkError where there is no such model, version or alias.
    """
    store = open_store(start)
    return _kept(store, _version(store, reference))


def _version(store: Store, reference: str) -> ModelVersion:
    """The version that `churn@3` or an alias means. Raises: CellmarkError."""
    found = _REFERENCE.fullmatch(reference)
    if not found:
        raise CellmarkError("model", repr(reference), "MODEL@VERSION or MODEL@ALIAS")
    model, which = found["model"], found["which"]
    if not store.exists:
        raise _not_registered(model, store)
    registry = store.registry()
    versions = {each.version: each for each in registry.versions(model)}
    if not versions:
        raise _not_registered(model, store)
    aliases = registry.standing(model).aliases
    number = int(which) if which.isdecimal() else aliases.get(which)
    if number not in versions:
        known = [*map(str, versions), *sorted(aliases)]
        raise CellmarkError(
            reference, "no such version or alias", f"{model}@ and one of {', '.join(known)}"
        )
    return versions[number]


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
    signature = files.folder / _SIGNATURE
    if not signature.is_file():
        return {}
    manifest = (files.folder / _MANIFEST).read_bytes()
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


def place_of(store: Store, digest: str) -> Path:
    """Where the copy of the bundle with this digest is kept."""
    return store.folder / _BUNDLES / digest


def _kept(store: Store, version: ModelVersion) -> Path:
    """The copy of a version. Raises: CheckFailed where it is not what was registered."""
    place = place_of(store, version.digest)
    try:
        digest = open_bundle(place).manifest.digest
    except CellmarkError as problem:
        digest = str(problem)
    if digest != version.digest:
        raise CheckFailed(
            f"{version.model}@{version.version}",
            f"the copy at {place} is not what was registered ({digest[:100]})",
            f"the bundle with digest {version.digest[:12]}",
            "Register the bundle again from where it was built: its copy is then replaced.",
        )
    return place


def _keep(files: BundleFiles, place: Path) -> None:
    """Copy a bundle, whole or not at all. A copy that was damaged is replaced."""
    if place.is_dir():
        try:
            if open_bundle(place).manifest.digest == files.manifest.digest:
                return
        except CellmarkError:
            shutil.rmtree(place)
    partial = place.with_name(f".{place.name}.{secrets.token_hex(4)}")
    try:
        for name in files.manifest.files:
            target = partial / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(files.read(name))
        for name in (_MANIFEST, _SIGNATURE):
            if (files.folder / name).is_file():
                (partial / name).write_bytes((files.folder / name).read_bytes())
        try:
            partial.rename(place)
        except OSError:
            # Another process was first, and kept the same.
            if not place.is_dir():
                raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _now() -> str:
    """This moment in UTC, as events tell it."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _user() -> str:
    """Who acts, as the operating system says it."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container whose user has no name
        return "unknown"


def _not_registered(model: str, store: Store) -> CellmarkError:
    return CellmarkError(
        model,
        f"not registered in {store.folder}",
        "a registered model",
        "Register a bundle with `cellmark register BUNDLE`; `cellmark models` lists them.",
    )
