CLUSTER ?= local
PYTHON ?= python3
BIN := .venv/bin
APT := { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends python3-venv; } >/dev/null 2>&1

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev up down render lint test test-fast bench reference lock clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

# Debian keeps venv in a package of its own; it is installed when we may, named when we may not.
.venv/bin/python:
	@$(PYTHON) -m venv .venv >/dev/null 2>&1 || { rm -rf .venv; echo "installing python3-venv"; $(APT) && $(PYTHON) -m venv .venv; } \
	|| { rm -rf .venv; echo "python3-venv is missing: apt-get install python3-venv"; exit 3; }

.venv/.installed: requirements.lock pyproject.toml | .venv/bin/python
	@echo "installing platformctl into .venv"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.installed-dev: requirements-dev.lock .venv/.installed
	@echo "installing what the tests need into .venv"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

setup: .venv/.installed ## the command line into .venv
setup-dev: .venv/.installed-dev ## what the tests and linters need as well

up: setup ## the platform on this machine: CLUSTER=local, or service: without a login
	@$(BIN)/platformctl up --cluster $(CLUSTER)

down: setup ## the way back
	@$(BIN)/platformctl down --cluster $(CLUSTER)

render: setup ## platform.yaml -> clusters/
	@$(BIN)/platformctl render

lint: setup-dev ## formatting, linting, types, layers
	@$(BIN)/python -m tests.stages lint

test: setup-dev ## everything, both embedded clusters included
	@$(BIN)/python -m tests.stages lint unit components cluster integration login

test-fast: setup-dev ## everything but the cluster
	@$(BIN)/python -m tests.stages lint unit components

bench: setup-dev ## speed and memory, as ratios
	@$(BIN)/python -m tests.stages bench

reference: setup-dev ## docs/platform-yaml.md from the schema
	@$(BIN)/python -m tests.reference

lock: setup-dev ## the Python locks, made anew
	@$(BIN)/python -m piptools compile --quiet --strip-extras --generate-hashes --allow-unsafe --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --extra build -o requirements.lock pyproject.toml
	@$(BIN)/python -m piptools compile --quiet --strip-extras --generate-hashes --allow-unsafe --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --extra build --extra dev -o requirements-dev.lock pyproject.toml

clean: ## what make made in this folder
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache dist test-results
