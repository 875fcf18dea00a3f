"""Stages: a line each in a pipe, a table that grows on a terminal."""

from __future__ import annotations

import pytest
from rich.console import Console

from cellmark.cli.stages import Lines, Live, stages


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_pipe_gets_a_line_each_and_one_more_where_it_takes_long(
    capsys: pytest.CaptureFixture[str],
) -> None:
    clock = Clock()
    lines = Lines(clock)
    lines.begin("proving")
    for done in range(300):
        clock.now += 0.125
        lines.progress("one row at a time", done, 300)
    assert capsys.readouterr().err.splitlines() == [
        "proving",
        "  one row at a time 79/300",
        "  one row at a time 159/300",
        "  one row at a time 239/300",
    ]


def shown(live: Live) -> list[str]:
    console = Console(width=80)
    with console.capture() as capture:
        console.print(live.table())
    return [line.rstrip() for line in capture.get().splitlines()]


def test_a_terminal_shows_what_is_done_and_where_the_last_stage_is() -> None:
    clock = Clock()
    live = Live(clock)
    live.begin("running [a].ipynb")
    clock.now = 2.5
    live.begin("proving it")
    live.progress("one row at a time", 120, 300)
    clock.now = 3.5
    done, running = shown(live)
    assert done == "✓  running [a].ipynb  2.5 s"
    assert running.endswith("proving it         1.0 s  one row at a time 120/300")
    live.end(failed=True)
    assert shown(live)[1].startswith("✗  proving it")


@pytest.mark.parametrize("plain", [True, False])
def test_lines_where_nobody_watches(plain: bool, capsys: pytest.CaptureFixture[str]) -> None:
    with stages(plain=plain) as told:
        told.begin("running")
    assert capsys.readouterr().err == "running\n"


def test_where_it_stopped_stays_on_the_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    with pytest.raises(KeyboardInterrupt), stages() as told:
        told.begin("running")
        raise KeyboardInterrupt
    assert "✗" in capsys.readouterr().err
