"""Two small pages for people, rendered here whole: no scripts, nothing fetched from elsewhere."""

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
from starlette.responses import HTMLResponse

from ...scoring.answers import entry_of, namer_of
from ...scoring.judging import describe
from ...scoring.model import Model

__all__ = ["Pages"]

_EXAMPLE_ID = "01JD7V4S2C8V8G4D0A4W3Q5N6M"


class Pages:
    """Renders the pages of one model. Every value goes through HTML escaping."""

    def __init__(self, model: Model, openapi: dict[str, Any], *, with_token: bool) -> None:
        self._model = model
        self._operations = openapi["paths"]
        self._with_token = with_token
        self._style = _text("page.css")
        self._index = Template(_text("index.html"))
        self._docs = Template(_text("docs.html"))

    def index(self, base_url: str, not_ready: str | None) -> HTMLResponse:
        """What serves here, how it is, and a command that asks it."""
        golden = self._model.golden
        return self._page(
            self._index,
            health_class="bad" if not_ready else "good",
            health=f"Not ready: {not_ready}" if not_ready else "Ready: the golden rows match.",
            digest=self._model.digest,
            notebook=self._model.manifest.provenance.notebook,
            curl=self._curl(base_url),
            answer=_json(golden.predictions[0]) if golden.predictions else "none",
        )

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

    def _headers(self) -> dict[str, str]:
        digest = base64.b64encode(hashlib.sha256(self._style.encode()).digest()).decode()
        only = f"default-src 'none'; style-src 'sha256-{digest}'"
        policy = f"{only}; base-uri 'none'; frame-ancestors 'none'"
        return {"content-security-policy": policy, "x-content-type-options": "nosniff"}

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
