# Works on a fresh Debian-like machine with Python, git and make: each target installs what it needs.

VENV := .venv/bin
EXECUTOR ?= auto
ENGINE := $(VENV)/python tools/engine with
SCRIPTS := tools/apt-install tools/base-image tools/debian-check tools/demo tools/engine tools/host-tools \
	tools/release tools/test-deps tools/venv
SHELL_SCRIPTS := tools/python .ci/run
PYTEST := $(VENV)/pytest $(PYTEST_FLAGS)
MAKEFLAGS += --no-print-directory

export PATH := $(CURDIR)/$(VENV):$(PATH)

# Tests by requirements: the fast ones and the slow ones need neither engine nor compilers.
FAST := not docker and not host and not slow
SLOW := slow and not docker and not host

.PHONY: help setup demo demo-docker demo-local check debian-check test lint types contract unit slow-test \
	host-test docker-test coverage format dist clean

help: ## show this help
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$NF}' $(MAKEFILE_LIST)

setup: .venv/.installed ## create the virtual environment and install the project in it

.venv/.installed: pyproject.toml tools/venv
	@tools/python tools/venv

demo: setup ## build the sample shop, run it and send it a request; EXECUTOR=docker uses an engine
	@executor=$$(python tools/host-tools $(EXECUTOR)) && $(MAKE) demo-$$executor

demo-docker: setup
	@$(ENGINE) sh -ec 'python tools/base-image; msbuild all --executor docker; python tools/demo'

demo-local: setup
	@msbuild all --executor local
	@python tools/demo --executor local

check: ## what to run before every commit: lint, types, import contract, fast tests
	@$(MAKE) lint
	@$(MAKE) types
	@$(MAKE) contract
	@$(MAKE) unit

debian-check: ## the same in a bare Debian 13 with its Python; needs root
	@python3 tools/debian-check

test: ## every check and every test, the fast ones first
	@$(MAKE) check
	@$(MAKE) host-test
	@$(MAKE) slow-test
	@$(MAKE) docker-test

lint: setup ## lint and check the format
	ruff check . $(SCRIPTS)
	ruff format --check . $(SCRIPTS)
	@if command -v shellcheck >/dev/null; then shellcheck $(SHELL_SCRIPTS); fi

types: setup ## check types
	mypy
	mypy --scripts-are-modules tools/machine $(SCRIPTS)

contract: setup ## check the import contract
	lint-imports

unit: setup ## the fast tests, which need neither engine nor compilers
	$(PYTEST) -n auto -m "$(FAST)"

slow-test: setup ## the slow tests that need neither engine nor compilers
	$(PYTEST) -n auto -m "$(SLOW)"

host-test: setup ## the tests of builds without an engine, with the compilers of this host
	@python tools/test-deps
	@MSBUILD_REQUIRE_HOST=$$(tools/host-tools local >&2 && echo 1 || [ "$$CI" != true ]) && export MSBUILD_REQUIRE_HOST; \
		$(PYTEST) -m "host and not docker"

docker-test: setup ## the tests on a real Docker engine, started if none is running
	@python tools/test-deps
	@MSBUILD_REQUIRE_DOCKER=1 $(ENGINE) sh -ec 'python tools/base-image; $(PYTEST) -m docker'

coverage: setup ## measure how much of each file the fast tests cover
	$(PYTEST) -n auto -m "$(FAST)" -q --cov --cov-report=term

format: setup ## format the code
	ruff check --fix . $(SCRIPTS)
	ruff format . $(SCRIPTS)

dist: setup ## build the sdist and the wheel in dist/
	rm -rf dist
	python -m hatchling build

clean: ## remove files made by the targets (`tools/engine purge` removes the engine's data)
	rm -rf .venv .msbuild .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis \
		.coverage dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
