"""More requests than can be answered: who is in the line gets an answer, who is not hears so."""

import asyncio
import json
import threading

import pytest

from cellmark_runtime import load
from cellmark_runtime.service import create_app
from cellmark_runtime.service.requests.admission import Busy, Line, Room
from cellmark_runtime.service.settings import Settings


async def scored(line, name, order, meanwhile=None):
    try:
        async with line.turn():
            order.append(name)
            if meanwhile:
                await meanwhile.wait()
    except Busy:
        order.append(f"{name} refused")


def test_a_line_keeps_its_order_and_its_length():
    async def run():
        line, order = Line(2), []
        await asyncio.gather(*(scored(line, name, order) for name in "abcde"))
        await scored(line, "f", order)
        assert line.waiting == 0
        return order, line.refused

    assert asyncio.run(run()) == (["a", "d refused", "e refused", "b", "c", "f"], 2)


@pytest.mark.parametrize("steps", [0, 1, 2])
def test_who_goes_away_passes_on_the_turn(steps):
    """Before, in the same moment as, and after its turn came."""

    async def run():
        line, order, meanwhile = Line(5), [], asyncio.Event()
        first = asyncio.create_task(scored(line, "a", order, meanwhile))
        await asyncio.sleep(0)
        gone = asyncio.create_task(scored(line, "b", order))
        last = asyncio.create_task(scored(line, "c", order))
        await asyncio.sleep(0)
        meanwhile.set()
        for _ in range(steps):
            await asyncio.sleep(0)
        gone.cancel()
        await asyncio.wait([first, gone, last], timeout=30)
        await scored(line, "d", order)
        return [name for name in order if name != "b"]

    assert asyncio.run(run()) == ["a", "c", "d"]


def test_room_is_given_back():
    room = Room(10)
    with room.share() as one, room.share() as other:
        one.take(6)
        other.take(4)
        with pytest.raises(Busy):
            other.take(1)
        assert room.held == 10
    assert room.held == 0


class Asked:
    """One request to the app, as a server passes it on."""

    def __init__(self, body, *, complete=True):
        self.body = json.dumps(body).encode()
        self.complete = complete
        self.sent = []

    async def of(self, app, path="/predict"):
        scope = {
            "type": "http",
            "method": "POST",
            "path": path,
            "root_path": "",
            "query_string": b"",
            "headers": [(b"content-type", b"application/json")],
            "client": ("127.0.0.1", 1),
        }
        told = iter([{"type": "http.request", "body": self.body, "more_body": not self.complete}])

        async def receive():
            message = next(told, None)
            if message is None:
                await asyncio.Event().wait()
            return message

        async def send(message):
            self.sent.append(message)

        await app(scope, receive, send)
        return self

    @property
    def status(self):
        return self.sent[0]["status"]

    @property
    def headers(self):
        return {name.decode(): value.decode() for name, value in self.sent[0]["headers"]}

    @property
    def reply(self):
        return json.loads(b"".join(message.get("body", b"") for message in self.sent[1:]))


def ready(model, **settings):
    app = create_app(model, Settings(**settings))
    app.current.readiness.prove_here()
    return app


def asked_at_once(app, bodies):
    async def run():
        return await asyncio.gather(*(Asked(body).of(app) for body in bodies))

    return asyncio.run(run())


def test_beyond_the_line_requests_are_refused_at_once_and_nobody_else_is(model, row):
    app = ready(model, most_waiting=3)
    replies = asked_at_once(app, [row] * 20)
    assert [each.status for each in replies] == [200] * 4 + [503] * 16
    refused = replies[-1]
    assert refused.headers["retry-after"] == "1"
    assert refused.reply["detail"] == "more requests than can be answered"
    assert "predictions" not in refused.reply
    text = app.exposition()[0].decode()
    assert 'model_predictions_total{arm="champion",model="churn",version="3"} 4.0' in text
    assert 'model_requests_waiting{arm="champion",model="churn",version="3"} 0.0' in text
    assert 'status="5xx",version="3"} 16.0' in text
    assert [each.status for each in asked_at_once(app, [row] * 4)] == [200] * 4


def test_long_batches_have_a_line_of_their_own(model, row):
    app = ready(model, most_waiting=2)
    replies = asked_at_once(app, [[row] * 100] * 6 + [row])
    assert sorted(each.status for each in replies[:6]) == [200] * 3 + [503] * 3
    assert replies[6].status == 200


def test_bodies_have_so_much_room_and_no_more(model, row):
    size = len(json.dumps(row))
    app = ready(model, max_body=size)
    app.intake.room.take(7 * size + 1)
    (refused,) = asked_at_once(app, [row])
    assert (refused.status, refused.headers["retry-after"]) == (503, "1")
    app.intake.room.held = 0
    assert asked_at_once(app, [row])[0].status == 200
    assert app.intake.room.held == 0


@pytest.mark.parametrize("path", ["/predict", "/feedback"])
def test_a_body_that_does_not_come_ends_in_408(model, row, path, tmp_path):
    from cellmark_runtime.audit.settings import AuditSettings

    app = ready(model, timeout=0.05, audit=AuditSettings(tmp_path / "audit"))
    try:
        slow = asyncio.run(Asked(row, complete=False).of(app, path))
    finally:
        app.close()
    assert (slow.status, slow.headers["connection"]) == (408, "close")
    assert "not complete after 0.05 seconds" in slow.reply["detail"]
    assert app.intake.room.held == 0


def test_what_can_not_be_answered_in_time_ends_in_503(built, tmp_path, row, monkeypatch):
    model = load(built(tmp_path / "stuck"))
    app, go_on = ready(model, timeout=0.2), threading.Event()
    monkeypatch.setattr(type(model), "answer", lambda *_: go_on.wait(60))

    async def run():
        try:
            return await Asked([row] * 100).of(app)
        finally:
            go_on.set()

    late = asyncio.run(run())
    assert (late.status, late.headers["retry-after"]) == (503, "5")
    assert late.reply["detail"] == "no answer after 0.2 seconds"
    monkeypatch.undo()
    app.intake.seconds = 60
    assert asked_at_once(app, [[row] * 100])[0].status == 200
