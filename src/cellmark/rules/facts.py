"""Facts: what all rules may ask of a notebook, each worked out when it is first asked for."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from packaging.version import Version

from .code import CodeCell, Notebook
from .flow import Flow, follow
from .qualified import qualified_names
from .uses import Event, events_of

__all__ = ["Call", "Facts"]


class Call(NamedTuple):
    """A call, its cell, and the full name of what is called; "" where that is not known."""

    cell: CodeCell
    node: ast.Call
    callee: str

    @property
    def name(self) -> str:
        """The last part of what is called: `fit` for `model.fit(...)`."""
        function = self.node.func
        if isinstance(function, ast.Attribute):
            return function.attr
        return self.callee.rpartition(".")[2]

    def argument(self, name: str) -> ast.expr | None:
        """The value given for a keyword."""
        return next((each.value for each in self.node.keywords if each.arg == name), None)

    @property
    def spreads(self) -> bool:
        """Whether it takes arguments that are not written here: `f(**options)`."""
        return any(each.arg is None for each in self.node.keywords)


@dataclass(frozen=True)
class Facts:
    """A notebook and what its syntax tells. `versions` are those of the packages that it is
    checked for, by the name of the distribution; `silencing` are the tags that silence a rule.
    """

    notebook: Notebook
    versions: Mapping[str, Version] = field(default_factory=dict)
    silencing: Collection[str] = frozenset()

    @cached_property
    def names(self) -> Mapping[int, str]:
        return qualified_names(cell.tree for cell in self.notebook.running)

    @cached_property
    def nodes(self) -> tuple[tuple[CodeCell, ast.AST], ...]:
        """Every node of the cells that run, in the order of the text, parents first."""
        return tuple((cell, node) for cell in self.notebook.running for node in _walked(cell.tree))

    @cached_property
    def calls(self) -> tuple[Call, ...]:
        """Every call of the cells that run, in the order of the text."""
        return tuple(
            Call(cell, node, self.full_name(node.func))
            for cell, node in self.nodes
            if isinstance(node, ast.Call)
        )

    @cached_property
    def events(self) -> Mapping[int, tuple[Event, ...]]:
        """What the cells that run do to names, by the cell's number."""
        return {cell.number: tuple(events_of(cell.tree)) for cell in self.notebook.running}

    @cached_property
    def setters(self) -> Mapping[str, Sequence[CodeCell]]:
        """For each name the cells that bind it, in their order."""
        found: dict[str, list[CodeCell]] = {}
        for cell in self.notebook.running:
            for event in self.events[cell.number]:
                if event.what == "binds":
                    found.setdefault(event.name, []).append(cell)
        return found

    @cached_property
    def parents(self) -> Mapping[int, ast.AST]:
        return {id(child): node for _, node in self.nodes for child in ast.iter_child_nodes(node)}

    @cached_property
    def flow(self) -> Flow:
        return follow(self.notebook.running, self.full_name)

    def kind_of(self, node: ast.AST) -> str:
        """What an expression most likely is; "" where that is not known."""
        value = self.flow.values.get(id(node))
        return value.kind if value else ""

    def full_name(self, node: ast.AST) -> str:
        return self.names.get(id(node), "")

    def version(self, distribution: str) -> Version | None:
        return self.versions.get(distribution)


def _walked(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    for child in ast.iter_child_nodes(node):
        yield from _walked(child)
