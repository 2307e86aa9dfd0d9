PYTHON ?= python3
OUTPUT_DIR ?= paper_figures
ARGS ?=

BIN := .venv/bin
READY := .venv/.ready
READY_TO_BENCH := .venv/.ready-to-bench
PIP := $(PYTHON) -m pip --python $(BIN)/python --disable-pip-version-check --quiet
COMPILE := $(BIN)/python -m uv pip compile pyproject.toml --quiet --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate \
	--custom-compile-command 'make lock'

.PHONY: help reproduce notebooks check golden test test-fast fuzz browser screenshots docs ensemble bench lab lint lock clean

help: ## Show this help
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

reproduce: $(READY) ## Make all tables and figures in paper_figures/ (only what has changed)
	$(BIN)/geofront reproduce --output-dir '$(OUTPUT_DIR)' $(ARGS)

notebooks: $(READY) ## The same, and update the outputs in the notebooks and the README
	$(BIN)/geofront notebooks --output-dir '$(OUTPUT_DIR)' $(ARGS)

check: $(READY) ## Regenerate everything and compare it with the committed outputs
	$(BIN)/geofront check --output-dir '$(OUTPUT_DIR)' $(ARGS)

golden: $(READY) ## Show the changes of the committed outputs, then update them
	$(BIN)/geofront check --update --output-dir '$(OUTPUT_DIR)' $(ARGS)

test: $(READY) browser ## Run the whole test suite
	$(BIN)/python -m pytest -n 2 --dist worksteal $(ARGS)

test-fast: $(READY) ## Run the tests that are not marked slow
	$(BIN)/python -m pytest -n 2 --dist worksteal -m 'not slow' $(ARGS)

fuzz: $(READY) ## Try 10,000 malformed inputs, five times as many as the tests do
	GEOFRONT_FUZZ=10000 $(BIN)/python -m pytest -n 2 tests/test_fuzz.py $(ARGS)

browser: ## Install Chromium for the tests if it is missing (needs root on Debian; else they are skipped)
	@{ command -v chromium || command -v chromium-browser || command -v google-chrome; } >/dev/null \
		|| { test "$$(id -u)" = 0 && apt-get update -qq \
		&& apt-get install -qq --no-install-recommends chromium >/dev/null; } \
		|| echo 'Chromium is missing and cannot be installed here: tests that need it are skipped.'

screenshots: $(READY) browser ## Take screenshots of the gallery and the explorer for the README
	$(BIN)/python tests/screenshots.py

ensemble: $(READY) ## Sample the worlds that notebook 12 reads (1,024; resumes if killed)
	$(BIN)/geofront ensemble --store .ensemble-store $(ARGS)

docs: $(READY) ## Build the site of pages, functions and notebooks in build/docs/
	$(BIN)/sphinx-build -q -W --keep-going -d build/doctrees -c docs . build/docs $(ARGS)

bench: $(READY_TO_BENCH) ## Compare the speed with linopy, highspy and scipy (an hour)
	$(BIN)/python -m benchmarks $(ARGS)

lab: $(READY) ## Open the notebooks in JupyterLab
	$(BIN)/jupyter lab notebooks $(ARGS)

lint: $(READY) ## Check style, format, types and spelling
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/codespell

lock: $(READY) ## Pin the newest dependencies that pyproject.toml allows
	$(PIP) install uv
	$(COMPILE) --upgrade --extra test --extra lint --extra docs --extra build --output-file requirements.lock
	$(COMPILE) --upgrade --extra bench --constraint requirements.lock --output-file requirements-bench.lock

clean: ## Remove the environment and caches, but keep tables and figures
	rm -rf .venv build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis $(OUTPUT_DIR)/.staging-*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("geofront needs Python 3.11 or newer: make PYTHON=python3.12")'
	@echo 'Installing geofront and its pinned dependencies into .venv (once, a minute or two) ...'
	$(PYTHON) -m venv .venv 2>/dev/null || $(PYTHON) -m venv --without-pip .venv
	$(PIP) install --no-deps --require-hashes -r requirements.lock
	$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(READY_TO_BENCH): requirements-bench.lock $(READY)
	$(PIP) install --no-deps --require-hashes -r requirements-bench.lock
	@touch $@
