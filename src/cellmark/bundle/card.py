"""What the model card (README.md) is rendered from."""

from __future__ import annotations

import shlex
from typing import Any

import msgspec

from cellmark.core.plan import BundlePlan
from cellmark_runtime.scoring.accepting import said_of
from cellmark_runtime.scoring.answers import entry_of, namer_of
from cellmark_runtime.types.manifest import Persisted
from cellmark_runtime.types.signature import Output, Part, Scalar

from .literals import code, plain
from .schema import about

__all__ = ["card"]

_SHORT = 12
_UNSAFE = "joblib"


def card(plan: BundlePlan) -> dict[str, Any]:
    """The variables of README.md.jinja, all of them text or lists of text."""
    return {
        "answers": _answers(plan),
        "curl": _curl(plan),
        "reply": _reply(plan),
        "origin": _origin(plan),
        "data": [
            _table(s.name, s.rows, s.columns, code(s.digest[:_SHORT])) for s in _sources(plan)
        ],
        "parameters": [_table(code(k), code(repr(v))) for k, v in _parameters(plan)],
        "columns": [_table(code(f.name), f.kind, about(f)) for f in plan.signature.inputs],
        "policies": [
            f"- {plain(said)} ({code(name)})." for name, said in said_of(plan.policies).items()
        ],
        "metrics": [
            _table(plain(name), f"{plan.metrics[name]:.6g}") for name in sorted(plan.metrics)
        ],
        "checks": [_table(c.name, c.rows, f"{c.max_abs_difference:g}") for c in plan.proof.checks],
        "unproven": [f"- {plain(said)}." for said in plan.proof.unproven],
        "exact": plan.proof.max_abs_difference == 0.0,
        "difference": f"{plan.proof.max_abs_difference:g}",
        "frozen": _frozen(plan),
        "statements": _statements(plan),
        "kept": [_table(code(p.name), p.format, code(p.file)) for p in plan.persisted],
        "unsafe": [
            f"**{code(p.name)} is kept by joblib, which runs code when it is loaded**, because it "
            f"{plain(p.reason) or 'has no other form'}."
            for p in plan.persisted
            if p.format == _UNSAFE
        ],
    }


def _table(*cells: object) -> str:
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def _sources(plan: BundlePlan) -> Any:
    return plan.provenance.data


def _parameters(plan: BundlePlan) -> list[tuple[str, object]]:
    return sorted(plan.provenance.parameters.items())


def _answers(plan: BundlePlan) -> str:
    output = plan.signature.output
    if output.parts:
        said = "; ".join(f"{code(part.name)}, {_one_of(part)}" for part in output.parts)
        said = f"{len(output.parts)} values a row ({said})"
    else:
        said = _one_of(output) + ("" if output.classes else " a row")
    probabilities = ", with a probability for each" if output.probabilities else ""
    score = ", with the model's own score" if output.scores else ""
    return f"{output.task}: {said}{probabilities}{score}"


def _one_of(output: Output | Part) -> str:
    if output.classes is None:
        return f"one {output.kind}"
    return f"one of {', '.join(code(repr(value)) for value in output.classes)}"


def _origin(plan: BundlePlan) -> list[str]:
    source = plan.provenance
    facts = {
        "Model": code(f"{plan.name}@{plan.version}"),
        "Notebook": f"{code(source.notebook)}, SHA-256 {code(source.notebook_digest[:_SHORT])}",
        "Run": f"{code(source.run[:_SHORT])} (`cellmark show` accepts it)",
        "Commit": code(source.git or ""),
        "Python": source.python,
        "Built by": plain(plan.created_by),
    }
    return [_table(name, fact) for name, fact in facts.items() if fact]


def _frozen(plan: BundlePlan) -> list[str]:
    formats = {entry.name: entry for entry in plan.persisted}
    return [
        _table(
            code(value.name),
            code(value.summary),
            f"cell {value.cell}, line {value.line}",
            code(value.origin),
            _where_kept(formats.get(value.name)),
        )
        for value in plan.frozen
    ]


def _where_kept(entry: Persisted | None) -> str:
    return ", ".join(map(code, entry.files)) if entry else ""


def _statements(plan: BundlePlan) -> list[str]:
    return [
        _table(
            s.cell, s.line, s.verdict, _first_line(s.source), plain(s.reason).replace("|", r"\|")
        )
        for s in plan.statements
    ]


def _first_line(source: str) -> str:
    first, *more = source.strip().splitlines() or [""]
    return code(first + (" ..." if more else ""))


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _curl(plan: BundlePlan) -> str:
    row: dict[str, Scalar] = plan.golden.rows[0] if plan.golden.rows else {}
    return shlex.quote(_json(row))


def _reply(plan: BundlePlan) -> str:
    if not plan.golden.predictions:
        return ""
    output, golden = plan.signature.output, plan.golden
    answers = (golden.predictions, golden.probabilities, golden.scores)
    first = [each[0] if each else None for each in answers]
    entry = entry_of(output, namer_of(output), *first)
    return _json({name: value for name, value in entry.items() if value is not None})
