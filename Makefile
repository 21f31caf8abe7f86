# What a newcomer types: `make demo` and `make test`. Both set everything up, and can be run again.
PYTHON ?= python3
VENV ?= .venv
PORT ?= 8000
DATA ?=
BENCH ?=
# PyTorch first and pinned, so that nothing else draws in another build of it. README says how to take the CPU build.
TORCH ?= torch==2.13.0
TORCH_INDEX_URL ?=
# Tests run side by side, on as many processes as there are cores, up to eight.
SIDE_BY_SIDE ?= -n auto --maxprocesses=8
BIN = $(VENV)/bin
STAMP = $(VENV)/.installed

.PHONY: demo test install test-install lint format bench fuzz screenshots clean help

help:
	@echo "make demo [PORT=8000] [DATA=path]   set up, and serve a workspace with waveforms, a run and flags"
	@echo "make test                           set up, and run the tests"
	@echo "make lint | bench | fuzz            code checks | figures | 10,000 mutated files through every reader"
	@echo "make screenshots                    the guide's pictures anew, of a demo made for them"

demo: install
	@echo "→ Starting the demo"
	@$(BIN)/python manage.py demo --port $(PORT) $(if $(DATA),--data $(DATA))

test: test-install
	@echo "→ Running the tests"
	@$(BIN)/python -m pytest $(SIDE_BY_SIDE) tests/unit tests/integration

install: $(STAMP)-demo
test-install: $(STAMP)-test

$(STAMP)-venv:
	@command -v $(PYTHON) >/dev/null 2>&1 || { echo "Repick needs Python 3.11 or newer; '$(PYTHON)' is not installed. Install python3 and python3-venv, or name one: make PYTHON=python3.11"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Repick needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V). Name another: make PYTHON=python3.11"; exit 1; }
	@echo "→ Making a virtual environment in $(VENV)"
	@$(PYTHON) -m venv --clear $(VENV) || { echo "The virtual environment could not be made. On Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@echo "→ Installing $(TORCH) (the largest download: some minutes)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check $(if $(TORCH_INDEX_URL),--index-url $(TORCH_INDEX_URL)) "$(TORCH)"
	@touch $@

$(STAMP)-demo: $(STAMP)-venv pyproject.toml
	@echo "→ Installing what Repick needs"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(STAMP)-test: $(STAMP)-venv pyproject.toml
	@echo "→ Installing what Repick and its tests need"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[test]"
	@touch $@ $(STAMP)-demo

$(STAMP)-dev: $(STAMP)-test pyproject.toml
	@echo "→ Installing linters and the browser driver"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[test,browser,lint]"
	@touch $@

lint: $(STAMP)-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy webapp labeling training

format: $(STAMP)-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(STAMP)-dev
	$(BIN)/python -m tests.bench $(BENCH)

fuzz: $(STAMP)-test
	$(BIN)/python -m tests.fuzz

screenshots: $(STAMP)-dev
	$(BIN)/python -m tests.screenshots

clean:
	rm -rf $(VENV) data
