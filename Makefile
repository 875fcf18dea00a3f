# The project's one task runner. `make demo` and `make test` need Python 3.11+ and Node 20, no more than that and make.
PYTHON ?= python3
CHROMIUM ?= /usr/bin/chromium
BIN := .venv/bin
# A connection that breaks must not end a build.
PIP_OPTIONS := --disable-pip-version-check --quiet --retries 10 --timeout 60
PIP := $(BIN)/python -m pip $(PIP_OPTIONS)

OLDEST := tests/unit/extract/idioms tests/unit/extract/test_output.py \
	tests/unit/extract/test_kinds_of_models.py tests/unit/runtime/scoring \
	tests/contract/test_main_job.py::test_the_bundle_verifies \
	tests/contract/test_main_job.py::test_each_row_gets_the_notebooks_own_number

# An editable install copies the built extension and the kernel's startup file: they need a rebuild.
COPIED := package.json package-lock.json src/cellmark/capture/startup.py labextension/install.json \
	$(shell find labextension/src labextension/style labextension/schema -type f)

.PHONY: setup demo test check python-test oldest-test schema-test node-test browser-test notebook-test benchmark pictures format lock clean


setup: .venv/.ready

demo: setup
	$(BIN)/cellmark demo

test: setup check python-test oldest-test node-test browser-test notebook-test

.venv/.locked: requirements-dev.lock
	@$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else f"Cellmark needs Python 3.11 or later; {sys.executable} is {sys.version.split()[0]}. Try: make PYTHON=python3.12 ...")'
	@node -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 20 ? 0 : 1)' || { echo "Cellmark needs Node 20 or later to build its JupyterLab extension: https://nodejs.org"; exit 1; }
	$(PYTHON) -m venv .venv
	$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

node_modules/.ready: package-lock.json
	npm ci --no-audit --no-fund --fetch-retries=5
	@touch $@

.venv/.ready: .venv/.locked node_modules/.ready pyproject.toml src/runtime/pyproject.toml $(COPIED)
	$(PIP) install --no-deps --no-build-isolation -e src/runtime -e .
	@touch node_modules/.ready $@  # the build has npm write its lock file anew, the same

check: setup
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	npm run lint

# As many processes as processors: each has one thread for its numbers.
python-test: setup
	OMP_NUM_THREADS=1 $(BIN)/pytest -n auto --dist worksteal

# What extraction and scoring do on the oldest versions that pyproject.toml allows, the way from
# the example notebooks to a service that answers, and the main journey in JupyterLab and Notebook.
# `--no-deps`: the lock is whole, and pip looks at newer versions of what is asked for with extras.
OLDEST_BIN := .venv-oldest/bin
OLDEST_PIP := $(OLDEST_BIN)/python -m pip $(PIP_OPTIONS)
.venv-oldest/.locked: requirements-oldest.lock .venv/.locked
	$(BIN)/python -m venv --clear .venv-oldest
	$(OLDEST_PIP) install --no-deps --require-hashes -r requirements-oldest.lock
	@touch $@

.venv-oldest/.ready: .venv-oldest/.locked .venv/.ready
	$(OLDEST_PIP) install --no-deps --no-build-isolation -e src/runtime -e .
	@touch node_modules/.ready .venv/.ready $@

# Warnings of old versions in new ones' company are theirs alone, and errors only above.
oldest-test: .venv-oldest/.ready
	OMP_NUM_THREADS=1 $(OLDEST_BIN)/python -m pytest -n auto --dist worksteal \
	  -m "not slow" -W default -p no:cacheprovider $(OLDEST)
	@if [ -x "$(CHROMIUM)" ] || [ -n "$$CI" ]; then \
	  CHROMIUM=$(CHROMIUM) JUPYTER_LAB=$(CURDIR)/$(OLDEST_BIN)/jupyter-lab npx --no-install vitest run \
	    --config tests/browser/vitest.config.mts tests/browser/test_versions.ts; \
	else echo "JupyterLab's part is skipped, no $(CHROMIUM)"; fi

# The service against its own OpenAPI document. Schemathesis lives in an environment of its own: it
# brings some thirty packages, a compiled one among them, that nothing else here needs.
.venv-schema/.ready: requirements-schema.lock .venv/.locked
	$(BIN)/python -m venv --clear .venv-schema
	.venv-schema/bin/python -m pip $(PIP_OPTIONS) install --require-hashes -r requirements-schema.lock
	@touch $@

schema-test: setup .venv-schema/.ready
	OMP_NUM_THREADS=1 $(BIN)/python tests/schema/ask.py .venv-schema/bin/schemathesis

# What tracing costs, as ratios: minutes, and best on a machine that does nothing else.
benchmark: setup
	$(BIN)/python tests/benchmarks/tracing.py --runs 5
	$(BIN)/python tests/benchmarks/capture.py
	$(BIN)/python tests/benchmarks/page.py
	$(BIN)/python tests/benchmarks/cells.py

# What the documents show: of a terminal after a change to what explain or package print, of
# JupyterLab (where there is a Chromium) after a change to the sidebar, views or marks.
pictures: setup
	$(BIN)/python docs/images/draw.py
	CELLMARK_PICTURES=1 CHROMIUM=$(CHROMIUM) npm run test:browser
	$(BIN)/python docs/images/shrink.py

# The example notebooks' saved outputs are what running them gives, but for pictures and addresses.
notebook-test: setup
	$(BIN)/pytest --nbval --nbval-sanitize-with tests/nbval.ini -p no:cacheprovider example_notebooks

node-test: setup
	npm test

# Skipped where there is no Chromium; CI installs one.
browser-test: setup
	@if [ -x "$(CHROMIUM)" ] || [ -n "$$CI" ]; then CHROMIUM=$(CHROMIUM) npm run test:browser; \
	else echo "browser-test: skipped, no $(CHROMIUM)"; fi

format: setup
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	npm run format

LOCK := $(BIN)/uv pip compile pyproject.toml src/runtime/pyproject.toml --extra dev --universal \
	--python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url \
	--no-emit-package cellmark-runtime --no-emit-package cellmark --quiet

lock: .venv/.locked
	$(LOCK) -o requirements-dev.lock
	$(LOCK) --resolution lowest-direct -o requirements-oldest.lock
	echo schemathesis | $(BIN)/uv pip compile - --universal --python-version 3.11 --generate-hashes \
	  --no-header --no-annotate --no-emit-index-url --quiet -o requirements-schema.lock

clean:
	rm -rf .venv .venv-oldest .venv-schema node_modules labextension/lib src/cellmark/labextension cellmark-demo
