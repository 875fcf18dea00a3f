"""Version numbers of bundles."""

from __future__ import annotations

import subprocess
import sys


def test_equal_content_keeps_its_number_and_other_content_gets_the_next(store):
    asked = ["a", "b", "a", "c", "b"]
    assert [store.allocate_version("churn", content) for content in asked] == [1, 2, 1, 3, 2]
    assert store.allocate_version("credit", "a") == 1


def test_a_minimum_is_kept(store):
    assert store.allocate_version("churn", "a", minimum=4) == 4
    assert store.allocate_version("churn", "b") == 5
    assert store.allocate_version("churn", "a", minimum=9) == 4


ALLOCATE = """
import sys, pathlib
from cellmark.store import Store
store = Store(pathlib.Path(sys.argv[1]))
print(*[store.allocate_version("churn", f"{sys.argv[2]}-{i}") for i in range(10)])
"""


def test_processes_at_once_get_different_numbers(store):
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", ALLOCATE, str(store.folder), name],
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in ("one", "two", "three")
    ]
    numbers = [int(n) for process in processes for n in process.communicate()[0].split()]
    assert sorted(numbers) == list(range(1, 31))
