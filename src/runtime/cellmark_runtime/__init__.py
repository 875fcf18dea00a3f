"""All that a deployed bundle imports: loading, checking, scoring, serving, monitoring.

Importing this package pulls in neither pandas nor anything of Jupyter.
"""

__version__ = "0.1.0"
