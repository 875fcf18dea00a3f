"""Choices: what a notebook leaves open and a person decides, in its metadata or on a command."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from typing import get_args, get_type_hints

import msgspec

from cellmark_runtime.errors import CellmarkError
from cellmark_runtime.types.policies import Policies

__all__ = ["METADATA", "Choices", "choices_of"]

# The key in a notebook's metadata: {"cellmark": {"model": "clf", "policies": {...}}}.
METADATA = "cellmark"
_A_VARIABLE = (str.isidentifier, "the name of a variable")
_NAMED: Mapping[str, tuple[Callable[[str], object], str]] = {
    "model": (str.strip, "the name of a model"),
    "frame": _A_VARIABLE,
    "answer": _A_VARIABLE,
}


class Choices(msgspec.Struct, frozen=True, omit_defaults=True):
    """`model`, `frame` and `answer` are the author's names for the model that is meant, the frame
    whose rows requests bring, and the variable that holds the final answers. A model of a loop or
    of a container has a name that is no variable's: `depth=3`, `Some trees`, `models['b']`.
    """

    model: str | None = None
    frame: str | None = None
    answer: str | None = None
    policies: Policies = Policies()

    def overruled(
        self, names: Mapping[str, str | None], policies: Mapping[str, str], where: str
    ) -> Choices:
        """These choices with those of a command line on top. Raises: CellmarkError naming `where`.

        A name that is None leaves the choice as it is.
        """
        given = {name: value for name, value in names.items() if value is not None}
        if not given and not policies:
            return self
        kept = {**msgspec.structs.asdict(self.policies), **policies}
        known = {name: getattr(self, name) for name in _NAMED}
        return choices_of({**known, **given, "policies": kept}, where)


def choices_of(written: object, where: str) -> Choices:
    """The choices in a notebook's metadata, or in whatever `where` names.

    Raises: CellmarkError for a key or a value that is none, with those that are.
    """
    if not isinstance(written, Mapping):
        raise CellmarkError(where, repr(written), "a mapping of choices")
    for key in written:
        _check_known(key, (*_NAMED, "policies"), where)
    names = {name: written.get(name) for name in _NAMED}
    for name, value in names.items():
        names_it, expected = _NAMED[name]
        if value is not None and not (isinstance(value, str) and names_it(value)):
            raise CellmarkError(f"{where}, {name}", repr(value), expected)
    return Choices(**names, policies=_policies(written.get("policies", {}), where))


def _policies(written: object, where: str) -> Policies:
    if not isinstance(written, Mapping):
        raise CellmarkError(f"{where}, policies", repr(written), "a mapping of policies")
    allowed = {name: get_args(kind) for name, kind in get_type_hints(Policies).items()}
    for name, value in written.items():
        _check_known(name, tuple(allowed), f"{where}, policies")
        if value not in allowed[name]:
            raise CellmarkError(
                f"{where}, policy {name}", repr(value), f"one of {', '.join(allowed[name])}"
            )
    return Policies(**written)


def _check_known(name: object, known: tuple[str, ...], where: str) -> None:
    if name not in known:
        near = difflib.get_close_matches(str(name), known, n=1)
        hint = f"Did you mean {near[0]!r}?" if near else ""
        raise CellmarkError(where, repr(name), f"one of {', '.join(known)}", hint)
