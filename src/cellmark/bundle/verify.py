"""Check a bundle: manifest, signature, every digest, then the bundle's own tests in a copy."""

from __future__ import annotations

import hashlib
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from cellmark_runtime.errors import BundleError, CellmarkError
from cellmark_runtime.scoring.contents import LEAVINGS, paths_of
from cellmark_runtime.types.manifest import FORMAT, Manifest, encode

from .environment import make_environment, run_tests
from .sign import check_signature

__all__ = ["CheckResult", "Report", "verify"]

_UNLISTED = {"MANIFEST.json", "MANIFEST.sig"}
_AGAIN = "Fetch the bundle again from where it was built, or build it anew."
# A check: its name, and what answers with a line for people or raises CellmarkError.
_Check = tuple[str, Callable[[], str]]


class CheckResult(msgspec.Struct, frozen=True):
    """One check: what it found, in a line or a few, and how many seconds it took."""

    name: str
    ok: bool
    detail: str
    seconds: float


class Report(msgspec.Struct, frozen=True):
    """All checks that ran, in order. The first that fails ends them: what it refuses never runs."""

    ok: bool
    bundle: str
    digest: str
    checks: tuple[CheckResult, ...]


def verify(
    folder: Path,
    known: Mapping[str, str],
    *,
    clean: bool = False,
    on_check: Callable[[CheckResult], None] = lambda _: None,
) -> Report:
    """Check the bundle in `folder`; `known` maps the key ids that the user knows to names.

    `clean` runs the bundle's tests in a new environment made from its lock alone, otherwise they
    run under this interpreter. Nothing is written into `folder`. `on_check` hears each result.
    Raises: CellmarkError where `folder` is no bundle at all.
    """
    if not (folder / "MANIFEST.json").is_file():
        raise CellmarkError(
            str(folder),
            "no MANIFEST.json there" if folder.is_dir() else "no such folder",
            "a bundle's folder",
            "Build one with `cellmark package`.",
        )
    with tempfile.TemporaryDirectory(prefix="cellmark-verify-") as place:
        # The copy is what is checked and what is run, so nothing can change in between.
        copy = Path(place) / "bundle"
        shutil.copytree(folder, copy, symlinks=True, ignore=shutil.ignore_patterns(*LEAVINGS))
        raw = (copy / "MANIFEST.json").read_bytes()
        checks = _checks(copy, raw, known, left=_left_behind(folder), clean=clean)
        results = tuple(_until_failure(checks, on_check))
    ok = all(result.ok for result in results)
    return Report(ok, str(folder), hashlib.sha256(raw).hexdigest(), results)


def _left_behind(folder: Path) -> list[str]:
    """What tools left in the bundle, outermost only: it is neither checked nor copied."""
    found = sorted(path for path in folder.rglob("*") if path.name in LEAVINGS)
    return [
        path.relative_to(folder).as_posix()
        for path in found
        if not LEAVINGS & {*path.relative_to(folder).parts[:-1]}
    ]


def _checks(
    copy: Path, raw: bytes, known: Mapping[str, str], *, left: Sequence[str], clean: bool
) -> Iterator[_Check]:
    yield "manifest", lambda: _describe(_manifest(raw))
    yield "signature", lambda: _signed(copy, raw, known)
    yield "files", lambda: _files(copy, _manifest(raw), left)
    interpreter = Path(sys.executable)
    if clean:
        environment = copy.parent / "environment"
        interpreter = environment / "bin" / "python"
        python = _manifest(raw).provenance.python
        yield "environment", lambda: make_environment(environment, copy, python)
    yield "tests", lambda: run_tests(interpreter, copy)


def _until_failure(
    checks: Iterator[_Check], on_check: Callable[[CheckResult], None]
) -> Iterator[CheckResult]:
    for name, check in checks:
        started = time.perf_counter()
        try:
            ok, detail = True, check()
        except CellmarkError as problem:
            ok, detail = False, str(problem)
        result = CheckResult(name, ok, detail, round(time.perf_counter() - started, 3))
        on_check(result)
        yield result
        if not ok:
            return


def _manifest(raw: bytes) -> Manifest:
    try:
        manifest = msgspec.json.decode(raw, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise BundleError("MANIFEST.json", str(problem), "a bundle's manifest", _AGAIN) from None
    if manifest.format != FORMAT:
        received = f"format {manifest.format}"
        fix = "Use the cellmark version that built this bundle."
        raise BundleError("MANIFEST.json", received, f"format {FORMAT}", fix)
    if encode(manifest) != raw:
        raise BundleError("MANIFEST.json", "not as cellmark writes it", "canonical JSON", _AGAIN)
    return manifest


def _describe(manifest: Manifest) -> str:
    return f"{manifest.name}@{manifest.version}, {len(manifest.files)} files"


def _signed(copy: Path, raw: bytes, known: Mapping[str, str]) -> str:
    file = copy / "MANIFEST.sig"
    if not file.is_file():
        raise BundleError("MANIFEST.sig", "no such file", "a signature over MANIFEST.json", _AGAIN)
    signer = check_signature(raw, file.read_bytes(), known)
    who = f"{signer.name!r}, a key known here" if signer.name else "a key that is not known here"
    return f"signed by {who}: {signer.key_id}"


def _files(copy: Path, manifest: Manifest, left: Sequence[str]) -> str:
    present = set(paths_of(copy)) - _UNLISTED
    listed = manifest.files
    for path in sorted(listed.keys() | present):
        if path not in listed:
            fix = "Remove it; a bundle holds nothing that its manifest does not list."
            raise BundleError(path, "a file that the manifest does not list", "no such file", fix)
        if path not in present:
            raise BundleError(path, "no such file", "the file that the manifest lists", _AGAIN)
        _check_file(copy, path, listed[path])
    unchecked = f"; left by tools and not checked: {', '.join(left)}" if left else ""
    return f"{len(present)} files with the digests of the manifest, no others{unchecked}"


def _check_file(copy: Path, path: str, expected: str) -> None:
    if (copy / path).is_symlink():
        raise BundleError(path, "a link", "a file of its own", _AGAIN)
    received = hashlib.sha256((copy / path).read_bytes()).hexdigest()
    if received != expected:
        raise BundleError(path, f"SHA-256 {received}", expected, _AGAIN)
