# `make` prints this list. Everything lives in .venv/ and .cache/ inside the checkout.
.DEFAULT_GOAL := help
.PHONY: help setup setup-dev demo test bench lint lock clean

SHELL := /bin/sh
PORT ?= 8000
WORKERS ?= 2
UV_VERSION := 0.13.9
COMPILE = .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## make .venv with the locked dependencies and the command .venv/bin/countermand
	@sh tools/bootstrap.sh runtime

setup-dev:
	@sh tools/bootstrap.sh dev

demo: setup ## start the demo shop on PORT (8000): web and runner in one process, on SQLite
	@exec .venv/bin/countermand demo --port $(PORT)

test: setup-dev ## run every test, on SQLite and on PostgreSQL
	@.venv/bin/python -m pytest -n $(WORKERS) $(ARGS)

bench: setup-dev ## one cancellation over PostgreSQL against what PostgreSQL does for the same rows; needs pgbench
	@.venv/bin/python -m bench.cancellation $(ARGS)

lint: setup-dev ## ruff, types in strict mode, import contracts
	@.venv/bin/ruff check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports --no-logo

lock: setup ## pin the newest allowed versions, with hashes, in requirements/
	@.venv/bin/python -m pip install --quiet uv==$(UV_VERSION)
	@$(COMPILE) --upgrade requirements/setup.in -o requirements/setup.txt
	@$(COMPILE) --upgrade pyproject.toml -o requirements/runtime.txt
	@$(COMPILE) --upgrade pyproject.toml --group dev -c requirements/runtime.txt -o requirements/dev.txt

clean: ## remove what make and the tests left in the checkout; the demo's data stays
	@rm -rf .venv .cache .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
