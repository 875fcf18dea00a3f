"""Cellmark: tag a notebook's cells; experiments log themselves, models ship as proven services."""

__version__ = "0.1.0"
