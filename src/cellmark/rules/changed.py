"""Rules about versions: what the packages that a notebook gets no longer have, or do otherwise."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from packaging.version import Version

from .facts import Call, Facts
from .removed import ALIASES, ARGUMENTS, DISTRIBUTIONS, METHODS, NAMES, VALUES, Gone
from .rule import Found, at

__all__ = ["removed_argument", "removed_method", "removed_name", "removed_value"]

_STEPS = frozenset({"resample", "date_range", "bdate_range", "Grouper"})
_STYLES = ("matplotlib.pyplot.style.use", "matplotlib.style.use")


def removed_name(facts: Facts) -> Iterator[Found]:
    """Functions, classes and modules that are gone, where they are imported or written in full."""
    for cell, node in facts.nodes:
        for name in _names(facts, node):
            gone = _gone(facts, NAMES.get(name), DISTRIBUTIONS.get(name.partition(".")[0], ""))
            if gone and not _guarded(facts, node):
                library = DISTRIBUTIONS[name.partition(".")[0]]
                message = f"`{name}` is gone from {library} since {gone.since}"
                yield at(cell, node, message, f"Use {gone.instead}.")


def _names(facts: Facts, node: ast.AST) -> Iterator[str]:
    """The full names that a node brings in; of a module, those of the modules around it."""
    if isinstance(node, ast.Import):
        modules = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
        modules = [f"{node.module}.{alias.name}" for alias in node.names]
    elif isinstance(node, ast.Attribute):
        yield facts.full_name(node)
        return
    else:
        return
    told = set()
    for module in modules:
        parts = module.split(".")
        for length in range(2, len(parts) + 1):
            name = ".".join(parts[:length])
            if name in NAMES and name not in told:
                told.add(name)
                yield name


def removed_method(facts: Facts) -> Iterator[Found]:
    """Methods that frames and series no longer have, and that encoders no longer have."""
    for cell, node in facts.nodes:
        if not isinstance(node, ast.Attribute) or isinstance(node.ctx, ast.Store):
            continue
        if node.attr == "get_feature_names" and _of_sklearn(facts, node):
            gone = _gone(facts, Gone("1.2", "get_feature_names_out"), "scikit-learn")
            owner = "scikit-learn's transformers"
        elif _of_frame(facts, node):
            gone = _gone(facts, METHODS.get(node.attr), "pandas")
            owner = "pandas' frames and series"
        else:
            continue
        if gone and not _guarded(facts, node):
            message = f"`.{node.attr}` is gone from {owner} since {gone.since}"
            yield at(cell, node, message, f"Use `{gone.instead}`.")


def _of_sklearn(facts: Facts, node: ast.Attribute) -> bool:
    kind = facts.kind_of(node.value)
    imports = any(name.startswith("sklearn.") for name in facts.names.values())
    return kind.startswith("sklearn.") or (not kind and imports)


def _of_frame(facts: Facts, node: ast.Attribute) -> bool:
    parent = facts.parents.get(id(node))
    called = isinstance(parent, ast.Call) and parent.func is node
    if facts.kind_of(node.value) in ("frame", "series"):
        # `df.first` that is not called may well be a column.
        return called or node.attr == "ix"
    # list.append gives nothing back, so `df = df.append(row, ignore_index=True)` is a frame's.
    return (
        node.attr == "append"
        and isinstance(parent, ast.Call)
        and any(each.arg == "ignore_index" for each in parent.keywords)
        and facts.kind_of(node.value) != "list"
    )


def removed_argument(facts: Facts) -> Iterator[Found]:
    """Arguments that a function no longer takes."""
    for call in facts.calls:
        for keyword in call.node.keywords:
            library = _library(facts, call)
            key = (library, call.name, keyword.arg or "")
            gone = _gone(facts, ARGUMENTS.get(key), library)
            if gone and not _guarded(facts, call.node):
                message = f"`{call.name}` takes no `{keyword.arg}` since {library} {gone.since}"
                yield at(call.cell, keyword, message, f"Use {_coded(gone.instead)}.")


def _library(facts: Facts, call: Call) -> str:
    """The distribution that a call is of; methods are known by their object."""
    if call.callee:
        return DISTRIBUTIONS.get(call.callee.partition(".")[0], "")
    if isinstance(call.node.func, ast.Attribute) and call.name in ("to_csv", "fillna"):
        kind = facts.kind_of(call.node.func.value)
        return "pandas" if kind in ("frame", "series", "") else ""
    return ""


def _coded(instead: str) -> str:
    return f"`{instead}`" if instead.endswith("=") or " " not in instead else instead


def removed_value(facts: Facts) -> Iterator[Found]:
    """Words that an argument no longer means anything by."""
    for call in facts.calls:
        yield from _values(facts, call)
        yield from _steps(facts, call)
        yield from _styles(facts, call)


def _values(facts: Facts, call: Call) -> Iterator[Found]:
    if not call.callee.startswith("sklearn."):
        return
    for keyword in call.node.keywords:
        if isinstance(keyword.value, ast.Constant):
            word = str(keyword.value.value)
            key = (call.name, keyword.arg or "", word)
            if gone := _gone(facts, VALUES.get(key), "scikit-learn"):
                since = f"since scikit-learn {gone.since}"
                message = f"`{call.name}` takes no `{keyword.arg}={word!r}` {since}"
                yield at(call.cell, keyword, message, f"Write `{keyword.arg}={gone.instead}`.")


def _steps(facts: Facts, call: Call) -> Iterator[Found]:
    if call.name not in _STEPS:
        return
    positional = call.node.args[:1] if call.name == "resample" else []
    given = [*positional, *filter(None, [call.argument("freq"), call.argument("rule")])]
    for node in given:
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            continue
        number = node.value.rstrip("ABHLMNQSTUY")
        word = node.value[len(number) :]
        old = (not number or number.isdigit()) and word in ALIASES
        if old and _gone(facts, Gone("3.0", ""), "pandas"):
            new = number + ALIASES[word]
            message = f"pandas 3 has no step of time {node.value!r}"
            yield at(call.cell, node, message, f"Write {new!r}.")


def _styles(facts: Facts, call: Call) -> Iterator[Found]:
    if call.callee not in _STYLES or not call.node.args:
        return
    style = call.node.args[0]
    named = str(style.value) if isinstance(style, ast.Constant) else ""
    old = named.startswith("seaborn") and "v0_8" not in named
    if old and _gone(facts, Gone("3.8", ""), "matplotlib"):
        new = named.replace("seaborn", "seaborn-v0_8", 1)
        message = f"matplotlib has no style {named!r} since 3.8"
        yield at(call.cell, style, message, f"Write {new!r}.")


def _gone(facts: Facts, gone: Gone | None, library: str) -> Gone | None:
    """`gone`, if it is gone from the version that the notebook gets."""
    version = facts.version(library)
    return gone if gone and version and version >= Version(gone.since) else None


def _guarded(facts: Facts, node: ast.AST) -> bool:
    """Whether it stands in a `try`, where the author expects that it may be missing."""
    around: ast.AST | None = node
    while around is not None:
        around = facts.parents.get(id(around))
        if isinstance(around, ast.Try):
            return True
    return False
