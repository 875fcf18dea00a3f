"""Query: the language of `runs --where`, parsed into a tree.

    condition  := any of  A or B,  A and B,  not A,  (A),  field operator value
    field      := metric.NAME  param.NAME  tag  note
                  status  name  experiment  id  started  seconds
                  NAME, for the metric or the parameter that is called so
    operator   := =  !=  <  <=  >  >=  contains
    value      := a number, a 'text' or "text", true, false, null

`and` binds closer than `or`. A NAME that is no plain word is quoted: metric."f1 macro" > 0.5.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import Literal, NoReturn

from cellmark_runtime.errors import CellmarkError

__all__ = ["Comparison", "Condition", "Field", "Junction", "Negation", "QueryError", "parse"]

Value = str | float | bool | None

_SAID: tuple[Literal["tag", "note"], ...] = ("tag", "note")
PLAIN_FIELDS = ("status", "name", "experiment", "id", "started", "seconds")
_RESERVED = ("metric", "param", *_SAID, *PLAIN_FIELDS)
_TOKEN = re.compile(
    r"""\s*(?:(?P<text>"[^"]*"|'[^']*')
        |(?P<number>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?![\w.]))
        |(?P<operator><=|>=|!=|==|=|<|>)
        |(?P<mark>[().])
        |(?P<word>[^\W\d]\w*))""",
    re.VERBOSE,
)
_CONSTANTS: dict[str, Value] = {"true": True, "false": False, "null": None}
_DEEPEST = 50


class QueryError(CellmarkError):
    """A condition that can't be read; the message points at the place."""


@dataclass(frozen=True)
class Field:
    """`kind` is `run` for what every Run has. Of tags a Run may have several: one must fit."""

    kind: Literal["metric", "param", "tag", "note", "run"]
    name: str


@dataclass(frozen=True)
class Comparison:
    field: Field
    operator: str
    value: Value


@dataclass(frozen=True)
class Negation:
    inner: Condition


@dataclass(frozen=True)
class Junction:
    """All of `parts` (`and`) or at least one of them (`or`)."""

    word: Literal["and", "or"]
    parts: tuple[Condition, ...]


Condition = Comparison | Negation | Junction


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    at: int


def parse(text: str) -> Condition:
    """Read a condition. Raises: QueryError."""
    return _Reader(text).whole()


def parse_field(text: str) -> Field:
    """Read a single field (`metric.auc`), as sort keys are. Raises: QueryError."""
    return _Reader(text).lone_field()


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(self._split())
        self._next = 0

    def whole(self) -> Condition:
        condition = self._junction("or", 0)
        if self._token.kind != "end":
            self._fail("'and', 'or' or the end")
        return condition

    def lone_field(self) -> Field:
        field = self._field()
        if self._token.kind != "end":
            self._fail("nothing more")
        return field

    def _split(self) -> list[_Token]:
        tokens, at = [], 0
        while self._text[at:].strip():
            found = _TOKEN.match(self._text, at)
            if found is None:
                at += len(self._text[at:]) - len(self._text[at:].lstrip())
                raise self._error(at, repr(self._text[at]), "a field, an operator or a value")
            kind = str(found.lastgroup)
            tokens.append(_Token(kind, found[kind], found.start(kind)))
            at = found.end()
        return [*tokens, _Token("end", "", len(self._text))]

    @property
    def _token(self) -> _Token:
        return self._tokens[self._next]

    def _take(self) -> _Token:
        token = self._token
        self._next += 1
        return token

    def _accept(self, *words: str) -> bool:
        if self._token.kind in {"word", "mark"} and self._token.text.lower() in words:
            self._next += 1
            return True
        return False

    def _junction(self, word: Literal["and", "or"], depth: int) -> Condition:
        if depth > _DEEPEST:
            self._fail("fewer nested conditions")
        parts = [self._part(word, depth)]
        while self._accept(word):
            parts.append(self._part(word, depth))
        return parts[0] if len(parts) == 1 else Junction(word, tuple(parts))

    def _part(self, word: str, depth: int) -> Condition:
        return self._junction("and", depth) if word == "or" else self._single(depth)

    def _single(self, depth: int) -> Condition:
        if self._accept("not"):
            if depth > _DEEPEST:
                self._fail("fewer nested conditions")
            return Negation(self._single(depth + 1))
        if not self._accept("("):
            return self._comparison()
        inner = self._junction("or", depth + 1)
        if not self._accept(")"):
            self._fail("')'")
        return inner

    def _comparison(self) -> Condition:
        fields = self._meant()
        operator = self._operator()
        value = self._value()
        parts = tuple(Comparison(field, operator, value) for field in fields)
        if len(parts) == 1:
            return parts[0]
        # Only who has neither lacks it.
        return Junction("and" if value is None and operator == "=" else "or", parts)

    def _operator(self) -> str:
        if self._accept("contains"):
            return "contains"
        if self._token.kind != "operator":
            self._fail("one of = != < <= > >= contains")
        operator = self._take().text
        return "=" if operator == "==" else operator

    def _meant(self) -> tuple[Field, ...]:
        """The field, or for a name alone the metric and the parameter of that name."""
        token = self._token
        if token.kind != "word" or token.text.lower() in _RESERVED:
            return (self._field(),)
        # A slip of the pen in `status` would else be a parameter that no Run has.
        if difflib.get_close_matches(token.text.lower(), _RESERVED, cutoff=0.8):
            self._field()
        name = self._dotted(self._take().text)
        return (Field("metric", name), Field("param", name))

    def _field(self) -> Field:
        word = self._token.text.lower() if self._token.kind == "word" else ""
        if word in {"metric", "param"}:
            self._take()
            return Field("metric" if word == "metric" else "param", self._dotted())
        for said in _SAID:
            if word == said:
                self._take()
                return Field(said, said)
        if word not in PLAIN_FIELDS:
            close = difflib.get_close_matches(word, _RESERVED, 1, cutoff=0.8)
            meant = f". Did you mean {close[0]}?" if close else ""
            self._fail(f"metric.NAME, param.NAME, {', '.join((*_SAID, *PLAIN_FIELDS))}{meant}")
        self._take()
        return Field("run", word)

    def _dotted(self, *first: str) -> str:
        parts = list(first)
        while self._accept("."):
            if self._token.kind not in {"word", "text"}:
                self._fail("a name")
            token = self._take()
            parts.append(token.text[1:-1] if token.kind == "text" else token.text)
        return ".".join(parts) if parts else self._fail("'.' and a name")

    def _value(self) -> Value:
        token = self._token
        if token.kind == "text":
            self._take()
            return token.text[1:-1]
        if token.kind == "number":
            self._take()
            return float(token.text)
        if token.kind == "word" and token.text.lower() in _CONSTANTS:
            self._take()
            return _CONSTANTS[token.text.lower()]
        quoted = f" (write {token.text!r} for text)" if token.kind == "word" else ""
        return self._fail(f"a number, a quoted text, true, false or null{quoted}")

    def _fail(self, expected: str) -> NoReturn:
        token = self._token
        received = repr(token.text) if token.kind != "end" else "the end"
        raise self._error(token.at, received, expected)

    def _error(self, at: int, received: str, expected: str) -> QueryError:
        pointed = f"\n  {self._text}\n  {' ' * at}^\n"
        return QueryError(f"query, column {at + 1}", received, expected, pointed.rstrip())
