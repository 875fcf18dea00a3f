"""Write the scoring path as a module: one function per cell, in the author's own words."""

from __future__ import annotations

import ast
import builtins
import keyword
import re
from collections.abc import Collection, Mapping, Sequence
from itertools import chain, count, groupby
from typing import NamedTuple

import numpy as np

from ..refusal import Refusal
from ..text.indent import indented
from ..trace.program import CellText
from ..values.matrices import matrix_line
from .annotate import annotation_of, import_for
from .path import Path, PathLine

__all__ = ["OURS", "places_of", "steps_module"]

HELPERS = {
    "factorized": "from cellmark_runtime.scoring.dummies import factorized",
    "keep_complete": "from cellmark_runtime.scoring.keeping import keep_complete",
    "keep_rows": "from cellmark_runtime.scoring.keeping import keep_rows",
    "partial": "from functools import partial",
    "of_group": "from cellmark_runtime.scoring.groups import of_group",
    "over_groups": "from cellmark_runtime.scoring.polars_groups import over_groups",
    "with_dummies": "from cellmark_runtime.scoring.polars_dummies import with_dummies",
    "with_categories": "from cellmark_runtime.scoring.dummies import with_categories",
    "z_scores": "from cellmark_runtime.scoring.standard import z_scores",
}
# A notebook that imports `partial` means the same.
OURS = frozenset(
    {"Frozen", "decision_function", "features", "frozen", "predict", "predict_proba", *HELPERS}
) - {"partial"}
_HEAD = frozenset({"constant", "definition"})
_SLUG_WORDS = 4
_NAMED = frozenset({"import", "definition", "constant", "answer"})


class _Step(NamedTuple):
    """A cell's part of the path. `inputs` and `outputs` are the author's variables.

    A split of the rows is written where the steps are called, and has no name.
    """

    name: str
    cell: CellText
    lines: tuple[PathLine, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    split: bool


def steps_module(
    path: Path,
    notebook: str,
    answers: Sequence[str],
    model: str,
    asked: Mapping[str, str],
    shared: Collection[int] = (),
    output: str = "default",
) -> str:
    """The text of scoring/steps.py, not yet formatted.

    `answers` are the model's methods to offer, `model` its name among the frozen values, `asked`
    what stands in the parentheses of each method, `shared` numbers the statements that stand in
    definitions.py, `output` is what scikit-learn's transformers were set to give.
    """
    _check_names(path)
    steps = _steps(path)
    given = [line for line in path.lines if _is_shared(line, shared, path)]
    head = [line for line in path.lines if line.place in _HEAD and line not in given]
    body = [
        *(line.text for line in head),
        *(_step_text(step, path, notebook) for step in steps if not step.split),
        _features_text(path, steps, output),
        *(
            _final_text(path, notebook, output)
            if answer == "predict" and path.final
            else _answer_text(answer, model, asked[answer], output)
            for answer in answers
        ),
    ]
    blocks = [_docstring(notebook), "from __future__ import annotations"]
    imports = _imports(path, "\n".join(body))
    imports += [
        f"from .definitions import {', '.join(sorted(line.binds))}" for line in given if line.binds
    ]
    blocks.append("\n".join(imports))
    return "\n\n".join([*blocks, *body]) + "\n"


def _is_shared(line: PathLine, shared: Collection[int], path: Path) -> bool:
    """Whether a statement of the path stands in definitions.py, and as it is needed here."""
    here = line.place in _HEAD and line.line.index in shared and line.binds <= line.line.writes
    return here and not line.frozen and not line.binds & path.takes_frozen


def places_of(path: Path) -> dict[str, tuple[tuple[int, int], ...]]:
    """Cell and line of every statement of every function that came from the notebook."""
    places = {
        step.name: (
            (0, 0),
            *((line.line.cell.number, line.line.node.lineno) for line in step.lines),
        )
        for step in _steps(path)
        if not step.split
    }
    for line in path.lines:
        if line.place == "definition" and isinstance(line.line.node, ast.FunctionDef):
            here = (line.line.cell.number, line.line.node.lineno)
            places[line.line.node.name] = (here,) * (len(line.line.node.body) + 1)
    return places


def _docstring(notebook: str) -> str:
    return (
        f'"""Scoring steps, derived from {notebook}: raw rows in, the model\'s answers out.\n\n'
        "A function here is a cell there, in its author's words. `frozen` holds what the notebook\n"
        'computed from the training rows; schema.py says how each value came about.\n"""'
    )


def _imports(path: Path, body: str) -> list[str]:
    helpers = {name for line in path.lines for name in line.helpers} | path.answer_helpers
    found = [line.text for line in path.lines if line.place == "import"]
    found += [HELPERS[name] for name in sorted(helpers)]
    for needed in ("pd", "pl", "np", "xgb", "Any", "config_context"):
        if re.search(rf"(?<![\w.]){needed}\b", body):
            found += import_for(needed)
    return [*dict.fromkeys(found), "from .schema import Frozen"]


def _check_names(path: Path) -> None:
    for line in path.lines:
        clash = sorted(line.binds & OURS) if line.place in _NAMED else []
        if clash:
            raise Refusal(
                line.line.cell.number,
                line.line.node.lineno,
                f"the name {clash[0]!r} stands for something else in a scoring module",
                "Give it another name.",
            )


def _steps(path: Path) -> list[_Step]:
    inner = [line for line in path.lines if line.place in {"step", "split"}]
    groups = [
        list(lines)
        for _, lines in groupby(inner, key=lambda line: (line.line.cell.number, line.place))
    ]
    known = {path.source.name} | {name for line in inner for name in line.binds}
    taken = {*OURS, *keyword.kwlist, *dir(builtins), *known}
    taken |= {name for line in path.lines for name in line.binds | line.reads}
    steps: list[_Step] = []
    for at, lines in enumerate(groups):
        later = {name for group in groups[at + 1 :] for line in group for name in line.reads}
        later |= path.answer_reads
        made = {name for line in lines for name in line.line.writes & (line.binds | known)}
        inputs = _read_before_bound(lines) & known
        cell = lines[0].line.cell
        split = lines[0].place == "split"
        name = "" if split else _function_name(cell, taken)
        taken.add(name)
        steps.append(
            _Step(
                name,
                cell,
                tuple(lines),
                tuple(sorted(inputs)),
                tuple(sorted(made & later)),
                split,
            )
        )
    return steps


def _read_before_bound(lines: Sequence[PathLine]) -> set[str]:
    found: set[str] = set()
    bound: set[str] = set()
    for line in lines:
        found |= line.reads - bound
        bound |= line.binds
    return found


def _function_name(cell: CellText, taken: set[str]) -> str:
    words = re.findall(r"[a-z0-9]+", (cell.heading or "").lower())[:_SLUG_WORDS]
    role = cell.roles[0] if cell.roles else "cell"
    wanted = "_".join(words)
    if not wanted.isidentifier() or wanted in taken:
        wanted = f"{role}_{cell.number}"
    # A cell that splits the rows half-way makes two steps.
    numbered = (f"{wanted}_{number}" for number in count(2))
    return next(name for name in chain([wanted], numbered) if name not in taken)


def _step_text(step: _Step, path: Path, notebook: str) -> str:
    types = step.lines[-1].line.run.types
    before = np.ndarray if path.source.matrix else path.source.frame.__class__
    inputs = [f"{name}: {annotation_of(types.get(name, before))}" for name in step.inputs]
    if _uses_frozen(step, path):
        inputs.append("frozen: Frozen")
    outputs = [annotation_of(types.get(name)) for name in step.outputs]
    returns = outputs[0] if len(outputs) == 1 else f"tuple[{', '.join(outputs)}]"
    roles = f", tagged {' and '.join(step.cell.roles)}" if step.cell.roles else ""
    lines = "\n".join(("\n" if line.spaced else "") + line.text for line in step.lines).lstrip("\n")
    return (
        f"def {step.name}({', '.join(inputs)}) -> {returns}:\n"
        f'    """Cell {step.cell.number} of {notebook}{roles}."""\n'
        f"{indented(lines)}\n"
        f"    return {', '.join(step.outputs)}\n"
    )


def _uses_frozen(step: _Step, path: Path) -> bool:
    called = {name for line in step.lines for name in line.reads}
    return any(line.frozen for line in step.lines) or bool(called & path.takes_frozen)


def _within(output: str, body: str) -> str:
    """The setting is scikit-learn's for a whole thread: made here, other models keep theirs."""
    if output == "default":
        return body
    return f"with config_context(transform_output={output!r}):\n{indented(body)}"


def _features_text(path: Path, steps: Sequence[_Step], output: str) -> str:
    calls = []
    for step in steps:
        if step.split:
            calls.append("# train_test_split selects training rows; scoring takes every row")
            calls += [line.text for line in step.lines]
            continue
        given = [*step.inputs, *(["frozen"] if _uses_frozen(step, path) else [])]
        calls.append(f"{', '.join(step.outputs)} = {step.name}({', '.join(given)})")
    source, kind = path.source.name, annotation_of(type(path.source.frame))
    first = [matrix_line(source)] if path.source.matrix else []
    body = "\n".join([*first, *calls, f"return {path.answer}"])
    return (
        f"def features({source}: {kind}, frozen: Frozen) -> Any:\n"
        f'    """The model\'s input for raw rows: one row each, in their order."""\n'
        f"{indented(_within(output, body))}\n"
    )


def _final_text(path: Path, notebook: str, output: str) -> str:
    """What the notebook makes of its model's answers, statement by statement."""
    lines = [line for line in path.lines if line.place == "answer"]
    numbers = list(dict.fromkeys(str(line.line.cell.number) for line in lines))
    cells = f"cell{'s' * (len(numbers) > 1)} {' and '.join(numbers)}"
    body = "\n".join(("\n" if line.spaced else "") + line.text for line in lines).lstrip("\n")
    if len(path.inputs) > 1:
        body = f"{', '.join(path.inputs)} = features\n{body}"
    whole = _within(output, f"{body}\nreturn {path.final}")
    return (
        "def predict(features: Any, frozen: Frozen) -> Any:\n"
        f'    """The answer for each row, as {cells} of {notebook} makes it."""\n'
        f"{indented(whole)}\n"
    )


def _answer_text(answer: str, model: str, asked: str, output: str) -> str:
    meaning = {
        "predict": "The model's answer for each row, shape (n_rows,).",
        "predict_proba": "The probability of each class, shape (n_rows, n_classes).",
        "decision_function": "The model's own score for each row, of each class if of several.",
    }[answer]
    return (
        f"def {answer}(features: Any, frozen: Frozen) -> Any:\n"
        f'    """{meaning}"""\n'
        f"{indented(_within(output, f'return frozen.{model}.{answer}({asked})'))}\n"
    )
