"""`python -m cellmark_runtime.probe`: is the service in this container ready?

For a container's health check, where no curl is: it asks `/ready` at the port, and by TLS where
the service answers by it, as the same environment tells. Ends with 0 if it is, with 1 and why
not if it is not.
"""

from __future__ import annotations

import http.client
import os
import ssl
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping

__all__ = ["probe", "ready_url"]

_TIMEOUT = 2.0
# Every address of this machine -> one of them.
_ITSELF = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104


def probe(environment: Mapping[str, str]) -> str:
    """Why the service of this environment is not ready, "" if it is."""
    url = ready_url(environment)
    # The certificate is made out to the name by which others call; this one asks itself.
    itself = ssl.create_default_context()
    itself.check_hostname, itself.verify_mode = False, ssl.CERT_NONE
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=itself)
    )
    try:
        with opener.open(url, timeout=_TIMEOUT):
            return ""
    except urllib.error.HTTPError as answer:
        return f"{url}: {answer.code} {answer.reason}"
    except (OSError, http.client.HTTPException) as problem:
        return f"{url}: {getattr(problem, 'reason', None) or problem!r}"


def ready_url(environment: Mapping[str, str]) -> str:
    """Where the service of this environment says whether it is ready."""
    host = environment.get("CELLMARK_HOST") or environment.get("HOST") or "127.0.0.1"
    host = _ITSELF.get(host, host)
    port = environment.get("CELLMARK_PORT") or environment.get("PORT") or "8000"
    scheme = "https" if environment.get("CELLMARK_TLS_CERT") else "http"
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}/ready"


if __name__ == "__main__":
    sys.exit(probe(os.environ) or None)
