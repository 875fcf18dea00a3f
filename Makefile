# The project's one task runner. `make demo` and `make test` need nothing but Python 3.11+ and Node 20.
PYTHON ?= python3
BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: setup demo test lint types unit labextension-test slow lock clean

setup: .venv/.ready

.venv/.ready: requirements-dev.lock pyproject.toml src/runtime/pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(None if v >= (3, 11) else f"Cellmark needs Python 3.11 or later; {sys.executable} is {v.major}.{v.minor}. Try: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv .venv
	$(INSTALL) --require-hashes -r requirements-dev.lock
	$(INSTALL) --no-deps --no-build-isolation -e src/runtime -e .
	@touch $@
