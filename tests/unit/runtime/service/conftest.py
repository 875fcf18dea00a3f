"""A caller of an app, without a network."""

import asyncio

import httpx
import pytest

from cellmark_runtime.service import create_app
from cellmark_runtime.service.settings import Settings


class Caller:
    def __init__(self, app):
        self.app = app

    def __call__(self, method, path, **request):
        return asyncio.run(self._call(method, path, **request))

    async def _call(self, method, path, **request):
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://model") as client:
            return await client.request(method, path, **request)

    def get(self, path, **request):
        return self("GET", path, **request)

    def predict(self, **request):
        return self("POST", "/predict", **request)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        asyncio.run(self._stop())

    async def _stop(self):
        told = iter(["lifespan.startup", "lifespan.shutdown"])

        async def receive():
            return {"type": next(told)}

        async def send(message):
            assert message["type"].endswith(".complete"), message

        await self.app({"type": "lifespan", "asgi": {"version": "3.0"}}, receive, send)


@pytest.fixture
def caller_of():
    """A caller of any app, model or settings: `caller_of(model, max_body=100)`.

    As a context it tells the app to stop, as a server does.
    """

    def call(model, **settings):
        return Caller(create_app(model, Settings(**settings)))

    return call


@pytest.fixture
def caller(model, caller_of):
    return caller_of(model)
