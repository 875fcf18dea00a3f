"""Serve one bundle from the command line: check it, prove it, then answer."""

from __future__ import annotations

import argparse
import ipaddress
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ..errors import CellmarkError
from ..threads import pin_threads

if TYPE_CHECKING:
    from .challenging import Challenge
    from .following import Aim, Look
    from .settings import Settings

__all__ = ["Listening", "main", "serve"]

_PORT = 8000


class Listening(NamedTuple):
    """Who answers, and where; `reason` says why not, where golden rows do not match."""

    model: str
    version: int
    digest: str
    url: str
    reason: str | None = None


def main(folder: Path, argv: Sequence[str] | None = None) -> None:
    """`python -m scoring.app`: serve the bundle in `folder` until told to stop.

    A bundle or setting that may not be used ends in one message and exit code 2.
    """
    options = _parser(os.environ).parse_args(argv)
    try:
        serve(
            folder, options.host, options.port, allow_unauthenticated=options.allow_unauthenticated
        )
    except CellmarkError as problem:
        sys.stderr.write(f"{problem}\n")
        sys.exit(problem.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)


def serve(
    folder: Path,
    host: str,
    port: int,
    *,
    allow_unauthenticated: bool = False,
    announce: Callable[[Listening], None] | None = None,
    environment: Mapping[str, str] = os.environ,
    look: Look | None = None,
    challenge: Challenge | None = None,
) -> None:
    """Load the bundle in `folder` and answer at `host`:`port` until told to stop.

    Args: port: 0 takes a free one; announce: told who answers and where, once the golden
    rows were scored; environment: what the settings are read from; look: says where an alias
    points, and the service follows it: `folder` is then where it points at the start;
    challenge: a version to compare it with.
    Raises: BundleError; CellmarkError if the address is taken, or is public without a token.
    """
    pin_threads()
    from .settings import settings_from

    settings = settings_from(environment)
    _refuse_open_door(host, settings.token, allowed=allow_unauthenticated)
    with _bound(host, port) as listener:
        _run(folder, listener, host, settings, announce, look, challenge)


def _run(
    folder: Path,
    listener: socket.socket,
    host: str,
    settings: Settings,
    announce: Callable[[Listening], None] | None,
    look: Look | None,
    challenge: Challenge | None,
) -> None:
    import uvicorn
    from prometheus_client import disable_created_metrics

    from ..scoring.loading import load
    from .access_log import log_to_stderr
    from .app import create_app
    from .following import load_aim

    # Series of when each counter was made: nobody reads them, and they double the page.
    disable_created_metrics()  # type: ignore[no-untyped-call]
    aim: Aim | None = look() if look else None
    model = load_aim(aim) if aim else load(folder)
    log_to_stderr()
    shown = f"[{host}]" if ":" in host else host
    url = f"http://{shown}:{listener.getsockname()[1]}"
    log = logging.getLogger("cellmark_runtime.service")

    def decided(reason: str | None) -> None:
        if reason is None:
            log.info("%s@%s answers at %s", model.name, model.version, url)
        if announce:
            announce(Listening(model.name, model.version, model.digest, url, reason))

    app = create_app(model, settings, decided, look, aim, challenge)
    log.info("%s@%s listens at %s, and scores its golden rows", model.name, model.version, url)
    where = (
        f"in {settings.audit.folder}" if settings.audit else "nowhere: CELLMARK_AUDIT is not set"
    )
    log.info("answers go on record %s", where)
    config = uvicorn.Config(
        app, log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=30
    )
    # uvicorn answers what has begun, then raises the signal again: that is no failure.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listener])


def _parser(environment: Mapping[str, str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m scoring.app", description="Answer requests with this bundle's model."
    )
    host = environment.get("CELLMARK_HOST") or environment.get("HOST") or "127.0.0.1"
    port = environment.get("CELLMARK_PORT") or environment.get("PORT") or str(_PORT)
    parser.add_argument("--host", default=host, help="address to listen at (default: %(default)s)")
    parser.add_argument(
        "--port", default=port, type=_port, help="0 takes a free one (default: 8000)"
    )
    parser.add_argument(
        "--allow-unauthenticated",
        action="store_true",
        help="let anybody who reaches a public address ask, without CELLMARK_TOKEN",
    )
    return parser


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port from 0 to 65535")
    return int(text)


def _refuse_open_door(host: str, token: str | None, *, allowed: bool) -> None:
    if token is not None or allowed or _is_loopback(host):
        return
    raise CellmarkError(
        f"address {host}",
        "reachable from elsewhere, and no token is set",
        "a token, or a loopback address",
        "Set CELLMARK_TOKEN, or say --allow-unauthenticated.",
    )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _bound(host: str, port: int) -> socket.socket:
    """Bound here and not by uvicorn: a taken port is said at once, and port 0 gets its number."""
    try:
        return socket.create_server(
            (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=2048
        )
    except (OSError, UnicodeError) as problem:
        raise CellmarkError(
            f"{host}:{port}",
            f"can't listen there ({getattr(problem, 'strerror', None) or problem})",
            "a free port on an address of this machine",
            "Stop what uses it, or choose another with --port (0 takes a free one).",
        ) from problem
