"""Several processes behind one address: begun, begun anew when one dies, ended together."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import socket
import sys
import tempfile
import threading
import time
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path

import msgspec

from ...errors import CellmarkError
from ...threads import pin_threads
from ..middleware.access_log import log_to_stderr
from .process import Announce, Job, Listening, answer

__all__ = ["supervise"]

_log = logging.getLogger("cellmark_runtime.service")
# A process that dies at once must not be begun a thousand times a second.
_PAUSE_SECONDS = 1.0
_END_SECONDS = 35.0


def supervise(job: Job, listener: socket.socket, count: int, announce: Announce | None) -> None:
    """Serve with `count` processes until told to stop.

    Raises: CellmarkError where one can't begin; all end then.
    """
    log_to_stderr()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with tempfile.TemporaryDirectory(prefix="cellmark-") as place:
        # What they count of drift has to meet somewhere.
        monitor = job.settings.monitor or Path(place) / "monitor"
        settings = msgspec.structs.replace(job.settings, siblings=Path(place), monitor=monitor)
        workers = _Workers(job._replace(settings=settings), listener)
        try:
            workers.begin(count)
            heard = workers.all_heard()
            if announce:
                announce(next((each for each in heard if each.reason), heard[0]))
            workers.keep()
        except KeyboardInterrupt:
            pass
        finally:
            workers.end()


class _Worker:
    def __init__(self, process: SpawnProcess, pipe: Connection) -> None:
        self.process = process
        self.pipe = pipe
        self.heard: Listening | None = None


class _Workers:
    def __init__(self, job: Job, listener: socket.socket) -> None:
        self._job = job
        self._listener = listener
        # Forked, they would share what threads of this process hold.
        self._context = multiprocessing.get_context("spawn")
        self._workers: list[_Worker] = []

    def begin(self, count: int) -> None:
        for _ in range(count):
            self._workers.append(self._begun())

    def all_heard(self) -> list[Listening]:
        """What each says of itself, once all did. Raises: CellmarkError as one did."""
        for worker in self._workers:
            try:
                said = worker.pipe.recv()
            except EOFError:
                worker.process.join()
                said = CellmarkError("a worker", f"ended with {worker.process.exitcode}")
            if isinstance(said, CellmarkError):
                raise said
            worker.heard = said
        return [worker.heard for worker in self._workers if worker.heard]

    def keep(self) -> None:
        """Begin another process for each one that dies."""
        while True:
            wait([worker.process.sentinel for worker in self._workers])
            for place, worker in enumerate(self._workers):
                if worker.process.is_alive():
                    continue
                worker.process.join()
                code = worker.process.exitcode
                _log.error("worker %s ended with %s; another begins", worker.process.pid, code)
                worker.pipe.close()
                time.sleep(_PAUSE_SECONDS)
                self._workers[place] = self._begun()

    def end(self) -> None:
        """Let all end what they began, and see that they are gone."""
        for worker in self._workers:
            worker.process.terminate()
        end = time.monotonic() + _END_SECONDS
        for worker in self._workers:
            worker.process.join(max(0.0, end - time.monotonic()))
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()

    def _begun(self) -> _Worker:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=_work, args=(self._job, self._listener, theirs))
        process.start()
        theirs.close()
        return _Worker(process, ours)


def _work(job: Job, listener: socket.socket, pipe: Connection) -> None:
    """What a worker's process does."""
    pin_threads()
    threading.Thread(target=_die_with_parent, args=(pipe,), daemon=True).start()
    try:
        answer(job, listener, pipe.send)
    except CellmarkError as problem:
        pipe.send(problem)
        sys.exit(problem.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)


def _die_with_parent(pipe: Connection) -> None:
    try:
        pipe.recv()
    except (EOFError, OSError):
        os.kill(os.getpid(), signal.SIGTERM)
