# Everything works from a clean clone with Python >= 3.11, pip and make; a stamp in .venv keeps the second run quick.
# Another Python: make PYTHON=python3.12 test

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install -qq --disable-pip-version-check --constraint constraints.txt --editable
# pip compiles what it installs but not an editable project, which then starts slower where Python keeps no bytecode.
COMPILE := $(BIN)/python -m compileall -qq canonical channels partners hub

.PHONY: setup demo test lint lint-style lint-types lint-imports bench fuzz faults soak clean

setup: $(VENV)/.test $(VENV)/.lint ## make .venv for everything

demo: $(VENV)/.runtime ## play the sample scenario; DEMO_EXIT=1 ends by itself
	@$(BIN)/python -m samples.run_demo

# The whole suite, by a worker more than there are cores; what ARGS choose in one process, unless they have an -n.
test: $(VENV)/.test ## ARGS="tests/unit -k judge" runs a part, ARGS="--stores=both -n 2" all on both databases
	@$(BIN)/python -m pytest $(or $(ARGS),--numprocesses=logical --maxprocesses=4 --dist=worksteal)

lint: lint-style lint-types lint-imports ## make --keep-going lint reports every failure

lint-style: $(VENV)/.lint
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

lint-types: $(VENV)/.lint
	@$(BIN)/mypy

lint-imports: $(VENV)/.lint
	@$(BIN)/lint-imports

bench: $(VENV)/.test ## ONLY=x12 runs one part
	@$(BIN)/python -m tests.benchmarks $(ONLY)

fuzz: $(VENV)/.test ## SECONDS=1200 goes on for longer; what breaks a promise stays below build/fuzz
	@$(BIN)/python -m tests.fuzz $(SECONDS)

faults: $(VENV)/.test ## FAULTS=full takes the catalogue's own durations; ARGS="-k kill" runs a part; figures in build/faults.json
	@FAULTS=$(or $(FAULTS),scaled) $(BIN)/python -m tests.faults $(ARGS)

soak: $(VENV)/.test ## half an hour of steady work, unless SECONDS says how long; fails when memory, handles or the WAL grow
	@$(BIN)/python -m tests.faults.soak $(SECONDS)

clean:
	rm -rf $(VENV) .demo bench.json build *.egg-info

# pip comes last when an environment is made, so its presence says that the environment is whole.
$(BIN)/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Supplier Hub needs Python 3.11 or newer; name yours: make PYTHON=python3.12 setup" >&2; exit 1; }
	@$(PYTHON) -m venv --clear $(VENV) >/dev/null 2>&1 || $(PYTHON) -m virtualenv --quiet --clear $(VENV) 2>/dev/null || \
	  { rm -rf $(VENV); $(PYTHON) -m pip install -qq --target build/virtualenv virtualenv && \
	    PYTHONPATH=build/virtualenv $(PYTHON) -m virtualenv --quiet $(VENV); } || \
	  { rm -rf $(VENV); echo "This Python can make no virtual environment; install python3-venv or virtualenv" >&2; exit 1; }

$(VENV)/.runtime: pyproject.toml constraints.txt | $(BIN)/pip
	@echo "installing into $(VENV): what the hub needs"
	@$(INSTALL) .
	@$(COMPILE)
	@touch $@

$(VENV)/.test: pyproject.toml constraints.txt | $(BIN)/pip
	@echo "installing into $(VENV): what the tests need"
	@$(INSTALL) '.[test]'
	@$(COMPILE)
	@touch $@ $(VENV)/.runtime

$(VENV)/.lint: pyproject.toml constraints.txt | $(BIN)/pip
	@echo "installing into $(VENV): what the checks need"
	@$(INSTALL) '.[lint]'
	@touch $@ $(VENV)/.runtime
