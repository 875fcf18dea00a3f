"""`cellmark explain`: verdicts in words beside the statements, in any width."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import msgspec
import pytest
from typer.testing import CliRunner, Result

from cellmark.actions.explain import ExplainedCell, ExplainedNotebook
from cellmark.cli import app
from cellmark.core.statement import Refused, Statement

WHY = "looks at neighbouring rows"
STATEMENTS = (
    Statement(cell=2, line=1, source="df['r'] = df['a[0]'] / 2", verdict="kept", reason="follows"),
    Statement(
        cell=2,
        line=2,
        source="df['m'] = df['a'].fillna(df['a'].median())",
        verdict="frozen",
        reason="keeps its value",
        frozen={"a_median": "{'x': [1, 2]}"},
    ),
    Statement(
        cell=2,
        line=3,
        source="df['s'] = (\n    df['a'].shift()  # [red]\n    + 1\n)",
        verdict="refused",
        reason=f"line 4, `df['a'].shift()`: {WHY}",
        fix="Send it.",
    ),
    Statement(
        cell=3,
        line=1,
        source="plot(\n" + "    1,\n" * 30 + ")",
        verdict="dropped",
        reason="only shows something",
    ),
    Statement(
        cell=4,
        line=1,
        source="X_train, X_test = train_test_split(df, shuffle=False, test_size=0.25) # "
        + "x" * 60,
        verdict="rewritten",
        reason="train_test_split selects rows to train on; scoring takes every row",
    ),
)
SHIFT = Refused(cell=2, line=4, source="df['a'].shift()", reason=WHY, fix="Send it.")
SEVERAL = Refused(cell=None, line=None, source="", reason="2 models", fix="Name one: --model b.")


def result(*refused: Refused) -> ExplainedNotebook:
    return ExplainedNotebook(
        notebook="a.ipynb",
        run="01ABC",
        model="b",
        derivable=not refused,
        statements=STATEMENTS,
        refused=refused,
        cells=(ExplainedCell(2, ("preprocess",), "Fill [what] is missing"),),
        hidden_state=(),
    )


@pytest.fixture
def explained(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    def run(found: ExplainedNotebook, *words: str, **environment: str) -> Result:
        monkeypatch.setattr("cellmark.actions.explain.explain", lambda *_, **__: found)
        for name in ("COLUMNS", "FORCE_COLOR", "TTY_COMPATIBLE", "NO_COLOR"):
            monkeypatch.delenv(name, raising=False)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return CliRunner().invoke(app, ["explain", "a.ipynb", *words])

    return run


@pytest.mark.parametrize(
    "line",
    [
        "cell 2  preprocess  Fill [what] is missing",
        "= kept       df['r'] = df['a[0]'] / 2",
        "* frozen     df['m'] = df['a'].fillna(df['a'].median())",
        "             a_median = {'x': [1, 2]}",
        "! refused    df['s'] = (",
        "                 df['a'].shift()  # [red]",
        f"             line 4: `df['a'].shift()` {WHY}",
        "             fix: Send it.",
        "- dropped    plot(",
        "             ... 30 more lines",
        "5 statements: 1 kept, 1 frozen, 1 rewritten, 1 dropped, 1 refused",
        "refused: cell 2, line 4",
    ],
)
def test_a_pipe_gets_each_line_whole_and_plain(explained: Callable[..., Result], line: str) -> None:
    done = explained(result(SHIFT))
    assert line in done.stdout.splitlines()
    assert done.exit_code == 1


@pytest.mark.parametrize("width", [60, 80, 200])
def test_a_terminal_is_never_too_narrow(explained: Callable[..., Result], width: int) -> None:
    done = explained(
        result(SHIFT, SEVERAL), COLUMNS=str(width), FORCE_COLOR="1", NO_COLOR="1", TERM="xterm"
    )
    lines = re.sub(r"\x1b\[[\d;]*m", "", done.stdout).splitlines()
    assert [line for line in lines if len(line) > width] == []
    assert any(line.startswith("~ rewritten  X_train, X_test = train") for line in lines)


def test_colours_only_beside_words(explained: Callable[..., Result]) -> None:
    done = explained(result(), COLUMNS="80", FORCE_COLOR="1", TERM="xterm-256color")
    assert "\x1b[" in done.stdout
    assert "= kept" in done.stdout


def test_nothing_refused(explained: Callable[..., Result]) -> None:
    done = explained(result())
    assert done.exit_code == 0
    assert "cellmark package a.ipynb" in done.stdout


def test_what_was_not_judged_is_not_called_dropped(explained: Callable[..., Result]) -> None:
    unjudged = Statement(
        cell=2, line=1, source="a = 1", verdict="dropped", reason="not judged: no model"
    )
    found = msgspec.structs.replace(result(SHIFT), statements=(unjudged,))
    lines = explained(found).stdout.splitlines()
    assert "? not judged a = 1" in lines
    assert "             no model" in lines
    assert "1 statements: 1 not judged" in lines


def test_it_says_that_nothing_is_proven_yet(explained: Callable[..., Result]) -> None:
    assert "not proven yet" in explained(result()).stdout
    assert "not proven yet" not in explained(result(SHIFT)).stdout


def test_several_models(explained: Callable[..., Result]) -> None:
    done = explained(result(SEVERAL))
    assert "2 models. Name one: --model b." in done.stdout
    assert "The verdicts above are those for b." in done.stdout


def test_json_holds_the_same(explained: Callable[..., Result]) -> None:
    done = explained(result(SHIFT), "--json")
    said = json.loads(done.stdout)
    assert said["statements"][2]["fix"] == "Send it."
    assert said["statements"][1]["frozen"] == {"a_median": "{'x': [1, 2]}"}
    assert said["refused"] == [
        {
            "cell": 2,
            "line": 4,
            "source": "df['a'].shift()",
            "reason": WHY,
            "fix": "Send it.",
            "choose": {},
        }
    ]
    assert done.exit_code == 1
