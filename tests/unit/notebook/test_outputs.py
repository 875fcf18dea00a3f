"""When what a cell showed is the same, and when it is not."""

from __future__ import annotations

import nbformat
import pytest

from cellmark.notebook.outputs import first_difference, shown_lines


def printed(text: str, name: str = "stdout") -> list[nbformat.NotebookNode]:
    return [nbformat.v4.new_output("stream", name=name, text=text)]


@pytest.mark.parametrize(
    ("saved", "now"),
    [
        ("auc 0.8434", "auc 0.8434"),
        ("auc 0.843400001", "auc 0.843400002"),
        ("<Forest at 0x7f00aa11>", "<Forest at 0x7f11bb22>"),
        ("fitted in 1.3 s", "fitted in 22.81 s"),
        ("CPU times: user 3 ms\nok", "CPU times: user 19 ms\nok"),
        ("begun 2026-01-03 10:00:01", "begun 2026-11-25 08:12:55"),
        ("10%|#   |\r100%|####| 9/9 [00:01, 12it/s]\ndone", "100%|####| 9/9 [00:03]\ndone"),
        ("a   b\n\n", "a b"),
    ],
)
def test_what_passes_is_no_difference(saved: str, now: str) -> None:
    assert first_difference(shown_lines(printed(saved)), shown_lines(printed(now))) is None


@pytest.mark.parametrize(
    ("saved", "now", "lines"),
    [
        ("auc 0.8434", "auc 0.8431", ("auc 0.8434", "auc 0.8431")),
        ("auc 0.8", "acc 0.8", ("auc 0.8", "acc 0.8")),
        ("rows 10\nmean 3", "rows 10\nmean 4", ("mean 3", "mean 4")),
        ("one\ntwo", "one", ("two", "")),
        ("3 2", "3", ("3 2", "3")),
    ],
)
def test_the_first_lines_that_differ_are_named(
    saved: str, now: str, lines: tuple[str, str]
) -> None:
    assert first_difference(shown_lines(printed(saved)), shown_lines(printed(now))) == lines


def test_warnings_and_pictures_say_nothing_results_do() -> None:
    picture = nbformat.v4.new_output("display_data", {"image/png": "aaaa"})
    result = nbformat.v4.new_output("execute_result", {"text/plain": "(7043, 20)"})
    assert shown_lines([*printed("careful", "stderr"), picture, result]) == ["(7043, 20)"]
