"""Render a plan: every text file of a bundle from the real template files in templates/."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jinja2
import msgspec

from cellmark.core.plan import BundlePlan
from cellmark_runtime.types.golden import GoldenRows

from .card import card
from .dashboard import dashboard
from .literals import docstring, plain, quoted, slug
from .monitors import monitors
from .sbom import sbom
from .schema import frozen_fields, imports_of, row_fields, row_type

__all__ = ["render"]

_TEMPLATES = Path(__file__).parent / "templates"
_SUFFIX = ".jinja"


def render(plan: BundlePlan) -> dict[str, str]:
    """POSIX path -> text of every text file of the bundle, MANIFEST.* left out. Touches nothing.

    Python files come unformatted; `bundle.build` formats them.
    """
    variables = _variables(plan)
    environment = _environment()
    names = sorted(
        file.relative_to(_TEMPLATES).as_posix() for file in _TEMPLATES.rglob(f"*{_SUFFIX}")
    )
    from_templates = {
        name.removesuffix(_SUFFIX): environment.get_template(name).render(variables)
        for name in names
    }
    return from_templates | {
        "requirements.lock": plan.lock,
        "scoring/steps.py": plan.steps,
        **plan.sources,
        "profile.json": _indented(plan.profile),
        "monitoring/dashboard.json": _indented(dashboard(plan)),
        f"notebook/{Path(plan.provenance.notebook).name}": plan.notebook,
        "tests/golden.json": _golden(plan.golden),
        "sbom.cdx.json": _indented(sbom(plan)),
        "explanation.json": _indented(_explanation(plan)),
    }


def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=False,  # noqa: S701  # no HTML here; literals.py makes every value safe
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _variables(plan: BundlePlan) -> dict[str, Any]:
    python = ".".join(plan.provenance.python.split(".")[:2])
    return {
        "name": plain(plan.name),
        "version": plan.version,
        "slug": slug(plan.name),
        "title": plain(plan.title),
        "title_literal": quoted(plain(plan.title)),
        "title_docstring": docstring(plan.title),
        "purpose": plan.purpose.strip(),
        "notebook": Path(plan.provenance.notebook).name,
        "notebook_docstring": docstring(Path(plan.provenance.notebook).name),
        "python": python,
        "python_compact": python.replace(".", ""),
        "requirements": sorted(plan.requirements),
        "requirement_literals": [quoted(line) for line in sorted(plan.requirements)],
        "scikit_learn": any(line.startswith("scikit-learn") for line in plan.requirements),
        "local_modules": any(path.startswith("scoring/local/") for path in plan.sources),
        "wheel": plan.runtime_wheel,
        "exports": sorted({*plan.answers, "features", "predict"}),
        "schema_imports": imports_of(plan),
        "frozen_fields": frozen_fields(plan),
        "row_fields": row_fields(plan),
        "row_type": row_type(plan),
        "card": card(plan),
        "monitors": monitors(plan),
    }


def _explanation(plan: BundlePlan) -> dict[str, object]:
    """The verdicts, and what each frozen value is: what later versions are compared with."""
    told = ("name", "summary", "origin", "cell", "line")
    frozen = [{key: getattr(each, key) for key in told} for each in plan.frozen]
    return {"statements": plan.statements, "frozen": frozen}


def _indented(value: object) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n"


def _golden(golden: GoldenRows) -> str:
    """One row, or one answer, a line: what a difference between two builds is read in."""
    members = msgspec.to_builtins(golden)
    return (
        "{\n" + ",\n".join(f'"{key}": {_lines(value)}' for key, value in members.items()) + "\n}\n"
    )


def _lines(value: object) -> str:
    if not isinstance(value, list | tuple):
        return msgspec.json.encode(value).decode()
    return "[\n" + ",\n".join(msgspec.json.encode(item).decode() for item in value) + "\n]"
