"""W3C Trace Context: https://www.w3.org/TR/trace-context/#examples-of-http-traceparent-headers"""

import json
import sys
from pathlib import Path

import pytest
from starlette.datastructures import Headers

from cellmark_runtime.audit.settings import AuditSettings
from cellmark_runtime.service.challenge.arm_process import ModelElsewhere
from cellmark_runtime.service.replies.tracing import CURRENT, trace_of

ID, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
SENT = f"00-{ID}-{SPAN}-01"


def of(*sent, state=()):
    raw = [(b"traceparent", each.encode()) for each in sent]
    raw += [(b"tracestate", each.encode()) for each in state]
    return trace_of(Headers(raw=raw))


@pytest.mark.parametrize("sent", [SENT, f" {SENT} ", f"00-{ID}-{SPAN}-00", f"cc-{ID}-{SPAN}-01-x"])
def test_a_caller_trace_is_taken_up_with_a_span_of_our_own(sent):
    trace = of(sent, state=["a=1", "b=2"])
    assert (trace.id, trace.state) == (ID, "a=1,b=2")
    assert trace.span != SPAN
    assert trace.headers() == {"traceparent": trace.parent, "tracestate": "a=1,b=2"}
    assert of(trace.parent).id == ID


@pytest.mark.parametrize(
    "sent",
    [
        "",
        "x",
        SENT.upper(),
        SENT[:-1],
        f"{SENT}-x",
        f"ff-{ID}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{ID}-{'0' * 16}-01",
        f"cc-{ID}-{SPAN}-01.x",
    ],
)
def test_what_is_no_trace_is_passed_over(sent):
    assert of(sent) is None


def test_none_or_several_are_none():
    assert (of(), of(SENT, SENT)) == (None, None)


def test_a_trace_is_in_reply_log_and_record(caller_of, model, row, tmp_path, caplog):
    caplog.set_level("INFO", logger="cellmark_runtime.access")
    with caller_of(model, audit=AuditSettings(tmp_path)) as caller:
        caller.get("/ready")
        reply = caller.predict(json=row, headers={"traceparent": SENT})
        unnamed = caller.predict(json=row)
    version, trace, span, flags = reply.headers["traceresponse"].split("-")
    assert (version, trace, flags) == ("00", ID, "01")
    assert "traceresponse" not in unnamed.headers
    logged = [record.parts for record in caplog.records if record.parts["path"] == "/predict"]
    assert [(parts.get("trace"), parts.get("span")) for parts in logged] == [
        (ID, span),
        (None, None),
    ]
    (file,) = tmp_path.glob("*.jsonl")
    written = [json.loads(line) for line in file.read_text().splitlines()]
    traces = [each["request"]["trace"] for each in written if each["kind"] == "prediction"]
    assert traces == [ID, None]


def test_a_trace_goes_on_to_an_arms_own_process(whole_bundle, row):
    elsewhere = ModelElsewhere(whole_bundle, Path(sys.executable))
    token = CURRENT.set(of(SENT))
    try:
        # Logged behind its reply, and before the next one.
        for _ in range(2):
            elsewhere.answer([row])
    finally:
        CURRENT.reset(token)
        process = elsewhere._process
        elsewhere.close()
    process._listener.join(30)
    assert any(f'"trace": "{ID}"' in line for line in process._said)
