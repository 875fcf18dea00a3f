"""Ask a running service for all that its own OpenAPI document allows, and more, by Schemathesis.

Usage: python tests/schema/ask.py SCHEMATHESIS [--examples N]

Fails for an answer of 500, for a status that the document does not name, and for a body or
content type that is none of the document's.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))

from load import bundle, served

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
)
# They answer an empty line that they call JSON, as MLflow's own server does.
AS_MLFLOW = ("/ping", "/health")


def main() -> int:
    parser = argparse.ArgumentParser(description="The service against its own document.")
    parser.add_argument("schemathesis", type=Path, help="the command, in an environment of its own")
    parser.add_argument("--examples", type=int, default=25, help="for each operation")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = bundle(Path(place) / "churn-3")
        with served(folder, CELLMARK_AUDIT=f"{place}/audit") as service:
            url = f"http://{service.host}:{service.port}/openapi.json"
            command = [options.schemathesis.absolute(), "run", url, "--checks", ",".join(CHECKS)]
            command += ["--max-examples", str(options.examples), "--generation-deterministic"]
            command += ["--phases", "examples,coverage,fuzzing", "--no-color"]
            command += [part for path in AS_MLFLOW for part in ("--exclude-path", path)]
            done = subprocess.run(command, cwd=place, env={**os.environ})
        log = folder.with_name(f"{folder.name}.log").read_text()
    failed = [line for line in log.splitlines() if '"traceback"' in line]
    sys.stdout.write("".join(f"the service logged: {line}\n" for line in failed[:3]))
    return done.returncode or bool(failed)


if __name__ == "__main__":
    sys.exit(main())
