"""Routes: which handler answers at which path, below the server's base URL."""

from __future__ import annotations

from tornado.web import RequestHandler

from .events import Events
from .handlers import (
    BundleHandler,
    CheckHandler,
    CompareHandler,
    HistoryHandler,
    ModelsHandler,
    NotebookHandler,
    ReportHandler,
    RestoreHandler,
    RuleHandler,
    RunHandler,
    RunsHandler,
    ServerHandler,
    TaskHandler,
    TasksHandler,
)

__all__ = ["ROUTES"]

ROUTES: tuple[tuple[str, type[RequestHandler]], ...] = (
    ("/cellmark/api/server", ServerHandler),
    ("/cellmark/api/events", Events),
    ("/cellmark/api/runs", RunsHandler),
    (r"/cellmark/api/runs/(?P<run>\w+)", RunHandler),
    (r"/cellmark/api/runs/(?P<run>\w+)/restore", RestoreHandler),
    (r"/cellmark/api/runs/(?P<run>\w+)/report", ReportHandler),
    ("/cellmark/api/compare", CompareHandler),
    ("/cellmark/api/notebook", NotebookHandler),
    ("/cellmark/api/check", CheckHandler),
    (r"/cellmark/api/rules/(?P<rule>\w+)", RuleHandler),
    ("/cellmark/api/models", ModelsHandler),
    ("/cellmark/api/bundle", BundleHandler),
    ("/cellmark/api/history", HistoryHandler),
    ("/cellmark/api/tasks", TasksHandler),
    (r"/cellmark/api/tasks/(?P<task>\w+)", TaskHandler),
)
