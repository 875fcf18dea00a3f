"""Passing: what differs each time a cell is run and says nothing of its result, as a table."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple

__all__ = ["PASSING", "Moment", "Rule", "is_clock", "settled"]


class Moment(NamedTuple):
    """When a cell ran: seconds since 1970 (UTC), and how many seconds it took.

    `offset` is that of its time zone from UTC in seconds, null where it is not known.
    """

    started: float
    seconds: float
    offset: float | None = None


class Rule(NamedTuple):
    """`pattern` finds it, `stands_for` takes its place where `holds(match, moment)`."""

    id: str
    about: str
    pattern: re.Pattern[str]
    stands_for: str
    holds: Callable[[re.Match[str], Moment], bool]


# A clock may show any time zone, and a log may begin before the cell does.
_ZONES = 14 * 3600 + 120
_DAY, _ZONE_STEP, _LOG_SLACK = 86_400, 900, 60
_TIMING = re.compile(
    r"\b(took|elapsed|wall|cpu|time[ds]?|duration|runtime|finished|done|eta|remaining|per loop|"
    r"epoch|fit|trained|step|in)\b|it/s|s/it",
    re.IGNORECASE,
)
_SCALE = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "m": 60.0, "h": 3600.0}


def is_clock(seconds: float, moment: Moment) -> bool:
    """Whether this moment (seconds since 1970, in any time zone) is that of the cell."""
    return abs(seconds - moment.started) <= _ZONES + moment.seconds


def _always(_match: re.Match[str], _moment: Moment) -> bool:
    return True


def _date(match: re.Match[str], moment: Moment) -> bool:
    text = match[0].replace(" ", "T")[:19]
    try:
        told = datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        return False
    return is_clock(told.timestamp(), moment)


def _log_time(match: re.Match[str], moment: Moment) -> bool:
    """A time of day is taken for a log's only where a line begins with it, and the cell ran then.

    It ran then in its own time zone or in UTC; where that is not known, in some zone: they are
    quarters of an hour apart.
    """
    if match.string[: match.start()].strip(" [("):
        return False
    hours, minutes, seconds = (int(part) for part in match[0][:8].split(":"))
    told = hours * 3600 + minutes * 60 + seconds
    since = told - moment.started + _LOG_SLACK
    longest = moment.seconds + 2 * _LOG_SLACK
    if moment.offset is None:
        return since % _ZONE_STEP <= longest
    return any((since - offset) % _DAY <= longest for offset in (0, moment.offset))


def _duration(match: re.Match[str], moment: Moment) -> bool:
    """No cell can tell of a longer time than it took; and it says that it is about time."""
    unit = match["unit"]
    scale = _SCALE.get(unit, 60.0 if unit.startswith("min") else 1.0)
    beside = match.string[: match.start()] + match.string[match.end() :]
    short = float(match["count"]) * scale <= moment.seconds * 1.5 + 0.1
    return short and bool(_TIMING.search(beside))


def _clock_span(match: re.Match[str], moment: Moment) -> bool:
    hours, minutes, seconds = (float(part) for part in match[0].split(":"))
    span = hours * 3600 + minutes * 60 + seconds
    return span <= moment.seconds * 1.5 + 1 and bool(_TIMING.search(match.string))


def _rule(
    name: str,
    about: str,
    pattern: str,
    stands_for: str,
    holds: Callable[[re.Match[str], Moment], bool] = _always,
) -> Rule:
    return Rule(name, about, re.compile(pattern), stands_for, holds)


# Applied one after the other, to each line of what is compared.
PASSING: tuple[Rule, ...] = (
    _rule(
        "progress-bar",
        "progress bars (tqdm, Keras), also their last state",
        r"^.*(\d+%\s*\|.*|\d+/\d+ ?(\[=*[>.=]*\]|━+).*)$",
        "<progress>",
    ),
    _rule("address", "memory addresses (0x7f...)", r"\b0x[0-9A-Fa-f]{6,16}\b", "<address>"),
    _rule(
        "kernel-path",
        "paths with process ids (/tmp/ipykernel_123/456.py)",
        r"\S*ipykernel_\d+[\\/]\d+\.py(:\d+)?",
        "<cell>",
    ),
    _rule(
        "copy",
        "the rerun's copy of the project: its path behind a prefix",
        r"(?:/[\w.-]+)*/cellmark-rerun-\w+(?=/)",
        "",
    ),
    _rule(
        "temporary-path",
        "temporary files",
        r"(?:/private)?/(?:tmp|var/tmp|var/folders/\w+/\w+/T)/[\w.-]*",
        "<temporary>",
    ),
    _rule("process", "process and thread numbers", r"\b([Pp]id|PID|process)[ =:]+\d+", "<process>"),
    _rule(
        "identifier",
        "random identifiers (UUID)",
        r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b",
        "<id>",
    ),
    _rule(
        "html-id",
        "numbered elements of estimators' and tables' HTML",
        r"\b(sk-(?:container|estimator)-id-|T_)[0-9a-f]+\b|(?<=id=\")[0-9a-f]{16,}(?=\")",
        "<id>",
    ),
    _rule(
        "date",
        "a date and time that is the execution's own",
        r"\b\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d([.,]\d+)?)?([+-]\d\d:?\d\d|Z)?",
        "<now>",
        _date,
    ),
    _rule(
        "log-time",
        "the time of day that a log line begins with, in the cell's time zone or UTC",
        r"\b\d\d:\d\d:\d\d([.,]\d+)?\b",
        "<now>",
        _log_time,
    ),
    _rule(
        "clock-span",
        "an elapsed time 0:00:01, no longer than the cell took",
        r"\b\d+:\d\d:\d\d(\.\d+)?\b",
        "<span>",
        _clock_span,
    ),
    _rule(
        "duration",
        "a duration in a line about time, no longer than the cell took",
        r"\b(?P<count>\d+(?:\.\d+)?(?:e-?\d+)?) ?"
        r"(?P<unit>ns|us|µs|μs|ms|s|sec|secs|seconds?|min|minutes?|m|h)\b",
        "<span>",
        _duration,
    ),
    _rule("speed", "speeds of loops", r"\b\d+(\.\d+)? ?(it/s|s/it|steps?/s)\b", "<speed>"),
    _rule(
        "spread",
        "%timeit's spread and counts of loops",
        r"<span> ± <span>.*$|\b[\d,]+ loops? each\b",
        "<timeit>",
    ),
)


def settled(line: str, moment: Moment) -> tuple[str, tuple[str, ...]]:
    """`line` with what passes replaced, and the ids of the rules that did so."""
    used = []
    line = line.rpartition("\r")[2] if "\r" in line.rstrip("\r") else line
    for rule in PASSING:
        replaced = rule.pattern.sub(
            lambda match, rule=rule: rule.stands_for if rule.holds(match, moment) else match[0],  # type: ignore[misc]
            line,
        )
        if replaced != line:
            used.append(rule.id)
            line = replaced
    return " ".join(line.split()), tuple(used)
