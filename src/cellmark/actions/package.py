"""Package: a notebook's tagged cells into a proven, locked, signed bundle."""

from __future__ import annotations

import hashlib
import re
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from cellmark import __version__
from cellmark.bundle.build import Built, build
from cellmark.bundle.earlier import changes_since
from cellmark.bundle.keys import own_key
from cellmark.bundle.lock import add_wheel, compile_lock
from cellmark.bundle.wheel import runtime_wheel
from cellmark.bundle.write import check_place, write
from cellmark.core.changes import Changes
from cellmark.core.choices import Choices
from cellmark.core.plan import BundlePlan
from cellmark.core.progress import Tell, untold
from cellmark.core.run import Run
from cellmark.extract.proof.prove import tolerance_of
from cellmark.notebook.canonical import executed_text, source_digest
from cellmark.store import Store
from cellmark.store.redaction import redact, secret_values
from cellmark_runtime.errors import CellmarkError
from cellmark_runtime.types.manifest import Proof, Provenance
from cellmark_runtime.types.policies import Policies

from .explain import without_secrets
from .hidden_state import HiddenState
from .proving import proof_of
from .run import store_for
from .source import Source, find_source
from .tracing import Traced, trace
from .verify import KEYS

__all__ = ["Packaged", "package"]

_NAME = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")


class Packaged(msgspec.Struct, frozen=True):
    """What was built: the bundle's folder, its identity, and the proof that it holds.

    `joblib` names the frozen values that run code when loaded, with what made it necessary.
    `changes` is what differs from the newest earlier version beside the bundle, null without one.
    """

    bundle: str
    name: str
    version: int
    digest: str
    run: str
    proof: Proof
    statements: dict[str, int]
    hidden_state: tuple[HiddenState, ...]
    joblib: dict[str, str]
    changes: Changes | None
    policies: Policies = Policies()


def package(
    source: str | Path,
    *,
    name: str | None = None,
    output: Path | str | None = None,
    parameters: Mapping[str, object] | None = None,
    model: str | None = None,
    frame: str | None = None,
    answer: str | None = None,
    policies: Mapping[str, str] | None = None,
    parent: Path | None = None,
    note: Callable[[str], None] = lambda _: None,
    progress: Tell = untold,
) -> Packaged:
    """Build the bundle of a notebook (a path) or of a Run (its reference); prove it; write it.

    `output` is the bundle's folder (default: NAME-VERSION in `parent`, or the working folder),
    `model`, `frame`, `answer` and `policies` overrule the
    choices in the notebook's metadata (`cellmark.core.choices`); `note` hears each stage begin,
    `progress` how far it is.
    Raises: CellmarkError for bad input, CheckFailed where the notebook fails, a statement is
    refused or the proof does not hold. Nothing is written then.
    """
    with tempfile.TemporaryDirectory(prefix="cellmark-package-") as scratch:
        here = Path(scratch)
        found = find_source(str(source), parameters or {}, here)
        title = _checked_name(name or _default_name(found.shown))
        names = {"model": model, "frame": frame, "answer": answer}
        choices = found.notebook.choices.overruled(names, policies or {}, "the command line")
        if output is not None:
            check_place(Path(output))
        store = store_for(found.shown)
        note(f"running {found.shown.name} clean, traced")
        traced = trace(
            found, here, store=store.folder, choices=choices, note=note, progress=progress
        )
        note("locking packages")
        plan, wheel = _plan(title, found, traced, store, choices), runtime_wheel()
        parts = (_model_files(here), wheel, own_key(store.folder / KEYS))
        note("proving the scoring module against the notebook")
        plan = _proven(plan, proof_of(build(plan, *parts), here, progress))
        version = store.allocate_version(title, build(plan, *parts).manifest.digest)
        built = build(msgspec.structs.replace(plan, version=version), *parts)
    folder = Path(output) if output else (parent or Path()) / f"{title}-{version}"
    write(built.files, folder)
    beside = {folder.absolute().parent, (parent or Path()).absolute()}
    return _packaged(folder, built, traced, changes_since(built, beside))


def _packaged(folder: Path, built: Built, traced: Traced, changes: Changes | None) -> Packaged:
    manifest = built.manifest
    return Packaged(
        str(folder),
        manifest.name,
        manifest.version,
        manifest.digest,
        traced.execution.runs[-1],
        manifest.proof,
        _counts(traced),
        traced.hidden,
        {each.name: each.reason for each in manifest.persisted if each.format == "joblib"},
        changes,
        manifest.policies,
    )


# -- names


def _default_name(path: Path) -> str:
    return re.sub(r"[^a-z0-9]+", "-", path.stem.lower()).strip("-") or "model"


def _checked_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise CellmarkError(
            "--name", repr(name), "small letters and digits, joined by - or _", "Try 'churn'."
        )
    return name


# -- the plan


def _plan(name: str, found: Source, traced: Traced, store: Store, choices: Choices) -> BundlePlan:
    extraction, needs, wheel = traced.extraction, traced.needs, runtime_wheel()
    compiled = compile_lock(
        needs.requirements, needs.installed, extraction.python, store.folder / "cache" / "locks"
    )
    lock = add_wheel(compiled, wheel)
    run = store.run(traced.execution.runs[-1])
    return BundlePlan(
        name=name,
        version=1,
        created_by=f"cellmark {__version__}",
        title=found.notebook.title,
        purpose=found.notebook.purpose,
        steps=extraction.steps,
        sources=extraction.sources,
        answers=extraction.answers,
        frozen=extraction.frozen,
        statements=tuple(map(without_secrets, extraction.statements)),
        signature=extraction.signature,
        policies=choices.policies,
        proof=Proof(0, (), 0.0),
        provenance=_provenance(found, traced, run, lock),
        persisted=extraction.persisted,
        metrics={name: value for name, value in run.latest_metrics.items() if value is not None},
        golden=extraction.golden,
        profile=extraction.profile,
        requirements=needs.requirements,
        lock=lock,
        runtime_wheel=wheel.name,
        notebook=executed_text(redact(traced.execution.notebook, secret_values())),
    )


def _provenance(found: Source, traced: Traced, run: Run, lock: str) -> Provenance:
    return Provenance(
        run=run.identity,
        notebook=found.shown.name,
        notebook_digest=source_digest(found.notebook),
        data=traced.extraction.data,
        parameters=traced.extraction.parameters,
        python=traced.extraction.python,
        lock_digest=hashlib.sha256(lock.encode()).hexdigest(),
        git=_revision(found.shown),
    )


def _revision(notebook: Path) -> str | None:
    """The commit that last changed the notebook, marked if it was changed since; None outside git.

    Not HEAD: a commit elsewhere leaves this notebook, and so its bundle, the same.
    """
    commit = _git(notebook, "log", "-1", "--format=%H")
    if not commit:
        return None
    return f"{commit}-modified" if _git(notebook, "status", "--porcelain") else commit


def _git(notebook: Path, *arguments: str) -> str:
    command = ["git", "-C", str(notebook.absolute().parent), *arguments, "--", notebook.name]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def _model_files(scratch: Path) -> dict[str, bytes]:
    return {
        path.relative_to(scratch).as_posix(): path.read_bytes()
        for path in sorted((scratch / "model").iterdir())
    }


def _counts(traced: Traced) -> dict[str, int]:
    verdicts = [statement.verdict for statement in traced.extraction.statements]
    return {verdict: verdicts.count(verdict) for verdict in dict.fromkeys(verdicts)}


# -- the proof


def _proven(plan: BundlePlan, proof: Proof) -> BundlePlan:
    golden = msgspec.structs.replace(plan.golden, tolerance=tolerance_of(proof))
    return msgspec.structs.replace(plan, proof=proof, golden=golden)
