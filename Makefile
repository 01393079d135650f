# The front door: each target sets up what it needs. `make` alone says what there is.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup demo test test-long check bench miri docs wheel clean
READY := source tools/setup.sh
SEED := $(shell od -An -N4 -tu4 /dev/urandom | tr -d ' ')
PYTEST := .venv/bin/python -m pytest

help: ## show this list
	@echo "Jinku: make one of"
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-9s %s\n", $$1, $$2}' Makefile

setup: ## install what is missing and build; the others do it, too
	@$(READY)

demo: ## 200,000 accounts: made, killed, resumed, proven, scanned
	@$(READY); exec .venv/bin/python -m demo

test: ## every test of Rust and Python
	@$(READY); bash tools/test.sh

test-long: ## deaths of the sequencer, worlds of transfers; SEED=N repeats
	@$(READY); echo "seed: $(SEED)"
	JINKU_TEST_SEED=$(SEED) JINKU_TEST_EXITS=$${JINKU_TEST_EXITS:-10000} $(PYTEST) -n 2 -rP \
		tests/fault/journal/test_exit_points.py
	JINKU_TEST_SEED=$(SEED) JINKU_TEST_WORLDS=$${JINKU_TEST_WORLDS:-2000} $(PYTEST) -n 0 -rP \
		tests/fault/transfers/test_simulated_faults.py

check: ## style, types, layers, licences, advisories, sizes, links, docs
	@$(READY); bash tools/check.sh

bench: ## every figure of the docs, 20 minutes; ARGS=--quick: in two
	@$(READY); exec .venv/bin/python benchmarks/page.py $(ARGS)

miri: ## Miri over the crates it can run; needs a nightly toolchain
	@bash tools/miri.sh

docs: ## build the documentation into docs/_build/html
	@$(READY); .venv/bin/python -m sphinx -W -q -b html docs docs/_build/html
	@echo "docs/_build/html/index.html"

wheel: ## build dist/*.whl, which carries signer, witness and approver
	@$(READY); "$$UV" build --wheel --out-dir dist
	@ls -l dist/*.whl

clean: ## remove what was built in the clone; the cache outside stays
	rm -rf .venv dist build target docs/_build src/jinku/_native*.so src/jinku/_bin
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	@echo "the build cache stays: $${JINKU_CACHE:-$${XDG_CACHE_HOME:-$$HOME/.cache}/jinku}"
