"""Pages for people, with nothing from elsewhere: what serves here and how it is; how to call it."""

from __future__ import annotations

import base64
import hashlib
import html
import shlex
from collections.abc import Iterable
from importlib.resources import files
from string import Template
from typing import Any

import msgspec
from starlette.responses import HTMLResponse, Response

from ...scoring.answers import entry_of, namer_of
from ...scoring.judging import describe
from ...scoring.model import Model
from .challenge import challenge
from .drift import drift
from .form import form
from .markup import Html, element
from .outcomes import outcomes
from .overview import overview
from .record import record
from .traffic import traffic
from .view import View
from .words import when

__all__ = ["Pages", "View"]

# Sections that stay as they are while the page is open.
_STATIC = ("try", "call")
_FRESH = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
_EXAMPLE_ID = "01JD7V4S2C8V8G4D0A4W3Q5N6M"


class Pages:
    """Renders the pages of one model. Every value goes through HTML escaping."""

    def __init__(self, model: Model, openapi: dict[str, Any], *, with_token: bool) -> None:
        self._model = model
        self._operations = openapi["paths"]
        self._with_token = with_token
        self._style = _text("page.css")
        self._script = _text("page.js")
        self._index = Template(_text("index.html"))
        self._docs = Template(_text("docs.html"))

    def index(self, view: View) -> HTMLResponse:
        """What serves here, how it is, and a form to try it."""
        sections = [
            _section(name, title, inside, is_live=name not in _STATIC)
            for name, title, inside in self._sections(view)
        ]
        title = f"{self._model.name}@{self._model.version}"
        links = [
            element("a", heading, href=f"#{name}") for name, heading, _ in self._sections(view)
        ]
        page = self._index.substitute(
            title=html.escape(title),
            style=self._style,
            links="\n".join(links),
            at=when(view.at),
            sections="\n".join(sections),
        )
        return HTMLResponse(page, headers=self._headers(scripts="'self'"))

    def script(self) -> Response:
        """What the page for people runs."""
        return Response(self._script, media_type="text/javascript", headers=_FRESH)

    def _sections(self, view: View) -> list[tuple[str, str, list[Html]]]:
        found = [
            ("overview", "What serves", overview(view)),
            ("challenge", "Challenge", list(challenge(view))),
            ("drift", "Rows beside training", list(drift(view))),
            ("outcomes", "How good answers were", list(outcomes(view))),
            ("traffic", "Requests", list(traffic(view))),
            ("record", "Audit", list(record(view))),
            ("try", "Try a row", form(self._model)),
            ("call", "Call it", self._called(view)),
        ]
        return [each for each in found if each[2]]

    def _called(self, view: View) -> list[Html]:
        golden = self._model.golden
        label = "Command that asks for one prediction"
        more = [
            element("a", about, href=path)
            for path, about in (
                ("docs", "How to call it"),
                ("metadata", "What it is, and how it was proven"),
                ("metrics", "Metrics"),
                ("openapi.json", "OpenAPI"),
            )
        ]
        answer = _json(golden.predictions[0]) if golden.predictions else "none"
        return [
            element("p", "The first golden row of the bundle. Select, copy, run:"),
            element(
                "pre",
                self._curl(view.base_url),
                class_="copy",
                tabindex=0,
                role="group",
                aria_label=label,
            ),
            element("p", "The notebook's own answer to it: ", element("code", answer)),
            element("ul", [element("li", link) for link in more], class_="more"),
        ]

    def docs(self, base_url: str) -> HTMLResponse:
        """How to call it, for people."""
        statuses = self._operations["/predict"]["post"]["responses"]
        problems = [
            (code, reply["description"]) for code, reply in statuses.items() if code != "200"
        ]
        routes = [
            (path, operations["get"]["summary"])
            for path, operations in self._operations.items()
            if "get" in operations
        ]
        return self._page(
            self._docs,
            curl=self._curl(base_url),
            reply=_json(self._reply(), indent=2),
            tables={"problems": problems, "routes": routes},
        )

    def _page(
        self,
        template: Template,
        tables: dict[str, list[tuple[str, str]]] | None = None,
        **texts: str,
    ) -> HTMLResponse:
        fields = [(field.name, describe(field)) for field in self._model.accepts.inputs]
        rendered = {
            name: _rows(rows) for name, rows in {"fields": fields, **(tables or {})}.items()
        }
        texts["title"] = f"{self._model.name}@{self._model.version}"
        escaped = {name: html.escape(text) for name, text in texts.items()}
        page = template.substitute(escaped, style=self._style, **rendered)
        return HTMLResponse(page, headers=self._headers())

    def _headers(self, scripts: str = "'none'") -> dict[str, str]:
        digest = base64.b64encode(hashlib.sha256(self._style.encode()).digest()).decode()
        only = (
            f"default-src 'none'; style-src 'sha256-{digest}'; script-src {scripts}; img-src data:"
        )
        policy = f"{only}; connect-src {scripts}; base-uri 'none'; frame-ancestors 'none'"
        policy += "; form-action 'none'"
        return {"content-security-policy": policy, **_FRESH}

    def _curl(self, base_url: str) -> str:
        rows = self._model.golden.rows
        body = _json(rows[0] if rows else {})
        token = ' -H "Authorization: Bearer $CELLMARK_TOKEN"' if self._with_token else ""
        url = shlex.quote(base_url + "predict")
        return f"curl {url}{token} -H 'Content-Type: application/json' -d {shlex.quote(body)}"

    def _reply(self) -> dict[str, Any]:
        model, golden = self._model, self._model.golden
        answers = (golden.predictions, golden.probabilities, golden.scores)
        first = [each[0] if each else None for each in answers]
        output = model.signature.output
        prediction = {"id": _EXAMPLE_ID, **entry_of(output, namer_of(output), *first)}
        identity = {"model": model.name, "version": model.version, "digest": model.digest}
        return {**identity, "arm": "champion", "predictions": [prediction]}


def _section(name: str, title: str, inside: list[Html], *, is_live: bool) -> Html:
    heading = element("h2", title, id=f"{name}-title")
    return element(
        "section",
        heading,
        inside,
        id=name,
        aria_labelledby=f"{name}-title",
        data_live=is_live,
    )


def _rows(cells: Iterable[tuple[str, str]]) -> str:
    return "\n".join(
        f'<tr><th scope="row"><code>{head}</code></th><td>{text}</td></tr>'
        for head, text in (map(html.escape, pair) for pair in cells)
    )


def _json(value: object, indent: int = 0) -> str:
    encoded = msgspec.json.encode(value)
    return (msgspec.json.format(encoded, indent=indent) if indent else encoded).decode()


def _text(name: str) -> str:
    return files(__name__).joinpath(name).read_text(encoding="utf-8").strip()
