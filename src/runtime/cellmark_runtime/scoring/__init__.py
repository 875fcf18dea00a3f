"""From raw rows to answers: load a bundle, check rows, score them."""

from .checking import InvalidRows
from .loading import load
from .model import Answer, Model

__all__ = ["Answer", "InvalidRows", "Model", "load"]
