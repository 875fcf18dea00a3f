"""Serve one bundle from the command line: check it, prove it, then answer."""

from __future__ import annotations

import argparse
import ipaddress
import os
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import CellmarkError
from ..threads import pin_threads
from .processes.process import Job, Listening, answer

if TYPE_CHECKING:
    from .challenge.challenging import Challenge
    from .generations.following import Look

__all__ = ["Listening", "main", "serve"]

_PORT = 8000
_MOST_WORKERS = 64


def main(folder: Path, argv: Sequence[str] | None = None) -> None:
    """`python -m scoring.app`: serve the bundle in `folder` until told to stop.

    A bundle or setting that may not be used ends in one message and exit code 2.
    """
    options = _parser(os.environ).parse_args(argv)
    try:
        serve(
            folder,
            options.host,
            options.port,
            allow_unauthenticated=options.allow_unauthenticated,
            environment={**os.environ, **_named(options)},
            workers=options.workers,
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
    workers: int = 1,
) -> None:
    """Load the bundle in `folder` and answer at `host`:`port` until told to stop.

    Args: port: 0 takes a free one; announce: told who answers and where, once the golden
    rows were scored; environment: what the settings are read from; look: says where an alias
    points, and the service follows it: `folder` is then where it points at the start;
    challenge: a version to compare it with; workers: how many processes answer.
    Raises: BundleError; CellmarkError if the address is taken, or is public without a token.
    """
    pin_threads()
    from .settings import settings_from

    settings = settings_from(environment)
    _refuse_open_door(host, settings.token, allowed=allow_unauthenticated)
    with _bound(host, port) as listener:
        job = Job(folder, host, settings, look, challenge)
        if workers == 1:
            answer(job, listener, announce)
        else:
            from .processes.workers import supervise

            supervise(job, listener, workers, announce)


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
    workers = environment.get("CELLMARK_WORKERS") or "1"
    parser.add_argument(
        "--workers", default=workers, type=_count, help="processes that answer (default: 1)"
    )
    for option, what in (("cert", "the certificate, with its chain"), ("key", "its private key")):
        parser.add_argument(f"--tls-{option}", metavar="FILE", help=f"answer by TLS: {what}, PEM")
    return parser


def _named(options: argparse.Namespace) -> dict[str, str]:
    """Options that have a variable of the same meaning, by its name."""
    files = {"CELLMARK_TLS_CERT": options.tls_cert, "CELLMARK_TLS_KEY": options.tls_key}
    return {name: value for name, value in files.items() if value}


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= _MOST_WORKERS:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to {_MOST_WORKERS}")
    return int(text)


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
