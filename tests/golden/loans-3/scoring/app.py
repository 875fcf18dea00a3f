"""Serve this bundle: `python -m scoring.app`, then POST rows to /predict."""

from __future__ import annotations

from pathlib import Path

from cellmark_runtime.service import main

if __name__ == "__main__":
    main(Path(__file__).resolve().parents[1])
