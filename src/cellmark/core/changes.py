"""Changes: what differs between a bundle and the version before it, in terms of the explanation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

import msgspec

from cellmark_runtime.types.manifest import DataSource

from .statement import Statement, Verdict

__all__ = ["Changes", "CodeChange", "Described", "ValueChange", "changes"]


class CodeChange(msgspec.Struct, frozen=True, kw_only=True):
    """A statement that is new, gone, or has another text or verdict.

    `cell` and `line` are where it stands now, or stood; null on one side is new or gone.
    """

    cell: int
    line: int
    before: str | None
    after: str | None
    verdict_before: Verdict | None
    verdict_after: Verdict | None


class ValueChange(msgspec.Struct, frozen=True):
    """A constant, parameter, package or frame by its name, in words; null is new or gone."""

    name: str
    before: str | None
    after: str | None


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """What is not as it was in the version `since`, whose folder is `bundle`."""

    since: int
    bundle: str
    code: tuple[CodeChange, ...]
    constants: tuple[ValueChange, ...]
    parameters: tuple[ValueChange, ...]
    packages: tuple[ValueChange, ...]
    data: tuple[ValueChange, ...]


class Described(msgspec.Struct, frozen=True, kw_only=True):
    """What of a bundle is compared. `constants` are, by name, a line that says what the value is
    and an identity that differs where the value does.
    """

    version: int
    statements: tuple[Statement, ...]
    constants: Mapping[str, tuple[str, str]]
    parameters: Mapping[str, Any]
    packages: Mapping[str, str]
    data: tuple[DataSource, ...]


def changes(before: Described, after: Described, bundle: str) -> Changes:
    """What differs in `after`; `bundle` is where `before` stands."""
    parameters = [
        {key: repr(value) for key, value in each.parameters.items()} for each in (before, after)
    ]
    return Changes(
        since=before.version,
        bundle=bundle,
        code=tuple(_code(before.statements, after.statements)),
        constants=tuple(_constants(before.constants, after.constants)),
        parameters=tuple(_values(*parameters)),
        packages=tuple(_values(before.packages, after.packages)),
        data=tuple(_data(before.data, after.data)),
    )


def _code(before: Sequence[Statement], after: Sequence[Statement]) -> Iterator[CodeChange]:
    """Statements are the same where their texts are, in the order of the notebook."""
    olds, news = ([each.source for each in side] for side in (before, after))
    for kind, a, b, c, d in SequenceMatcher(a=olds, b=news, autojunk=False).get_opcodes():
        old, new = before[a:b], after[c:d]
        paired = min(len(old), len(new)) if kind in {"equal", "replace"} else 0
        for was, now in zip(old[:paired], new[:paired], strict=True):
            if (was.source, was.verdict) != (now.source, now.verdict):
                yield _changed(was, now)
        yield from (_changed(was, None) for was in old[paired:])
        yield from (_changed(None, now) for now in new[paired:])


def _changed(was: Statement | None, now: Statement | None) -> CodeChange:
    place = now or was
    assert place is not None
    return CodeChange(
        cell=place.cell,
        line=place.line,
        before=was.source if was else None,
        after=now.source if now else None,
        verdict_before=was.verdict if was else None,
        verdict_after=now.verdict if now else None,
    )


def _constants(
    before: Mapping[str, tuple[str, str]], after: Mapping[str, tuple[str, str]]
) -> Iterator[ValueChange]:
    for name in sorted({*before, *after}):
        if before.get(name) != after.get(name):
            was, now = (side[name][0] if name in side else None for side in (before, after))
            yield ValueChange(name, was, now)


def _values(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[ValueChange]:
    for name in sorted({*before, *after}):
        if before.get(name) != after.get(name):
            yield ValueChange(name, before.get(name), after.get(name))


def _data(before: Sequence[DataSource], after: Sequence[DataSource]) -> Iterator[ValueChange]:
    known = [{each.name: _shown(each) for each in side} for side in (before, after)]
    yield from _values(*known)


def _shown(data: DataSource) -> str:
    return f"{data.rows} x {data.columns}, digest {data.digest[:12]}"
