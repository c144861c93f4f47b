# Two commands do everything: `make demo` shows it, `make test` proves it.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

.PHONY: demo test check lint bench faults fuzz screenshots catalogues lock clean

demo: $(VENV)/installed
	$(BIN)/pinlabs-mailer demo

test: check

check: $(VENV)/installed lint
	$(BIN)/pytest -n auto

lint: $(VENV)/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/installed
	$(BIN)/python -m benchmarks

# Every fault with 3,000 recipients, and a table. Without FAULTS=full: a selection with fewer.
faults: $(VENV)/installed
	FAULTS=full $(BIN)/pytest tests/faults -n 2 -o faulthandler_timeout=1200

# 100,000 hostile requests to the pages; FUZZ=N plays another number.
fuzz: $(VENV)/installed
	FUZZ=$${FUZZ:-100000} $(BIN)/pytest tests/web/test_fuzz.py -n 2 -o faulthandler_timeout=1200

# Every page and mail as Chromium shows it, to be looked at.
screenshots: $(VENV)/installed
	$(BIN)/python -m tests.support.screenshots screenshots

# What templates and code say, into the catalogues of translations.
catalogues: $(VENV)/installed
	$(BIN)/python -m tests.support.catalogues

$(VENV)/installed: requirements/dev.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

# The locks name no package server: whichever one pip is set up with is used. Needs `uv`.
lock:
	uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-emit-find-links --no-annotate --no-header --all-extras pyproject.toml -o requirements/runtime.txt
	uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-emit-find-links --no-annotate --no-header --all-extras --group dev pyproject.toml -o requirements/dev.txt

clean:
	rm -rf $(VENV) dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis screenshots
