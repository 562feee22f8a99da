# Works on a fresh Debian-like machine with Python, git and make: each target brings what it needs.

VENV := .venv/bin
EXECUTOR ?= auto
ENGINE := $(VENV)/python tools/engine with
SCRIPTS := tools/apt-install tools/base-image tools/demo tools/engine tools/host-tools \
	tools/test-deps tools/venv
SHELL_SCRIPTS := tools/python .ci/run
PYTEST := $(VENV)/pytest $(PYTEST_FLAGS)
MAKEFLAGS += --no-print-directory

export PATH := $(CURDIR)/$(VENV):$(PATH)

.PHONY: help setup demo demo-docker demo-local test lint types contract unit host-test docker-test \
	format clean

help: ## show this
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$NF}' $(MAKEFILE_LIST)

setup: .venv/.installed ## the virtual environment with the project in it

.venv/.installed: pyproject.toml tools/venv
	@tools/python tools/venv

demo: setup ## build the sample shop, run it and ask it something; EXECUTOR=docker takes an engine
	@executor=$$(python tools/host-tools $(EXECUTOR)) && $(MAKE) demo-$$executor

demo-docker: setup
	@$(ENGINE) sh -ec 'python tools/base-image; msbuild all --executor docker; python tools/demo'

demo-local: setup
	@msbuild all --executor local
	@python tools/demo --executor local

test: ## every check and every test, the fast ones first
	@$(MAKE) lint
	@$(MAKE) types
	@$(MAKE) contract
	@$(MAKE) unit
	@$(MAKE) host-test
	@$(MAKE) docker-test

lint: setup ## style and mistakes
	ruff check . $(SCRIPTS)
	ruff format --check . $(SCRIPTS)
	@if command -v shellcheck >/dev/null; then shellcheck $(SHELL_SCRIPTS); fi

types: setup ## the types
	mypy
	mypy --scripts-are-modules tools/machine $(SCRIPTS)

contract: setup ## the import contract
	lint-imports

unit: setup ## the tests that need neither engine nor compilers
	$(PYTEST) -n auto -m "not docker and not host"

host-test: setup ## the tests of builds without an engine, with the compilers of this host
	@python tools/test-deps
	@MSBUILD_REQUIRE_HOST=$$(tools/host-tools local >&2 && echo 1 || [ "$$CI" != true ]) && export MSBUILD_REQUIRE_HOST; \
		$(PYTEST) -m "host and not docker"

docker-test: setup ## the tests on a real Docker engine, started if none answers
	@python tools/test-deps
	@MSBUILD_REQUIRE_DOCKER=1 $(ENGINE) sh -ec 'python tools/base-image; $(PYTEST) -m docker'

format: setup ## put the code into the one format
	ruff check --fix . $(SCRIPTS)
	ruff format . $(SCRIPTS)

clean: ## remove what the targets made here (the engine's data goes with `tools/engine purge`)
	rm -rf .venv .msbuild .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
