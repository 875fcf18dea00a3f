"""The Jupyter Server's part: thin handlers over `cellmark.actions`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

__all__ = ["_jupyter_server_extension_points", "_load_jupyter_server_extension"]


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    """What the Jupyter Server asks an extension for."""
    return [{"module": "cellmark.lab"}]


def _load_jupyter_server_extension(server: ServerApp) -> None:
    """Add the handlers. A kernel's or a terminal's `import cellmark.lab` brings none of them."""
    from jupyter_server.utils import url_path_join

    from .routes import ROUTES
    from .tasks import TASKS, Tasks

    base = server.web_app.settings["base_url"]
    server.web_app.settings[TASKS] = Tasks()
    routes = [(url_path_join(base, path), handler) for path, handler in ROUTES]
    server.web_app.add_handlers(".*$", routes)  # type: ignore[no-untyped-call]
