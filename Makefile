# Two commands on a fresh machine with Python 3.11+, make and git: `make run` and `make test`.
# What has been installed leaves a stamp in .venv, so that a second run does no work twice.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/stamps
LOGS := .logs
WORKERS ?= logical

# Where this is set (many containers), every process would compile every module again: a second per command.
export PYTHONDONTWRITEBYTECODE :=
# Commands write nothing outside the project: the compiled code's cache stays here too.
export NUMBA_CACHE_DIR ?= $(CURDIR)/.cache/numba
export HERMES_TEST_DATA ?= $(abspath $(CURDIR)/../shared/data)

COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-annotate --no-header $(UPGRADE)
# uv is quicker, but reads no configuration of pip's: where it cannot reach a registry, pip installs.
INSTALL = VENV=$(VENV) .ci/install
PEERS := .venv-bench
EVENT_PEERS := .venv-bench-events

.PHONY: help
help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(STAMPS)/venv:
	@.ci/venv $(VENV)
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/runtime: requirements.lock requirements-dev.lock pyproject.toml | $(STAMPS)/venv
	@$(INSTALL) requirements.lock
	@touch $@

$(STAMPS)/dev: requirements-dev.lock $(STAMPS)/runtime
	@$(INSTALL) requirements-dev.lock
	@touch $@

.PHONY: run
run: $(STAMPS)/runtime ## install, make sample data if there is none, print a backtest
	@$(BIN)/python .ci/needs_sample.py || $(BIN)/hermes data sample
	@$(BIN)/hermes backtest RELIANCE --strategy RSIStrategy --from 2024-01-01 --to 2024-12-31

.PHONY: test
test: lint types security coverage ## the whole quality gate
	@echo "== closing lines"
	@tail -n 1 $(LOGS)/pytest.log
	@tail -n 1 $(LOGS)/kernel.log

.PHONY: lint
lint: $(STAMPS)/dev ## ruff and the rules of import-linter
	@echo "== ruff" && $(BIN)/ruff check . && $(BIN)/ruff format --check .
	@echo "== import-linter" && $(BIN)/lint-imports

.PHONY: types
types: $(STAMPS)/dev ## mypy --strict
	@echo "== mypy" && $(BIN)/mypy

.PHONY: security
security: $(STAMPS)/dev ## bandit, and known vulnerabilities of what is locked
	@echo "== bandit" && $(BIN)/bandit --quiet --recursive --configfile pyproject.toml src
	@echo "== pip-audit" && $(BIN)/python .ci/audit.py requirements-dev.lock

# Coverage cannot see inside compiled code, so the kernel's tests run once more with compilation off.
.PHONY: coverage
coverage: $(STAMPS)/dev ## all tests, and the share of the code they run
	@mkdir -p $(LOGS) && rm -f .coverage .coverage.*
	@echo "== pytest"
	@COVERAGE_FILE=$(CURDIR)/.coverage.compiled $(BIN)/pytest -n $(WORKERS) --cov --cov-report= --cov-fail-under=0 | tee $(LOGS)/pytest.log
	@echo "== pytest -m kernel, compilation off"
	@COVERAGE_FILE=$(CURDIR)/.coverage.plain NUMBA_DISABLE_JIT=1 $(BIN)/pytest -n $(WORKERS) -m "kernel and not soak" \
		--cov --cov-report= --cov-fail-under=0 | tee $(LOGS)/kernel.log
	@echo "== coverage"
	@$(BIN)/coverage combine --quiet && $(BIN)/coverage report

.PHONY: format
format: $(STAMPS)/dev ## put the code into the project's format
	@$(BIN)/ruff check --fix --exit-zero --quiet . && $(BIN)/ruff format .

# Peers have licences and dependencies of their own, so they live in environments of their own: two, for not all of
# them can be together.
$(PEERS)/installed: benchmarks/requirements.lock pyproject.toml
	@.ci/venv $(PEERS)
	@VENV=$(PEERS) .ci/install benchmarks/requirements.lock
	@touch $@

$(EVENT_PEERS)/installed: benchmarks/event_requirements.lock pyproject.toml
	@.ci/venv $(EVENT_PEERS)
	@VENV=$(EVENT_PEERS) .ci/install benchmarks/event_requirements.lock
	@touch $@

.PHONY: bench
bench: $(PEERS)/installed $(EVENT_PEERS)/installed ## measure against peers, after checking that results are equal
	@$(PEERS)/bin/python benchmarks/run.py

.PHONY: soak
soak: $(STAMPS)/dev ## the tests that take long, and many more examples of the property tests
	@HYPOTHESIS_PROFILE=soak $(BIN)/pytest -n $(WORKERS) -m ""

.PHONY: lock
lock: $(STAMPS)/dev ## resolve the lock files anew (UPGRADE=--upgrade takes newer versions)
	@$(COMPILE) --group build --output-file requirements.lock pyproject.toml
	@$(COMPILE) --all-extras --group dev --constraint requirements.lock --output-file requirements-dev.lock pyproject.toml
	@$(COMPILE) --group build --constraint requirements.lock --output-file benchmarks/requirements.lock \
		pyproject.toml benchmarks/peers.in
	@$(COMPILE) --group build --constraint requirements.lock --output-file benchmarks/event_requirements.lock \
		pyproject.toml benchmarks/event_peers.in

.PHONY: clean
clean: ## remove what was installed or made here; data/ stays
	@rm -rf $(VENV) $(PEERS) $(EVENT_PEERS) $(LOGS) .cache .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache \
		.hypothesis .import_linter_cache build dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
