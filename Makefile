# Everything a person does with a fresh clone. `make` alone lists the targets.
#
# The virtual environment is .venv; a stamp file in it for each set of extras makes pip run
# again only when pyproject.toml has changed.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
# Which of the extras `tensorflow` and `tensorflow-cpu` this machine takes.
TENSORFLOW = $(shell $(PYTHON) scripts/tensorflow_extra.py)

# A process a core, up to four: more would want much memory. The tests of a file stay together, and
# files go in their order: the long ones (browser/ and the like) first, so that all end at a time.
SIDE_BY_SIDE = -n logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder

# Python is started many times here, and need not compile the same modules each time.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help lab jupyter test quick lint words pictures lecture bench clean

help:  ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10

lab: $(VENV)/installed-app  ## serve the labs as pages on this machine
	@$(BIN)/tunewidgets lab

jupyter: $(VENV)/installed-lab  ## open the notebooks in JupyterLab
	@cd notebooks && ../$(BIN)/jupyter lab

test: $(VENV)/installed-test lint  ## everything: lint, types, layers, all tests
	@$(BIN)/python scripts/chromium.py
	$(BIN)/pytest $(SIDE_BY_SIDE)

quick: $(VENV)/installed-test lint  ## what to run while working: under a minute
	$(BIN)/pytest $(SIDE_BY_SIDE) -m "not slow"

lint: $(VENV)/installed-test
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

words: $(VENV)/installed-test  ## bring the catalogues of translations in step with the code
	$(BIN)/python scripts/catalogue.py

pictures: $(VENV)/installed-test  ## take the pictures of the README and the index from the real pages
	@$(BIN)/python scripts/chromium.py
	$(BIN)/python scripts/pictures.py
	$(BIN)/python scripts/cards.py

lecture: $(VENV)/installed-test  ## try the lecture's claims again: writes docs/lecture.md and the labs' studies
	$(BIN)/python -m scripts.claims

bench: $(VENV)/installed-bench  ## measure what the project promises, beside the peers: over an hour
	@$(BIN)/python scripts/chromium.py
	$(BIN)/python -m benchmarks --save

clean:  ## remove the virtual environment and everything made
	rm -rf $(VENV) build dist screenshots .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("tunewidgets needs Python 3.11 or newer, but $(PYTHON) is %d.%d: name another, as in `make lab PYTHON=python3.12`." % sys.version_info[:2])'
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed-app: extras = $(TENSORFLOW)
$(VENV)/installed-lab: extras = $(TENSORFLOW),lab
$(VENV)/installed-test: extras = $(TENSORFLOW),test
$(VENV)/installed-bench: extras = $(TENSORFLOW),test,bench

$(VENV)/installed-%: pyproject.toml | $(BIN)/python
	@echo "Installing tunewidgets[$(extras)] into $(VENV) (some minutes the first time) ..."
	@$(BIN)/python -m pip install -qq --editable ".[$(extras)]"
	@touch $@
