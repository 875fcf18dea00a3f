"""Rules about what binds a notebook to one machine: its folders, and packages of no version."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from packaging.requirements import Requirement

from cellmark.notebook.installs import installs

from .code import CodeCell
from .facts import Call, Facts
from .rule import Found, at

__all__ = ["absolute_path", "read_in_preprocess", "unpinned_install"]

# Folders of one person's machine, a drive, or one host of notebooks.
_OF_A_MACHINE = (
    r"/home/[\w.-]+/\S|/Users/[\w.-]+/\S|/root/\S|/Volumes/\S|/media/[\w.-]+/\S"
    r"|/content/\S|/kaggle/\S|/dbfs/\S|/mnt/\S|[A-Za-z]:[\\/]+\w|\\\\[\w.-]+\\\w"
)
_MACHINE = re.compile(_OF_A_MACHINE)
_IN_COMMAND = re.compile(rf"(?<![\w./:~-])(?:{_OF_A_MACHINE})\S*")
# Any other absolute path counts where a file is meant for certain.
_ABSOLUTE = re.compile(r"/[\w.-]+(/[\w .*?-]+)+$")
_EVERYWHERE = re.compile(r"/(tmp|dev|proc|etc|usr|var/tmp|sys|bin|opt/conda)\b")
_TAKES_PATH = re.compile(
    r"pandas\.read_\w+|builtins\.open|pathlib\.\w+|os\.(path\.\w+|listdir|makedirs|mkdir|chdir|walk)"
    r"|glob\.i?glob|numpy\.(load|save|loadtxt|savetxt|genfromtxt)|joblib\.(load|dump)|shutil\.\w+"
    r"|polars\.(read|scan)_\w+"
)
_WRITERS = re.compile(r"to_(csv|excel|parquet|json|pickle|feather|hdf|html)|savefig|save_model")

_READS = re.compile(
    r"pandas\.read_\w+|polars\.(read|scan)_\w+|geopandas\.read_\w+|builtins\.(open|input)"
    r"|numpy\.(load|loadtxt|genfromtxt|fromfile|memmap)|joblib\.load|pickle\.load|json\.load"
    r"|requests\.(get|post|put|request|Session)|httpx\.(get|post|request|Client)"
    r"|urllib\.request\.\w+|sqlite3\.connect|sqlalchemy\.create_engine|duckdb\.(connect|sql|query)"
    r"|glob\.i?glob|os\.(listdir|walk|scandir)|seaborn\.load_dataset|sklearn\.datasets\.fetch_\w+"
    r"|boto3\.\w+|getpass\.getpass|wget\.download|gdown\.\w+"
)
_READING_METHODS = frozenset({"read_text", "read_bytes"})


def absolute_path(facts: Facts) -> Iterator[Found]:
    """Paths that are there on one machine only."""
    for cell, node in facts.nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            path = _path_in(facts, node)
            if path:
                shown = path if len(path) <= 60 else f"{path[:57]}..."
                message = f"{shown!r} is a path of one machine"
                fix = (
                    "Write it relative to the notebook, or make it a value of the parameters cell."
                )
                yield at(cell, node, message, fix)


def _path_in(facts: Facts, node: ast.Constant) -> str:
    """The absolute path that a text is or, if it is a command, holds; "" without one."""
    text = str(node.value)
    if len(text) > 500 or "\n" in text.strip():
        return ""
    parent = facts.parents.get(id(node))
    if isinstance(parent, ast.Expr):
        return ""
    if isinstance(parent, ast.Call) and _of_shell(parent):
        found = _IN_COMMAND.search(text)
        return found[0] if found else ""
    if isinstance(parent, ast.JoinedStr) and parent.values[0] is not node:
        return ""
    if _MACHINE.match(text):
        return text
    certain = isinstance(parent, ast.Call) and _takes_path(facts, parent, node)
    return text if certain and _ABSOLUTE.match(text) and not _EVERYWHERE.match(text) else ""


def _takes_path(facts: Facts, call: ast.Call, node: ast.Constant) -> bool:
    if not call.args or call.args[0] is not node:
        return False
    if isinstance(call.func, ast.Attribute) and _WRITERS.fullmatch(call.func.attr):
        return True
    return bool(_TAKES_PATH.fullmatch(facts.full_name(call.func)))


def _of_shell(call: ast.Call) -> bool:
    owner = call.func.value if isinstance(call.func, ast.Attribute) else None
    return (
        isinstance(owner, ast.Call)
        and isinstance(owner.func, ast.Name)
        and owner.func.id == "get_ipython"
    )


def read_in_preprocess(facts: Facts) -> Iterator[Found]:
    """Files, databases and addresses that a `preprocess` cell reads: a request brings none."""
    for call in facts.calls:
        if not _preprocesses(call.cell) or not _reads(call):
            continue
        written = ast.unparse(call.node.func)
        yield at(
            call.cell,
            call.node,
            f"`{written}` reads in a preprocess cell, which runs again for each row scored",
            "Read it in the data cell, and join it to the table there.",
        )


def _preprocesses(cell: CodeCell) -> bool:
    return "preprocess" in cell.roles and "data" not in cell.roles


def _reads(call: Call) -> bool:
    if call.callee == "builtins.open":
        mode = call.node.args[1] if len(call.node.args) > 1 else call.argument("mode")
        return not (isinstance(mode, ast.Constant) and str(mode.value)[:1] in "wax")
    if not call.callee:
        return call.name in _READING_METHODS and isinstance(call.node.func, ast.Attribute)
    return bool(_READS.fullmatch(call.callee))


def unpinned_install(facts: Facts) -> Iterator[Found]:
    """Installs that take whatever version is newest that day."""
    for cell, node in facts.nodes:
        if not isinstance(node, ast.Expr):
            continue
        loose = [name for name in installs(node) or () if not _pinned(Requirement(name))]
        if loose:
            first = Requirement(loose[0]).name
            yield at(
                cell,
                node,
                f"installs {', '.join(loose)} in whatever version is newest that day",
                f"Pin it: `{first}==` and the version that you have.",
            )


def _pinned(requirement: Requirement) -> bool:
    """Whether there is a newest version that it can mean: `==1.2`, `~=1.2`, `<2`, an address."""
    bounds = {each.operator for each in requirement.specifier}
    return requirement.url is not None or bool(bounds & {"==", "===", "~=", "<", "<="})
