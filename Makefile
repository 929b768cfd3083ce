# What one can do here. `make` alone prints the list.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.SUFFIXES:
.DEFAULT_GOAL := help

# Where the libraries are installed; an existing environment is brought up to date, never thrown away.
VENV ?= .venv
# Options for the bot: make run ARGS="--config config.toml"
ARGS ?=
# Options for pytest: make test TESTS="tests/services -k money"
TESTS ?=
# Test processes side by side; a number, or auto for one on each core.
JOBS ?= auto
# After so many seconds `make check` begins no more tests.
WITHIN ?= 25

# Taken from an environment that is there, else from the system: any name will do, the version counts.
PYTHON ?= $(shell for name in python3 python3.13 python3.12 python3.11 python3.14 python; do \
	if "$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then echo "$$name"; break; fi; done)

BIN := $(VENV)/bin
READY_TO_RUN := $(VENV)/.ready-to-run
READY_TO_TEST := $(VENV)/.ready-to-test
READY_TO_CHECK_SCRIPTS := node_modules/.ready-to-check-scripts

.PHONY: help run dev seed chat check test attack holes coverage lint types imports format bench lock hooks clean

help: ## This list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(READY_TO_RUN) ## Start the bot (the demo, unless ARGS="--config config.toml")
	@exec $(BIN)/python -m bot run $(ARGS)

chat: $(READY_TO_RUN) ## Talk to the bot in the terminal (ARGS="--database FILE --as NAME --json")
	@exec $(BIN)/python -m bot chat $(ARGS)

dev: $(READY_TO_TEST) ## Start it, and again whenever code, a sentence or a page is saved (ARGS as for run)
	@exec $(BIN)/python -m dev $(ARGS)

seed: $(READY_TO_RUN) ## Fill data/seed.db with 2,000 made-up initiatives (ARGS="--initiatives 200 --seed 7")
	@exec $(BIN)/python -m bot seed --database data/seed.db --anew $(ARGS)

check: lint types imports ## Before each commit: style, types, imports, and the tests of what was changed, in a minute
	@echo "Running the tests of what was changed, on SQLite ..."
	@exec $(BIN)/python -m pytest -q -n $(JOBS) --dist worksteal -p tests.changed --changed --within $(WITHIN)

test: lint types imports ## Check everything: style, types, imports, and every test on SQLite and PostgreSQL
	@echo "Running the tests on SQLite and PostgreSQL ..."
	@exec $(BIN)/python -m pytest -q -n $(JOBS) --dist worksteal $(TESTS)

attack: $(READY_TO_TEST) ## Perform every attack that we know, on both databases, and say whether it was held
	@SANGKIEN_TESTS_EVERYWHERE=1 exec $(BIN)/python -m pytest -q -n $(JOBS) --dist worksteal -m attack -p tests.attacks $(TESTS)

holes: $(READY_TO_TEST) ## Known holes of the libraries in the lock (RENEW=1: ask for what is known today first)
	@exec $(BIN)/python -m dev.holes $(if $(RENEW),--renew)

coverage: $(READY_TO_TEST) ## List the lines and branches that no test reaches (TESTS="tests/services" for a part)
	@exec $(BIN)/python -m pytest -q -n $(JOBS) --dist worksteal --cov --cov-branch --cov-report=term-missing:skip-covered \
		--cov-report=html:.coverage/html $(TESTS)

lint: $(READY_TO_TEST) ## Style, by ruff
	@echo "Checking the style ..."
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet . || { echo "Some files are not formatted: make format"; exit 1; }

types: $(READY_TO_TEST) $(if $(WITHOUT_TSC),,$(READY_TO_CHECK_SCRIPTS)) ## Types, strictly: Python's by mypy, those of the pages' scripts by tsc
	@echo "Checking the types ..."
	@$(BIN)/mypy --no-error-summary
	@$(if $(WITHOUT_TSC),echo "The types of the pages' scripts are not checked (WITHOUT_TSC)",node_modules/.bin/tsc)

imports: $(READY_TO_TEST) ## Who may import whom, by import-linter
	@echo "Checking the imports ..."
	@report="$$($(BIN)/lint-imports --no-cache)" || { echo "$$report"; exit 1; }

format: $(READY_TO_TEST) ## Mend what can be mended automatically in the style
	@$(BIN)/ruff check --quiet --fix . || true
	@$(BIN)/ruff format .

bench: $(READY_TO_TEST) ## Measure: conversations, queries, delivery at its limits and without, a peak month (ARGS="--only rate")
	@exec $(BIN)/python -m bench $(ARGS)

# No settings of this machine may decide what stands in the lock files: with other sources of packages beside the
# index, hashes of the index's own files could be missing. Another index can still be named by PIP_INDEX_URL.
lock: $(READY_TO_TEST) ## Write requirements/ anew from pyproject.toml (UPGRADE=1: with the newest versions)
	@compile() { env -u PIP_FIND_LINKS -u PIP_EXTRA_INDEX_URL PIP_CONFIG_FILE=/dev/null $(BIN)/pip-compile --quiet \
		--generate-hashes --strip-extras --allow-unsafe --no-header --no-emit-index-url --no-emit-find-links \
		--no-emit-trusted-host --no-emit-options $(if $(UPGRADE),--upgrade) "$$@" pyproject.toml; }; \
	echo "Finding the versions that fit together ..."; \
	compile --extra dev --extra bench --output-file requirements/dev.txt; \
	compile --constraint requirements/dev.txt --output-file requirements/run.txt; \
	echo "Written: requirements/dev.txt and, as a part of it, requirements/run.txt"

hooks: $(READY_TO_TEST) $(READY_TO_CHECK_SCRIPTS) ## Let git check style, types and imports before each commit (needs pre-commit)
	@command -v pre-commit >/dev/null || { echo "Install pre-commit first: python3 -m pip install --user pre-commit" >&2; exit 1; }
	@exec pre-commit install

clean: ## Remove what the tools built (data and settings stay)
	rm -rf .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .coverage build dist *.egg-info
	find bot dev storage tests -name __pycache__ -type d -prune -exec rm -rf {} +

# Environments. A stamp is written when everything in a lock file is installed.

$(BIN)/python:
	@if [ -z "$(PYTHON)" ]; then \
		echo "Python 3.11 or newer is needed, and none was found. Install it (on Debian or Ubuntu: sudo apt-get" \
			"install python3 python3-venv), or name it: make run PYTHON=/path/to/python3" >&2; exit 1; fi
	@if ! "$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then \
		echo "$(PYTHON) is not Python 3.11 or newer. Name another: make run PYTHON=/path/to/python3" >&2; exit 1; fi
	@if ! "$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null; then \
		echo "This Python cannot make environments. On Debian or Ubuntu: sudo apt-get install python3-venv" >&2; \
		exit 1; fi
	@echo "Making a Python environment in $(VENV) ..."
	@"$(PYTHON)" -m venv --clear "$(VENV)"

# install(lock file, what for): one line that counts, on a terminal; pip's errors come through as they are.
define install
	@total=$$(grep -c '==' $(1)); echo "Installing the $$total libraries $(2) (a minute or two at first) ..."; \
	terminal=0; if [ -t 1 ]; then terminal=1; fi; \
	$(BIN)/python -m pip install --disable-pip-version-check --progress-bar off --require-hashes -r $(1) \
		| awk -v total="$$total" -v terminal="$$terminal" 'terminal && /^(Collecting|Requirement already)/ { \
			name = /^Collecting/ ? $$2 : $$4; sub(/==.*/, "", name); \
			printf "\r  %3d of %d  %-30.30s", ++n, total, name; fflush() } \
			terminal && /^Installing collected/ { printf "\r  putting them in place %-20s", "..."; fflush() } \
			END { if (terminal) printf "\r%-60s\r", "" }'
endef

$(READY_TO_RUN): requirements/run.txt | $(BIN)/python
	$(call install,$<,that the bot needs)
	@touch $@

# The test environment holds the bot's libraries too, in the same versions.
$(READY_TO_TEST): requirements/dev.txt | $(BIN)/python
	$(call install,$<,that the bot and its tests need)
	@touch $@

# Checking the pages' scripts takes a compiler that runs on Node; the bot itself needs neither.
$(READY_TO_CHECK_SCRIPTS): package-lock.json package.json .npmrc
	@if ! node -e 'process.exit(parseInt(process.versions.node) < 18 ? 1 : 0)' >/dev/null 2>&1 || ! npm --version >/dev/null 2>&1; then \
		echo "Node 18 or newer and npm are needed to check the types of the pages' scripts. Install them (on Debian or" \
			"Ubuntu: sudo apt-get install nodejs npm)." >&2; exit 1; fi
	@echo "Installing the compiler that checks the pages' scripts ..."
	@npm ci --ignore-scripts --loglevel=error >/dev/null
	@touch $@
