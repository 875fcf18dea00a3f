"""The file that every kernel of the environment runs when it starts."""

from __future__ import annotations

import builtins
import subprocess
import sys
from pathlib import Path

import cellmark.capture

STARTUP = Path(cellmark.capture.__file__).with_name("startup.py")


def names_after(source: str) -> set[str]:
    space: dict[str, object] = {"__builtins__": builtins}
    exec(source, space)
    return space.keys() - {"__builtins__"}


def test_it_leaves_no_name_behind_and_does_nothing_outside_a_kernel():
    assert names_after(STARTUP.read_text()) == set()


def test_it_never_keeps_a_kernel_from_starting(monkeypatch):
    monkeypatch.setitem(sys.modules, "cellmark.capture", None)
    assert names_after(STARTUP.read_text()) == set()


def test_listening_brings_nothing_heavy_and_happens_once():
    code = (
        "import sys\n"
        "from IPython.core.interactiveshell import InteractiveShell\n"
        "shell = InteractiveShell.instance()\n"
        "shell.kernel = object()\n"
        "import cellmark.capture\n"
        "cellmark.capture.listen(); cellmark.capture.listen()\n"
        "heard = shell.events.callbacks['pre_run_cell']\n"
        "print(len([f for f in heard if 'cellmark' in f.__module__]))\n"
        "print(sorted({m.partition('.')[0] for m in sys.modules} & "
        "{'pandas', 'numpy', 'sklearn', 'sqlalchemy', 'msgspec', 'papermill'}))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == ["1", "[]"]
