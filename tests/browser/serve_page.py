"""Serves the small bundle of the runtime's tests, for a browser: `serve_page.py FOLDER [TOKEN]`.

Writes its address to stdout once it answers; ends with its parent, or when told to.
"""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

from cellmark_runtime.service.main import serve

ROOT = Path(__file__).resolve().parents[2]


def main(folder: Path, token: str = "") -> None:
    tests = runpy.run_path(str(ROOT / "tests/unit/runtime/conftest.py"))
    bundle = tests["build"](folder / "churn-3")
    environment = {
        "CELLMARK_AUDIT": str(folder / "audit"),
        "CELLMARK_MONITOR": str(folder / "monitor"),
        "CELLMARK_MONITOR_WINDOW": "200",
        "CELLMARK_TOKEN": token,
    }

    def announce(listening: object) -> None:
        sys.stdout.write(f"{getattr(listening, 'url', '')}\n")
        sys.stdout.flush()

    serve(bundle, "127.0.0.1", 0, environment=environment, announce=announce)


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
