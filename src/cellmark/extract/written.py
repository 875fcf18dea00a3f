"""What was derived, written down: frozen values, the truth, and what a bundle is built of."""

from __future__ import annotations

import ast
import importlib.util
import io
import pickle
import platform
import re
import sys
from collections.abc import Mapping
from pathlib import Path as File
from typing import Any

from cellmark.capture.fingerprints import fingerprint
from cellmark.core.extraction import Extraction
from cellmark.core.plan import FrozenValue
from cellmark.core.statement import Statement
from cellmark_runtime.errors import CellmarkError
from cellmark_runtime.monitoring.profile import build_profile
from cellmark_runtime.scoring.answers import answer_of, monitored
from cellmark_runtime.scoring.anyframe import as_pandas, rows_at
from cellmark_runtime.scoring.own_code import PACKAGE
from cellmark_runtime.scoring.persistence import dump
from cellmark_runtime.types.manifest import DataSource, Persisted

from .derive import Derived
from .proof.golden import golden_rows
from .proof.times import times_of
from .refusal import Refusal
from .steps.annotate import value_annotation
from .steps.references import rehomed
from .text.imports import modules_imported
from .trace.estimators import shipped
from .trace.frozen import Frozen, summary_of
from .verdicts import verdicts_of

__all__ = ["verdicts", "write_derived"]


def write_derived(derived: Derived, folder: File, parameters: Mapping[str, object]) -> Extraction:
    """Write the frozen values, the truth and the extraction itself into `folder`."""
    with rehomed(derived.own.own, derived.own.local):
        return _write(derived, folder, parameters)


def _write(derived: Derived, folder: File, parameters: Mapping[str, object]) -> Extraction:
    persisted = tuple(_dump(derived, name, folder) for name in sorted(derived.values))
    raw, observed = derived.truth.raw, derived.truth.last
    fields = [field.name for field in derived.signature.inputs]
    accepted = rows_at(raw, derived.truth.accepted)
    extraction = Extraction(
        steps=derived.steps,
        sources=dict(derived.own.sources),
        answers=derived.answers,
        frozen=tuple(_frozen_value(derived, name) for name in sorted(derived.values)),
        statements=verdicts(derived),
        signature=derived.signature,
        persisted=persisted,
        golden=golden_rows(raw, derived.signature, observed, observed.positions[0]),
        profile=build_profile(
            as_pandas(accepted[fields]),
            derived.signature,
            _scores(derived),
            times_of(as_pandas(accepted)),
        ),
        data=_data_sources(derived),
        parameters=dict(parameters),
        modules=_modules(derived),
        python=platform.python_version(),
    )
    with (folder / "truth.pickle").open("wb") as file:
        # Straight into the file: in memory first it would be there twice.
        pickle.dump(derived.truth, file, protocol=5)
    return extraction


def _dump(derived: Derived, name: str, folder: File) -> Persisted:
    try:
        return dump(name, derived.values[name], folder)
    except (CellmarkError, pickle.PicklingError, AttributeError, TypeError) as problem:
        kept = derived.frozen[name]
        raise Refusal(
            kept.cell,
            kept.line,
            f"its value can't be kept ({problem})",
            "Build it from named functions and scikit-learn's own classes.",
            kept.origin,
        ) from problem


def _frozen_value(derived: Derived, name: str) -> FrozenValue:
    kept, value = derived.frozen[name], derived.values[name]
    annotation, imports = value_annotation(value)
    origin, cell, line = _origin(derived, kept)
    return FrozenValue(
        name=name,
        annotation=annotation,
        imports=imports,
        origin=origin,
        cell=cell,
        line=line,
        summary=summary_of(value),
    )


def _origin(derived: Derived, kept: Frozen) -> tuple[str, int, int]:
    """Where a value comes from: for a variable, the statement that made it."""
    variable = _variable(derived, kept)
    for line in reversed(derived.program.lines):
        match line.node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name == variable:
                return ast.unparse(value), line.cell.number, line.node.lineno
    return kept.origin, kept.cell, kept.line


def _variable(derived: Derived, kept: Frozen) -> str:
    is_model = derived.values[kept.name] is shipped(derived.answering.estimator)
    return derived.answering.name if is_model else kept.origin


def verdicts(derived: Derived) -> tuple[Statement, ...]:
    """The verdict on each statement of the notebook."""
    summaries = {name: summary_of(value) for name, value in derived.values.items()}
    return verdicts_of(
        derived.program,
        derived.path,
        derived.answering,
        derived.frozen,
        summaries,
        defined=derived.own.lines,
        tables=derived.tables,
    )


def _scores(derived: Derived) -> Any:
    """What a service will watch, for the training rows; the classes where it is no number."""
    scored = [each.scored for each in derived.truth.observed]
    answers = [answer_of(*each[1:]) for each in scored if each.predictions is not None]
    numbers = [score for answer in answers for score in monitored(answer)]
    return numbers or [each for answer in answers for each in answer.predictions]


def _data_sources(derived: Derived) -> tuple[DataSource, ...]:
    """The raw frame, others whose rows the model met, and tables that rows are looked up in."""
    sources = (derived.path.source, *derived.met, *derived.tables)
    frames = {source.name: source.frame for source in reversed(sources)}
    return tuple(
        DataSource(name, fingerprint(frame).digest, *frame.shape)
        for name, frame in reversed(frames.items())
    )


def _modules(derived: Derived) -> tuple[str, ...]:
    imported = [*modules_imported(derived.steps)]
    # What a local module imports only where it is there, and it is not there, is not needed.
    imported += [
        name
        for text in derived.own.sources.values()
        for name in modules_imported(text)
        if name in sys.modules or importlib.util.find_spec(name)
    ]
    pickled = [name for value in derived.values.values() for name in _modules_of(value)]
    kept = {*imported, *pickled, *_behind_polars(derived.steps)} - {"__future__", PACKAGE}
    return tuple(sorted(kept))


def _behind_polars(steps: str) -> set[str]:
    """Packages that polars imports only when it hands a frame to pandas, or takes one."""
    exchanged = re.search(r"\.to_pandas\(|\bfrom_pandas\(", steps)
    return {"pandas", "pyarrow"} & {*sys.modules} if exchanged else set()


def _modules_of(value: Any) -> set[str]:
    """Top-level modules that a value's own pickle would import."""
    found: set[str] = set()

    class Listing(pickle.Unpickler):
        def find_class(self, module: str, name: str) -> Any:
            wanted = super().find_class(module, name)
            found.add(_package_of(module))
            return wanted

    Listing(io.BytesIO(pickle.dumps(value))).load()
    return found


def _package_of(module: str) -> str:
    """The top-level package of a module, whatever name it goes by.

    Compiled ones may have a short name as well: `_loss` for scikit-learn 1.5's own losses.
    """
    spec = getattr(sys.modules[module], "__spec__", None)
    return (spec.name if spec else module).partition(".")[0]
