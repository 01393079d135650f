# The front door: each target sets up what it needs. `make` alone says what there is.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup demo test check bench docs wheel clean
READY := source tools/setup.sh
PYTEST := .venv/bin/python -m pytest

help: ## show this list
	@echo "Jinku: make one of"
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-7s %s\n", $$1, $$2}' Makefile

setup: ## install what is missing and build; every other target does it, too
	@$(READY)

demo: ## 200,000 customer accounts on six chain families, killed, resumed and proven (about 90 s)
	@$(READY); exec .venv/bin/python -m demo

test: ## every test: Rust, then Python (unit, vectors, property, integration, fault, meta, doctests)
	@$(READY); bash tools/test.sh

check: ## style, types, layers, licences, advisories, sizes, links, the README's commands, the docs build
	@$(READY); bash tools/check.sh

bench: ## measure, against rivals on the same input, and print the table of the docs
	@$(READY); exec .venv/bin/python -m benchmarks

docs: ## build the documentation into docs/_build/html
	@$(READY); .venv/bin/python -m sphinx -W -q -b html docs docs/_build/html
	@echo "docs/_build/html/index.html"

wheel: ## build dist/*.whl, which carries the signer
	@$(READY); "$$UV" build --wheel --out-dir dist
	@ls -l dist/*.whl

clean: ## remove what was built inside the clone; the cache outside is named, not removed
	rm -rf .venv dist build target docs/_build src/jinku/_native*.so src/jinku/_bin/jinku-signer
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	@echo "the build cache stays: $${JINKU_CACHE:-$${XDG_CACHE_HOME:-$$HOME/.cache}/jinku}"
