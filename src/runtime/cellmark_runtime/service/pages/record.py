"""The audit log, as far as the service itself knows of it."""

from __future__ import annotations

from collections.abc import Iterator

from .markup import Html, Inside, element, facts
from .view import View
from .words import count, moment

__all__ = ["record"]


def record(view: View) -> Iterator[Html]:
    """Whether answers go on record, and whether the record holds."""
    if not view.with_audit:
        said = "Answers go on no record: CELLMARK_AUDIT is not set."
        yield element("p", said, class_="note")
        return
    holds = view.figures.one("model_audit_verify_ok") != 0
    said = "Sealed segments hold." if holds else "A sealed segment does not hold: see the log."
    yield element("p", said, class_="good" if holds else "bad")
    yield facts(_counts(view))
    hint = [element("code", "cellmark audit find ID"), " finds an answer, "]
    hint += [element("code", "cellmark audit verify"), " looks at all of it."]
    yield element("p", hint, class_="soft")


def _counts(view: View) -> Iterator[tuple[str, Inside]]:
    for name, metric, is_bad in (
        ("Records written", "model_audit_records_total", False),
        ("Not sealed yet", "model_audit_unsealed_records", False),
        ("Write errors", "model_audit_write_errors_total", True),
        ("Answers without a record", "model_audit_lost_total", True),
    ):
        value = view.figures.one(metric)
        if value is not None:
            yield name, element("span", count(value), class_="bad" if is_bad and value else None)
    sealed = view.figures.one("model_audit_last_seal_timestamp_seconds")
    yield "Last seal, or start", moment(sealed) if sealed else None
