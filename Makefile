# Needs Python 3.11 or later and make, nothing else. PYTHON=/path/to/python chooses another interpreter.
PYTHON ?= $(shell command -v python3 || command -v python)
VENV   ?= .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check install --quiet --quiet
# Environment of the programs that read our exports; none of them is needed to use or test the package.
PEERS  ?= $(or $(TMPDIR),/tmp)/supplychain-risk-peers

.PHONY: taiwan test coverage lint check-docs check-exports bench readme clean

## The main job: create the environment, install, run the scenario.
taiwan: $(VENV)/.installed
	$(BIN)/python -m supplychain_risk scenario taiwan

## All checks: lint, types, layers, documents that run, tests.
test: lint check-docs
	$(BIN)/python -m pytest

## The tests again, twice as slow, with the branches that none of them takes.
coverage: $(VENV)/.developed
	$(BIN)/python -m pytest --cov --cov-report=term

lint: $(VENV)/.developed
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

check-docs: $(VENV)/.developed
	$(BIN)/python tools/run_notebook.py notebooks/quickstart.py
	$(BIN)/python tools/readme_output.py --check

## What skfolio, Riskfolio-Lib, PyPortfolioOpt and Oasis make of our exports, beside our numbers.
check-exports: $(PEERS)/.installed
	$(PEERS)/bin/python tools/check_exports.py

## Figures of speed and memory, written into docs/benchmarks.md.
bench: $(VENV)/.developed
	$(BIN)/python benchmarks/run.py

## Write the output of the main job into the README.
readme: $(VENV)/.developed
	$(BIN)/python tools/readme_output.py

clean:
	rm -rf $(VENV) dist

$(VENV)/.created:
	@"$(PYTHON)" -c "import sys; sys.version_info >= (3, 11) or sys.exit('Python 3.11 or later is needed, found ' + sys.version.split()[0] + '; say which one with PYTHON=...')"
	"$(PYTHON)" -m venv $(VENV)
	@touch $@

$(PEERS)/.installed: pyproject.toml
	"$(PYTHON)" -m venv $(PEERS)
	$(PEERS)/bin/python -m pip --disable-pip-version-check install --quiet --quiet --editable '.[io]' \
		skfolio riskfolio-lib pyportfolioopt oasislmf ods-tools
	@touch $@

$(VENV)/.installed: $(VENV)/.created pyproject.toml
	$(PIP) --editable .
	@touch $@

$(VENV)/.developed: $(VENV)/.created pyproject.toml
	$(PIP) --editable '.[dev]'
	@touch $(VENV)/.installed $@
